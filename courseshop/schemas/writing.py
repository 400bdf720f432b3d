"""A course as clients write it: input mirrors output.

JSON has the structure of the contract, a form has text fields (`schemas.form_text`). Values that
differ between shops (the currency, the names of pages) are in `info.context`, and marked in the API
description by `x-shop`.
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
    create_model,
    model_validator,
)
from typing_extensions import TypedDict

from courseshop.domain import money
from courseshop.domain.text import TEXT
from courseshop.schemas.base import LINE_ENDS, Input, Markdown, ReadOnly, Slug, TextOut, invalid
from courseshop.schemas.course import FIELDS, CourseDraft, Status, Title
from courseshop.schemas.course_field import sent_type
from courseshop.schemas.form_text import amount_of, is_form, wrapped


def category_of(value: JsonValue) -> JsonValue:
    return {"slug": value} if isinstance(value, str) else value


class AboutIn(Input):
    """The text of a course, as Markdown."""

    markdown: Markdown | MISSING | None = MISSING
    html: ReadOnly | MISSING = MISSING


class CategoryIn(Input):
    """A category, by its slug."""

    slug: Slug
    title: ReadOnly | MISSING = MISSING
    url: ReadOnly | MISSING = MISSING


def amount_in_currency(amount: str, info: ValidationInfo) -> str:
    """Reject an amount that is not one of the shop's currency, such as half a yen."""
    currency = (info.context or {}).get("currency", "")
    if not re.fullmatch(money.pattern(currency), amount):
        raise invalid("string_pattern_mismatch")
    return amount


def currency_of_the_shop(currency: str, info: ValidationInfo) -> str:
    expected = (info.context or {}).get("currency", currency)
    if currency != expected:
        raise invalid("currency", expected=expected)
    return currency


Amount = Annotated[
    str,
    Field(json_schema_extra={"x-shop": "amount_sent"}),
    BeforeValidator(amount_of),
    AfterValidator(amount_in_currency),
]
# The API description names the shop's currency.
Currency = Annotated[
    str, Field(json_schema_extra={"x-shop": "currency"}), AfterValidator(currency_of_the_shop)
]


class MoneyIn(Input):
    """An amount in the currency of the shop."""

    amount: Amount
    currency: Currency | MISSING = MISSING


class MoneyPatch(Input):
    """A change of an amount in the currency of the shop; null is that currency."""

    amount: Amount | MISSING = MISSING
    currency: Currency | MISSING | None = MISSING


def not_reserved(slug: str, info: ValidationInfo) -> str:
    if slug in (info.context or {}).get("reserved", ()):
        raise invalid("reserved")
    return slug


NewSlug = Annotated[Slug, Field(json_schema_extra={"x-shop": "slug"}), AfterValidator(not_reserved)]
AboutText = Annotated[AboutIn, BeforeValidator(wrapped("markdown"))]
CategoryName = Annotated[
    CategoryIn, BeforeValidator(category_of, json_schema_input_type=Slug | CategoryIn)
]
Comment = Annotated[str, Field(max_length=2_000, pattern=TEXT), LINE_ENDS]


class ArchiveDraft(Input):
    """The confirmation to archive a course."""

    comment: Comment = Field("", description="The reason for the change.")


class CourseWords(Input):
    """The fields of a course that can be written; omitted fields stay unchanged."""

    same_in_forms = False

    if TYPE_CHECKING:
        # The fields that code reads by name; `optional_fields` creates all of them.
        slug: NewSlug | MISSING | None = MISSING
        about: AboutText | MISSING | None = MISSING
        category: CategoryName | MISSING = MISSING
        price: MoneyIn | MoneyPatch | MISSING | None = MISSING

    @model_validator(mode="before")
    @classmethod
    def _left_empty(cls, sent: JsonValue, info: ValidationInfo) -> JsonValue:
        """Drop an empty slug of a form: the slug is made from the title, or stays unchanged."""
        if is_form(info) and isinstance(sent, dict) and sent.get("slug") == "":
            return {name: value for name, value in sent.items() if name != "slug"}
        return sent

    def facts(self) -> dict[str, Any]:
        """Return the sent values as fields of a `CourseDraft`."""
        # The type of pydantic's model_dump.
        names = set(CourseDraft.model_fields) - {"about", "category", "price"}
        facts = self.model_dump(include=names & self.model_fields_set)
        if self.about is not None and self.about is not MISSING:
            text = self.about.markdown
            facts |= {} if text is MISSING else {"about": text or ""}
        if self.category is not MISSING:
            facts["category"] = self.category.slug
        if self.price is not None and self.price is not MISSING:
            amount = self.price.amount
            facts |= {} if amount is MISSING else {"price": Decimal(amount)}
        return {**facts, **self.resets()}

    def resets(self) -> dict[str, Any]:
        """Return the defaults of the fields that were sent as null (RFC 7396)."""
        found = {name: CourseDraft.model_fields[name] for name in RESETTABLE}
        return {
            name: info.get_default(call_default_factory=True)
            for name, info in found.items()
            if getattr(self, name) is None
        }


