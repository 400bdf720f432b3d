from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo
from typing_extensions import TypedDict

from courseshop.domain import money
from courseshop.domain.i18n import _
from courseshop.schemas.base import (
    WHOLE,
    Input,
    Line,
    Markdown,
    MoneyOut,
    RowId,
    Slug,
    Tag,
    Words,
    invalid,
)
from courseshop.schemas.course_field import (
    AMOUNT,
    CATEGORY,
    LINES,
    MARKDOWN,
    OUTLINE,
    PARAGRAPH,
    SELECT,
    TAGS,
    CourseField,
    Shown,
    declared,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Out = TypeVar("Out")
Level = Literal["all", "beginner", "intermediate", "advanced"]
Status = Literal["draft", "submitted", "published", "archived"]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=20)]
Count = Annotated[int, Field(ge=0)]


Title = Annotated[Words, Field(max_length=200)]
Summary = Annotated[Line, Field(max_length=500)]
Minutes = Annotated[int, Field(ge=0, le=1_000_000), WHOLE]


def once_each(tags: list[str]) -> list[str]:
    """Keep the first of tags that differ only in case."""
    return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]


Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(once_each)]
Points = Annotated[list[Annotated[Words, Field(max_length=300)]], Field(max_length=50)]


class LessonDraft(Input):
    """A lesson of a course."""

    id: RowId | None = Field(None, description="Permanent, if a plugin gives lessons ids.")
    title: Title
    minutes: Annotated[int, Field(ge=0, le=10_000), WHOLE] = 0


class SectionDraft(Input):
    """A section of a course's outline."""

    title: Title
    lessons: list[LessonDraft] = Field(default_factory=list, max_length=100)


Outline = Annotated[list[SectionDraft], Field(max_length=50)]


def in_currency(price: Decimal, info: ValidationInfo) -> Decimal:
    """Reject more decimal places than the currency in the validation context has, if any."""
    currency = (info.context or {}).get("currency")
    if currency and price != money.rounded(price, currency):
        raise invalid("decimal_max_places", decimal_places=money.places(currency))
    return price


Price = Annotated[
    Decimal,
    Field(ge=0, lt=100_000_000, decimal_places=money.MOST_PLACES),
    AfterValidator(in_currency),
]


class CourseDraft(Input):
    """The fields of a course that instructors edit.

    The slug of a new course is made from its title by default. To add a field, declare it here, and
    add a column to `models.course.Course` with a migration. A field that is shown in a block of its
    own also needs a line in a template.
    """

    title: Annotated[Title, CourseField(_("Title"), shown="lists")]
    subtitle: Annotated[
        Line,
        Field(max_length=150),
        CourseField(_("Subtitle"), shown="lists", searched=True),
    ] = ""
    summary: Annotated[
        Summary,
        CourseField(
            _("Summary"),
            PARAGRAPH,
            _("One or two sentences, shown in course lists and search results."),
            shown="lists",
            searched=True,
            attributes={"rows": 3},
        ),
    ] = ""
    category: Annotated[Slug, CourseField(_("Category"), CATEGORY, shown=None, beside=True)]
    level: Annotated[Level, CourseField(_("Level"), SELECT, shown="lists", beside=True)] = "all"
    language: Annotated[
        LanguageTag, CourseField(_("Language"), SELECT, shown="lists", beside=True)
    ] = "en"
    duration_minutes: Annotated[
        Minutes,
        CourseField(
            _("Duration in minutes"),
            shown="lists",
            beside=True,
            attributes={"type": "number", "min": 0, "max": 1_000_000},
        ),
    ] = 0
    price: Annotated[
        Price,
        CourseField(
            _("Price in ${currency}"),
            AMOUNT,
            _("Enter 0 for a free course."),
            shown=None,
            beside=True,
            attributes={"inputmode": "decimal", "maxlength": 13},
        ),
    ] = Decimal(0)
    tags: Annotated[
        Tags, CourseField(_("Tags"), TAGS, _("Up to 20, separated by commas."), beside=True)
    ] = Field(default_factory=list)
    about: Annotated[
        Markdown,
        CourseField(
            _("About Course"),
            MARKDOWN,
            _(
                "You can use Markdown: ## heading, - list item, **bold**, *italic*, "
                "[link](https://…)."
            ),
            shown=None,
            attributes={"rows": 14},
        ),
    ] = ""
    outcomes: Annotated[
        Points, CourseField(_("What you will learn"), LINES, _("One per line."))
    ] = Field(default_factory=list)
    requirements: Annotated[
        Points,
        CourseField(
            _("Requirements"), LINES, _("What students need to know or have. One per line.")
        ),
    ] = Field(default_factory=list)
    audience: Annotated[
        Points, CourseField(_("Who this course is for"), LINES, _("One per line."))
    ] = Field(default_factory=list)
    outline: Annotated[
        Outline,
        CourseField(
            _("Outline"),
            OUTLINE,
            _(
                "Write sections as “# First steps” and their lessons below as "
                "“Install Python | 10”, where 10 is the length in minutes."
            ),
            attributes={"rows": 10},
        ),
    ] = Field(default_factory=list)
    slug: Slug | None = None


FIELDS = declared(CourseDraft)


def shown_in(shown: Shown) -> list[str]:
    """Return the names of the fields that are declared with this value of `shown`."""
    return [name for name, one in FIELDS.items() if one.shown == shown]


def with_fields(shown: Shown) -> Callable[[Out], Out]:
    """Return a decorator that adds the fields declared with `shown` to an output TypedDict.

    Fields that code accesses by name must also be declared in the class itself, so that mypy knows
    them.
    """

    def add(kind: Out) -> Out:
        # A TypedDict has no API for adding keys, so its annotations and required keys are changed.
        keys: Any = kind
        known = keys.__annotations__
        for name in shown_in(shown):
            known.setdefault(name, CourseDraft.model_fields[name].annotation)
        keys.__required_keys__ |= known.keys()
        return kind

    return add


class CategoryRef(TypedDict):
    """A reference to a category."""

    slug: str
    title: str
    url: str


class CourseRef(TypedDict):
    """The title and URL of a course."""

    title: str
    url: str


class PersonRef(TypedDict):
    """A reference to a user."""

    username: str
    name: str
    url: str


Histogram = TypedDict("Histogram", {"1": Count, "2": Count, "3": Count, "4": Count, "5": Count})


class RatingMean(TypedDict):
    """The average of some ratings, null without ratings, and their number."""

    average: Annotated[float, Field(ge=1, le=5)] | None
    count: Count


class RatingOut(RatingMean):
    """The rating of a course. `average` is null without ratings."""

    histogram: Histogram


@with_fields("lists")
class CourseSummary(TypedDict):
    """A course in a list."""

    slug: str
    url: str
    title: str
    summary: str
    category: CategoryRef
    instructors: list[PersonRef]
    level: Level
    language: str
    duration_minutes: Count
    price: MoneyOut
    rating: RatingOut
    enrolled_count: Count
    status: Status
    published_at: datetime | None
    updated_at: datetime
    version: int
    wished: bool | None


class LessonOut(TypedDict):
    """A lesson of a course; `id` is null unless a plugin gives lessons ids."""

    id: int | None
    title: str
    minutes: Count


class SectionOut(TypedDict):
    """A section of a course's outline."""

    title: str
    lessons: list[LessonOut]


class CourseForm(TypedDict):
    """The options of the form for a new course."""

    categories: list[CategoryRef]
    currency: str
    links: dict[str, str]
