"""Types that several schemas share: slugs, lines of text, moments, pages of lists, links."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NotRequired, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from courseshop.domain import markdown, text

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
LONGEST_SLUG = 80
Slug = Annotated[str, Field(min_length=1, max_length=LONGEST_SLUG, pattern=SLUG)]
USERNAME = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$"
Username = Annotated[str, Field(min_length=2, max_length=40, pattern=USERNAME)]
# A position and a signature (`framework.cursor`).
CURSOR = r"^[A-Za-z0-9_-]{33}$"
CursorText = Annotated[str, Field(pattern=CURSOR, min_length=33, max_length=33)]

# The value that a validator checks and returns unchanged.
Sent = TypeVar("Sent")


def invalid(kind: str, **values: str | int) -> PydanticCustomError:
    """Return the error to raise in a validator; `framework.fault_messages` has its message."""
    return PydanticCustomError(kind, kind, values)


# `Line` is a line of text that may be blank, `Words` one that may not.
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=text.LINE)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, pattern=text.WORDS)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=text.TAG)]
# The pattern of passwords, which may contain every other character.
NO_NUL = r"^[^\x00]*$"


def _line_breaks(value: JsonValue) -> JsonValue:
    return text.with_line_feeds(value) if isinstance(value, str) else value


def _trimmed(value: JsonValue) -> JsonValue:
    return text.trimmed(value) if isinstance(value, str) else value


def _one_line(value: JsonValue) -> JsonValue:
    return text.as_line(value) if isinstance(value, str) else value


# Runs before the length is checked, so that a line break counts as one character.
LINE_ENDS = BeforeValidator(_line_breaks)
# People copy usernames and email addresses with the spaces and invisible characters around them.
TRIMMED = BeforeValidator(_trimmed)
UsernameIn = Annotated[Username, TRIMMED]
# Search words may be copied from anywhere, so they are cleaned instead of rejected.
Query = Annotated[
    str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"), BeforeValidator(_one_line)
]


# The key in the `ctx` of an error for a more exact message than that of its type.
RULE = "rule"
# In the context of a validation: these texts were checked before, and need not be rendered again.
CHECKED = "checked"


def _renderable(source: str, info: ValidationInfo) -> str:
    if (info.context or {}).get(CHECKED):
        return source
    try:
        markdown.render(source)
    except markdown.TooComplex:
        raise invalid("too_complex") from None
    return source


# Markdown that renders in well under 100 ms.
RENDERABLE = AfterValidator(_renderable)
Markdown = Annotated[
    str, Field(max_length=markdown.LONGEST, pattern=text.TEXT), LINE_ENDS, RENDERABLE
]


def _is_number(value: Sent) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float)


def _no_number(value: Sent) -> Sent:
    """Reject numbers, also in a string: pydantic would read them as Unix timestamps."""
    if _is_number(value):
        raise invalid("datetime_type")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise invalid("datetime_range") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]


# Key of the validation context, for a pair of a model and a dict. The valid fields of the model are
# stored in the dict, so that the shop's rules for them can be checked even if others are invalid.
VALID = "valid"


class Input(BaseModel):
    """Base of all request data: rejects unknown keys and NUL (PostgreSQL cannot store it).

    `same_in_forms` is False if the fields of a form differ from those of JSON. Such forms are left
    out of the API description, because only the shop's own pages submit them. `reported_on_page`
    are parameters of a query whose faults the HTML page reports itself, instead of a notice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    same_in_forms: ClassVar[bool] = True
    reported_on_page: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Sent, info: ValidationInfo) -> Sent:
        if holds_nul(value):
            raise invalid("nul")
        valid = (info.context or {}).get(VALID)
        if valid is not None and cls is valid[0]:
            valid[1][info.field_name] = value
        return value

    @classmethod
    def form_text(cls, _name: str, value: JsonValue) -> str:
        """Return the text that a form has for a value of the JSON."""
        if isinstance(value, dict):
            value = value.get("markdown")
        return "" if value is None else str(value)


# `Any`, because a validated field may have any type.
def holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(holds_nul(part) for item in value.items() for part in item)
    return isinstance(value, list | tuple) and any(map(holds_nul, value))


def plain_digits(value: Sent) -> Sent:
    """Reject a number that is not written in plain decimal digits, such as 1_0, +5, 005 or 1.0."""
    if isinstance(value, str) and not re.fullmatch(r"-?[1-9][0-9]*|0", value):
        raise invalid("int_parsing")
    return value


# At most 18 digits, which fit PostgreSQL's bigint; no row has a longer id.
RowId = Annotated[int, Field(ge=1, lt=10**18), BeforeValidator(plain_digits)]


def _whole(value: Sent) -> Sent | int:
    """Return 5 for 5.0, which is an integer in JSON Schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Must follow the `Field` with the bounds of a number, or the schema loses them.
WHOLE = BeforeValidator(_whole)


# The version of the row that a form shows; API clients send If-Match instead.
Version = Annotated[int, Field(ge=0, json_schema_extra={"readOnly": True}), WHOLE]


# A value of any type, accepted if it equals the stored one, so that clients can send back the body
# of a GET.
ReadOnly = Annotated[Any, Field(json_schema_extra={"readOnly": True})]


class SentText(TypedDict):
    """A text as a GET returns it; `html` is optional and must equal the stored HTML."""

    markdown: str | None
    html: NotRequired[str]


def _markdown_of(value: JsonValue) -> JsonValue:
    """Return the Markdown of a text that was sent as a GET returns it; null is an empty text."""
    if isinstance(value, dict) and "markdown" in value and value.keys() <= {"markdown", "html"}:
        return "" if value["markdown"] is None else value["markdown"]
    return value


SENT_TEXT = BeforeValidator(_markdown_of, json_schema_input_type=str | SentText)


class Switch(Input):
    """A form's substitute for PUT (1) and DELETE (0)."""

    on: Annotated[int, Field(ge=0, le=1, description="1: yes, 0: no"), WHOLE]


class ReturnQuery(Input):
    """The query of a page with a form, which names the page that has the link to it."""

    return_to: Annotated[str, Field(max_length=500, pattern=r"^(?:/[!-\[\]-~]*)?$")] = Field(
        "",
        description="The path to which a browser returns after the form.",
        examples=["/courses/backend-with-python/reviews"],
    )


class PageQuery(Input):
    """The page of a list to return; cursors come from the `links` of the list."""

    limit: Annotated[int, BeforeValidator(plain_digits)] = Field(
        20, ge=1, le=100, description="Maximum number of items per page.", examples=[5]
    )
    after: CursorText | None = Field(
        None, description="Items after this cursor.", examples=["AAZYwh1gFgAAAAAAAAAACAx7bJk2Qw0dE"]
    )
    before: CursorText | None = Field(
        None,
        description="Items before this cursor.",
        examples=["AAZNZZgnHgAAAAAAAAAAEAk3Pq9sTz1fA"],
    )

    def selection(self) -> dict[str, JsonValue]:
        """Return the parameters that select and sort the rows: all except those of the page."""
        return self.model_dump(exclude={"limit", "after", "before"})


class MoneyOut(TypedDict):
    """An amount with the decimal places of its currency (ISO 4217)."""

    amount: Annotated[str, Field(json_schema_extra={"x-shop": "amount"})]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class TextOut(TypedDict):
    """A text as Markdown source and as rendered HTML."""

    markdown: str
    html: str


class PageLinks(TypedDict):
    """Links to this page of a list, the next page and the previous page."""

    self: str
    next: str | None
    prev: str | None
