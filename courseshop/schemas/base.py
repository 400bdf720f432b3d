"""What comes in (pydantic models) and what goes out (typed dicts), noun by noun."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
LONGEST_SLUG = 80
Slug = Annotated[str, Field(min_length=1, max_length=LONGEST_SLUG, pattern=SLUG)]
USERNAME = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$"
Username = Annotated[str, Field(min_length=2, max_length=40, pattern=USERNAME)]
# As PostgreSQL's bigint; a longer number cannot be a row's.
ROW_ID = r"^[1-9][0-9]{0,17}$"
RowId = Annotated[str, Field(pattern=ROW_ID)]
CURSOR = r"^[A-Za-z0-9_-]{22}$"
CursorText = Annotated[str, Field(pattern=CURSOR, min_length=22, max_length=22)]

# What a validator looks at, and gives back as it is.
Sent = TypeVar("Sent")


# Control characters, and what turns the direction of what follows.
_CONTROL = r"\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069"
# What is stripped off both ends, spelled out so that every tool that reads the schema agrees.
_SPACE = r" \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# One line of text, and one that is not empty.
Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=rf"^[^{_CONTROL}]*$")]
Words = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, pattern=rf"^[^{_CONTROL}]*[^{_CONTROL}{_SPACE}][^{_CONTROL}]*$"
    ),
]
# A tag stands between commas in forms and queries.
Tag = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=40,
        pattern=rf"^[^,{_CONTROL}]*[^,{_CONTROL}{_SPACE}][^,{_CONTROL}]*$",
    ),
]
NO_NUL = r"^[^\x00]*$"
# A text of several lines that says something.
SOMETHING = rf"^[^\x00]*[^\x00-\x20\x7f{_SPACE}][^\x00]*$"


def _line_ends(text: JsonValue) -> JsonValue:
    """Return the text with the line ends of programs: a form sends those of mail."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


# Before the length is looked at: a line end is one character.
LINE_ENDS = BeforeValidator(_line_ends)
Markdown = Annotated[str, Field(max_length=50_000, pattern=NO_NUL), LINE_ENDS]


def _no_number(value: Sent) -> Sent:
    """Refuse numbers for a moment: pydantic would take them for seconds since 1970."""
    if isinstance(value, int | float):
        raise PydanticCustomError(
            "datetime_type", "Must be a moment, such as 2026-03-14T09:00:00Z."
        )
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("datetime_range", "Is not a year that we know.") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]


class Input(BaseModel):
    """What a client sends: no unknown keys, no NUL (PostgreSQL cannot store it).

    `same_in_forms` is False where the fields of a form are other than those of JSON: text that
    only the shop's own forms need to know how to write.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    same_in_forms: ClassVar[bool] = True

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Sent) -> Sent:
        if holds_nul(value):
            raise PydanticCustomError("nul", "Must not hold a NUL character.")
        return value


# What a field has become may be of any type.
def holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(holds_nul(part) for item in value.items() for part in item)
    return isinstance(value, list | tuple) and any(map(holds_nul, value))


def plain_digits(value: Sent) -> Sent:
    """Refuse the other spellings of a number that a query may hold: 1_0, +5, 005, 1.0."""
    if isinstance(value, str) and not re.fullmatch(r"-?[1-9][0-9]*|0", value):
        raise PydanticCustomError("int_parsing", "Use a whole number.")
    return value


def _whole(value: Sent) -> Sent | int:
    """Take 5.0 for 5, as JSON Schema does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Behind the bounds of a number, or they are lost from its schema.
WHOLE = BeforeValidator(_whole)


# Of a form, which says what it was made of; a program says it by If-Match.
Version = Annotated[int, Field(ge=0, json_schema_extra={"readOnly": True}), WHOLE]


class Switch(Input):
    """What a form says at a place that has PUT (1) and DELETE (0)."""

    on: Annotated[int, Field(ge=0, le=1, description="1: yes, 0: no"), WHOLE]


class PageQuery(Input):
    """Which page of a list; the cursors come from the `links` of a list."""

    limit: Annotated[int, BeforeValidator(plain_digits)] = Field(
        20, ge=1, le=100, description="How many items a page has.", examples=[5]
    )
    after: CursorText | None = Field(
        None, description="What follows this cursor.", examples=["AAZYwh1gFgAAAAAAAAAACA"]
    )
    before: CursorText | None = Field(
        None, description="What precedes it.", examples=["AAZNZZgnHgAAAAAAAAAAEA"]
    )


class MoneyOut(TypedDict):
    """An amount with two decimal places."""

    amount: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class TextOut(TypedDict):
    """A text, as it was written and as it is shown."""

    markdown: str
    html: str


class PageLinks(TypedDict):
    """This page of a list, the next and the one before."""

    self: str
    next: str | None
    prev: str | None