# The fields whose type here differs from that in `CourseDraft`.
OWN_SHAPES: dict[str, Any] = {
    "slug": NewSlug,
    "about": AboutText,
    "category": CategoryName,
    "price": Annotated[MoneyIn, BeforeValidator(wrapped("amount"))],
}
PATCH_SHAPES = {
    **OWN_SHAPES,
    "price": Annotated[MoneyPatch, BeforeValidator(wrapped("amount"))],
}


def optional_fields(*, resettable: bool = False) -> dict[str, Any]:
    """Return the fields of a `CourseDraft` as pydantic's create_model takes them.

    With `resettable`, those that may be absent at POST may be null.
    """
    shapes = PATCH_SHAPES if resettable else OWN_SHAPES
    types = {
        name: shapes[name] if name in shapes else sent_type(info, FIELDS[name].widget)
        for name, info in CourseDraft.model_fields.items()
    }
    nullable = RESETTABLE if resettable else []
    return {
        name: (kind | MISSING | None if name in nullable else kind | MISSING, MISSING)
        for name, kind in types.items()
    }


# The fields that may be absent at POST; null resets them.
RESETTABLE = [name for name, info in CourseDraft.model_fields.items() if not info.is_required()]


if not TYPE_CHECKING:
    CourseWords = create_model(
        "CourseWords",
        __base__=CourseWords,
        __doc__=CourseWords.__doc__,
        __module__=__name__,
        **optional_fields(),
        status=(Status | MISSING, MISSING),
        comment=(
            Comment | MISSING,
            Field(MISSING, description="The reason for the new status."),
        ),
    )


class CoursePost(CourseWords):
    """A new course: title and category are required."""

    title: Title
    category: CategoryName


class CoursePatch(CourseWords):
    """The fields of a course to change, as a merge patch (RFC 7396) or a form; null resets one."""

    url: ReadOnly | MISSING = MISSING
    instructors: ReadOnly | MISSING = MISSING
    instructor_facts: ReadOnly | MISSING = MISSING
    rating: ReadOnly | MISSING = MISSING
    enrolled_count: ReadOnly | MISSING = MISSING
    published_at: ReadOnly | MISSING = MISSING
    updated_at: ReadOnly | MISSING = MISSING
    version: ReadOnly | MISSING = MISSING
    wished: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    after_login: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING

    @classmethod
    def form_text(cls, name: str, value: JsonValue) -> str:
        if name in FIELDS:
            return FIELDS[name].widget.text(value)
        return super().form_text(name, value)


if not TYPE_CHECKING:
    CoursePatch = create_model(
        "CoursePatch",
        __base__=CoursePatch,
        __doc__=CoursePatch.__doc__,
        __module__=__name__,
        **optional_fields(resettable=True),
        status=(Status | MISSING | None, MISSING),
        comment=(
            Comment | MISSING | None,
            Field(MISSING, description="The reason for the new status."),
        ),
    )


READ_ONLY = tuple(name for name in CoursePatch.model_fields if name not in CourseWords.model_fields)


class PreviewDraft(Input):
    """The text of a course to preview; a form may contain other fields, too."""

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
        return self.about.markdown or "" if self.about.markdown is not MISSING else ""


class PreviewOut(TypedDict):
    """A text and its HTML."""

    about: TextOut
