"""A course as clients write it: what comes in mirrors what goes out.

JSON has the shapes of the contract. A form has text fields: lists stand in them one entry to a
line, tags between commas, and the outline as in `outline_of`. Only a form may use those: which of
the two it is, pydantic knows (`info.mode`). What differs from shop to shop (its currency, the names
of its pages) comes in `info.context`, and stands in the API description by its `x-shop`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    MISSING,
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from courseshop.schemas.base import LINE_ENDS, NO_NUL, Input, Markdown, Slug, TextOut
from courseshop.schemas.course import (
    CourseDraft,
    LanguageTag,
    LessonOut,
    Level,
    Minutes,
    Outline,
    Points,
    SectionOut,
    Status,
    Summary,
    Tags,
    Title,
)

if TYPE_CHECKING:
    from collections.abc import Callable

AMOUNT = r"^(?:0|[1-9][0-9]{0,7})(?:\.[0-9]{1,2})?$"
SECTION = re.compile(r"#+(?:\s+|(?=[^#\s]|$))(?P<title>.*)")
MINUTES = re.compile(r"\s*[0-9]{1,6}\s*")
LINE_END, COMMA_OR_LINE_END = r"[\r\n]", r"[,\r\n]"
# Of a form's number, people of many countries write the comma.
COMMA = re.compile(r"^([0-9]+),([0-9]*)$")


def is_form(info: ValidationInfo) -> bool:
    return info.mode == "python"


def split(value: JsonValue, separators: str) -> list[str]:
    """Return the entries of a text field, without the empty ones."""
    # A form has only texts.
    texts = value if isinstance(value, list) else [value]
    parts = (part.strip() for text in texts for part in re.split(separators, str(text)))
    return [part for part in parts if part]


def lines_of(value: JsonValue, info: ValidationInfo) -> JsonValue | list[str]:
    return split(value, LINE_END) if is_form(info) else value


def tags_of(value: JsonValue, info: ValidationInfo) -> JsonValue | list[str]:
    return split(value, COMMA_OR_LINE_END) if is_form(info) else value


def outline_of(value: JsonValue, info: ValidationInfo) -> JsonValue | list[SectionOut]:
    """Return the sections of a text field: `# Section`, below it lessons, as `Lesson | 10`.

    A backslash before a lesson is for one that begins with # itself.
    """
    if not is_form(info):
        return value
    sections: list[SectionOut] = []
    for line in split(value, LINE_END):
        heading = SECTION.fullmatch(line)
        if heading:
            sections.append({"title": heading["title"], "lessons": []})
        elif sections:
            sections[-1]["lessons"].append(lesson_of(line))
        else:
            raise PydanticCustomError(
                "outline_section", "Start with a section, such as: # First steps"
            )
    return sections


def lesson_of(line: str) -> LessonOut:
    title, bar, minutes = line.removeprefix("\\").rpartition("|")
    if bar and MINUTES.fullmatch(minutes):
        return {"title": title.strip(), "minutes": int(minutes)}
    return {"title": line.removeprefix("\\"), "minutes": 0}


def one_line(value: JsonValue, info: ValidationInfo) -> JsonValue:
    """Return a text that a form lets run over several lines as one."""
    joined = re.sub(r"[\r\n]+", " ", value) if isinstance(value, str) else value
    return joined if is_form(info) else value


def wrapped(key: str) -> Callable[[JsonValue, ValidationInfo], JsonValue]:
    """Return a validator that takes a form's text for the object with `key` that JSON has."""

    def wrap(value: JsonValue, info: ValidationInfo) -> JsonValue:
        return {key: value} if is_form(info) and isinstance(value, str) else value

    return wrap


def category_of(value: JsonValue) -> JsonValue:
    return {"slug": value} if isinstance(value, str) else value


def amount_of(value: JsonValue, info: ValidationInfo) -> JsonValue:
    if is_form(info) and isinstance(value, str):
        return COMMA.sub(r"\1.\2", value.strip())
    return value


# Of any type: accepted when it equals what is stored, so that the body of a GET can be sent back.
ReadOnly = Annotated[Any, Field(json_schema_extra={"readOnly": True})]


class AboutIn(Input):
    """The text of a course, as Markdown."""

    markdown: Markdown | MISSING = MISSING
    html: ReadOnly | MISSING = MISSING


class CategoryIn(Input):
    """A category, by its slug."""

    slug: Slug
    title: ReadOnly | MISSING = MISSING
    url: ReadOnly | MISSING = MISSING


