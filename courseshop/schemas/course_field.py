"""The metadata of course fields: label, widget, where they are shown, whether they are searched.

`courseshop.schemas.course.CourseDraft` declares each field once, annotated with a `CourseField`.
The input, the form, the JSON, the columns to read and the search index are derived from that.
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

# "lists": in the JSON of lists and of the course page; "page": only in the JSON of the course page.
Shown = Literal["lists", "page"]


@dataclass(frozen=True)
class Widget:
    """A form control.

    `macro` is its macro in templates/ui/forms.jinja2. `text` converts the field's JSON value to the
    text in the control. `read` is a pydantic validator that converts submitted text back (None: no
    conversion).
    """

    macro: str
    text: Callable[[Any], str] = str
    read: Callable[[JsonValue, ValidationInfo], JsonValue | list[str] | list[SectionOut]] | None = (
        None
    )


LINE = Widget("field")
SELECT = Widget("select")
PARAGRAPH = Widget("area", read=one_line)
LINES = Widget("area", "\n".join, lines_of)
TAGS = Widget("field", ", ".join, tags_of)
OUTLINE = Widget("area", outline_text, outline_of)
# These are objects in JSON; `schemas.writing` converts the submitted text.
MARKDOWN = Widget("area", lambda about: str(about["markdown"]))
AMOUNT = Widget("field", lambda price: str(price["amount"]))
CATEGORY = Widget("select", lambda category: str(category["slug"]))


@dataclass(frozen=True)
class CourseField:
    """How a field of a course is edited and shown.

    `label` and `help` are translatable; `attributes` are HTML attributes of the control, such as
    `rows`. With `shown=None` the output class declares the field itself, because its JSON has
    another structure. The search index has the text of each `searched` field, besides the title,
    the tags and the `about` text. Consecutive fields with `beside=True` are shown side by side.
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
    """Return the input type of a field: its own type, after the widget's validator for forms."""
    kind = info.rebuild_annotation()
    # Any: mypy cannot handle types that are built at run time.
    annotated: Any = Annotated
    return annotated[kind, BeforeValidator(widget.read)] if widget.read else kind
