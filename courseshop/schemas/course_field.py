"""What a field of a course is: its label and widget, where it is shown, whether it is searched.

`courseshop.schemas.course.CourseDraft` declares each field once, with a `CourseField` among its
annotations. Input, forms, JSON, the columns of lists and pages, and the search follow from that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, JsonValue, ValidationInfo

from courseshop.schemas.form_text import lines_of, one_line, outline_of, outline_text, tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.fields import FieldInfo

    from courseshop.schemas.course import SectionOut

# "lists": in the JSON of lists and of the page; "page": in that of the page alone.
Shown = Literal["lists", "page"]


@dataclass(frozen=True)
class Widget:
    """A control of a form: its template in templates/form/, and how its text is written and read.

    `text` turns the value in the page's JSON into the control's text; `read` is the validator that
    reads a text back. Values of fields have many types.
    """

    template: str
    text: Callable[[Any], str] = str
    read: Callable[[JsonValue, ValidationInfo], JsonValue | list[str] | list[SectionOut]] | None = (
        None
    )


LINE = Widget("field")
NUMBER = Widget("field")
SELECT = Widget("select")
PARAGRAPH = Widget("area", read=one_line)
LINES = Widget("area", "\n".join, lines_of)
TAGS = Widget("field", ", ".join, tags_of)
OUTLINE = Widget("area", outline_text, outline_of)
# In JSON these are objects; `schemas.writing` reads their texts.
MARKDOWN = Widget("area", lambda about: str(about["markdown"]))
AMOUNT = Widget("field", lambda price: str(price["amount"]))
CATEGORY = Widget("select", lambda category: str(category["slug"]))


@dataclass(frozen=True)
class CourseField:
    """How a field of a course is written and shown.

    `label` and `help` are translatable; `attributes` are those of the control, such as `rows`.
    `shown` None: the field has its own shape in JSON. A field that is `searched` is part of the
    text that full-text search looks through. `beside` puts its control next to others.
    """

    label: str
    widget: Widget = LINE
    help: str = ""
    shown: Shown | None = "page"
    searched: bool = False
    beside: bool = False
    attributes: Mapping[str, str | int] = field(default_factory=dict, hash=False)


def declared(model: type[BaseModel]) -> dict[str, CourseField]:
    """Return the `CourseField` of each field of a model, by name."""
    return {
        name: one
        for name, info in model.model_fields.items()
        for one in info.metadata
        if isinstance(one, CourseField)
    }


def sent_type(info: FieldInfo, widget: Widget) -> Any:
    """Return the type of a field as clients send it: its own, and as text in a form."""
    kind = info.rebuild_annotation()
    # mypy knows no types that are made at run time.
    annotated: Any = Annotated
    return annotated[kind, BeforeValidator(widget.read)] if widget.read else kind