class MoneyIn(Input):
    """An amount in the currency of the shop."""

    amount: Annotated[str, Field(pattern=AMOUNT), BeforeValidator(amount_of)]
    # The API description says which it is.
    currency: Annotated[str, Field(json_schema_extra={"x-shop": "currency"})] | MISSING = MISSING

    @field_validator("currency")
    @classmethod
    def _is_the_shops(cls, currency: str, info: ValidationInfo) -> str:
        expected = (info.context or {}).get("currency", currency)
        if currency != expected:
            message = "The currency of this shop is {expected}."
            raise PydanticCustomError("currency", message, {"expected": expected})
        return currency


def not_reserved(slug: str, info: ValidationInfo) -> str:
    if slug in (info.context or {}).get("reserved", ()):
        raise PydanticCustomError("reserved", "This name is reserved for a page of the shop.")
    return slug


NewSlug = Annotated[Slug, Field(json_schema_extra={"x-shop": "slug"}), AfterValidator(not_reserved)]
AboutText = Annotated[AboutIn, BeforeValidator(wrapped("markdown"))]
CategoryName = Annotated[
    CategoryIn, BeforeValidator(category_of, json_schema_input_type=Slug | CategoryIn)
]
Comment = Annotated[str, Field(max_length=2_000, pattern=NO_NUL), LINE_ENDS]


class CourseWords(Input):
    """What may be said of a course; what is not said is not decided."""

    same_in_forms = False

    title: Title | MISSING = MISSING
    slug: NewSlug | MISSING = MISSING
    summary: Annotated[Summary, BeforeValidator(one_line)] | MISSING = MISSING
    about: AboutText | MISSING = MISSING
    category: CategoryName | MISSING = MISSING
    level: Level | MISSING = MISSING
    language: LanguageTag | MISSING = MISSING
    duration_minutes: Minutes | MISSING = MISSING
    price: Annotated[MoneyIn, BeforeValidator(wrapped("amount"))] | MISSING = MISSING
    tags: Annotated[Tags, BeforeValidator(tags_of)] | MISSING = MISSING
    outcomes: Annotated[Points, BeforeValidator(lines_of)] | MISSING = MISSING
    requirements: Annotated[Points, BeforeValidator(lines_of)] | MISSING = MISSING
    audience: Annotated[Points, BeforeValidator(lines_of)] | MISSING = MISSING
    outline: Annotated[Outline, BeforeValidator(outline_of)] | MISSING = MISSING
    status: Status | MISSING = MISSING
    comment: Comment | MISSING = Field(MISSING, description="Why the status is another one now.")

    @model_validator(mode="before")
    @classmethod
    def _left_empty(cls, sent: JsonValue, info: ValidationInfo) -> JsonValue:
        """Take a slug that a form leaves empty for none: one is proposed, or the old one stays."""
        if is_form(info) and isinstance(sent, dict) and sent.get("slug") == "":
            return {name: value for name, value in sent.items() if name != "slug"}
        return sent

    def facts(self) -> dict[str, Any]:
        """Return what was said as the fields of a `CourseDraft`."""
        # As pydantic types what it dumps.
        names = set(CourseDraft.model_fields) - {"about", "category", "price"}
        facts = self.model_dump(include=names & self.model_fields_set)
        if self.about is not MISSING and self.about.markdown is not MISSING:
            facts["about"] = self.about.markdown
        if self.category is not MISSING:
            facts["category"] = self.category.slug
        if self.price is not MISSING:
            facts["price"] = Decimal(self.price.amount)
        return facts


class CoursePost(CourseWords):
    """A new course: its title and category, and what else is known."""

    title: Title
    category: CategoryName


class CoursePatch(CourseWords):
    """What to change of a course, as a merge patch (RFC 7396) or a form."""

    url: ReadOnly | MISSING = MISSING
    instructors: ReadOnly | MISSING = MISSING
    rating: ReadOnly | MISSING = MISSING
    enrolled_count: ReadOnly | MISSING = MISSING
    published_at: ReadOnly | MISSING = MISSING
    updated_at: ReadOnly | MISSING = MISSING
    version: ReadOnly | MISSING = MISSING
    wished: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    after_login: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


READ_ONLY = tuple(name for name in CoursePatch.model_fields if name not in CourseWords.model_fields)


class PreviewDraft(Input):
    """A course's text, to look at before it is stored; a form may hold other fields besides."""

    same_in_forms = False

    about: AboutText

    @model_validator(mode="before")
    @classmethod
    def _of_the_whole_form(cls, sent: JsonValue, info: ValidationInfo) -> JsonValue:
        if is_form(info) and isinstance(sent, dict):
            return {"about": sent.get("about", "")}
        return sent

    @property
    def markdown(self) -> str:
        return "" if self.about.markdown is MISSING else self.about.markdown


class PreviewOut(TypedDict):
    """A text as it will look."""

    about: TextOut
