from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, NotRequired

from pydantic import Field, field_validator
from typing_extensions import TypedDict

from courseshop.schemas.base import (
    WHOLE,
    Input,
    Line,
    Markdown,
    MoneyOut,
    Slug,
    Tag,
    TextOut,
    Words,
)

Level = Literal["all", "beginner", "intermediate", "advanced"]
Status = Literal["draft", "submitted", "published", "archived"]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=20)]
Count = Annotated[int, Field(ge=0)]
MOST_COMPARED = 4


Title = Annotated[Words, Field(max_length=200)]
Summary = Annotated[Line, Field(max_length=500)]
Minutes = Annotated[int, Field(ge=0, le=1_000_000), WHOLE]
Tags = Annotated[list[Tag], Field(max_length=20)]
Points = Annotated[list[Annotated[Words, Field(max_length=300)]], Field(max_length=50)]


class LessonDraft(Input):
    """A lesson of a course."""

    title: Title
    minutes: Annotated[int, Field(ge=0, le=10_000), WHOLE] = 0


class SectionDraft(Input):
    """A part of a course's outline."""

    title: Title
    lessons: list[LessonDraft] = Field(default_factory=list, max_length=100)


Outline = Annotated[list[SectionDraft], Field(max_length=50)]


class CourseDraft(Input):
    """A course as it is written: what an instructor decides. Without a slug one is proposed."""

    slug: Slug | None = None
    title: Title
    summary: Summary = ""
    about: Markdown = ""
    category: Slug
    level: Level = "all"
    language: LanguageTag = "en"
    duration_minutes: Minutes = 0
    price: Decimal = Field(Decimal("0.00"), ge=0, max_digits=10, decimal_places=2)
    tags: Tags = Field(default_factory=list)
    outcomes: Points = Field(default_factory=list)
    requirements: Points = Field(default_factory=list)
    audience: Points = Field(default_factory=list)
    outline: Outline = Field(default_factory=list)

    @field_validator("tags")
    @classmethod
    def _once_each(cls, tags: list[str]) -> list[str]:
        """Keep the first of tags that differ in case alone."""
        return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]


class CompareQuery(Input):
    course: list[Slug] = Field(
        default_factory=list,
        max_length=MOST_COMPARED,
        description="The slug of a course to compare; repeat it for each.",
        examples=[["backend-with-python", "messy-data"]],
    )


class CategoryRef(TypedDict):
    """A category, in short."""

    slug: str
    title: str
    url: str


class PersonRef(TypedDict):
    """A person, in short."""

    username: str
    name: str
    url: str


Histogram = TypedDict("Histogram", {"1": Count, "2": Count, "3": Count, "4": Count, "5": Count})


class RatingOut(TypedDict):
    """What students think of a course; without reviews the average is null."""

    average: Annotated[float, Field(ge=1, le=5)] | None
    count: Count
    histogram: Histogram


class CourseSummary(TypedDict):
    """A course as it stands in a list."""

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


class ComparedCourse(CourseSummary):
    """A course beside others; `links` has its page, and the others without it (`remove`)."""

    outcomes: list[str]
    requirements: list[str]
    links: dict[str, str]


class CompareOut(TypedDict):
    """Courses side by side."""

    items: list[ComparedCourse]
    links: dict[str, str]


class RelatedWhy(TypedDict):
    """Why a course goes with another, as `text` for people; `tags` are those in common."""

    reason: Literal["category", "tags", "wished"]
    text: str
    tags: NotRequired[list[str]]


class RelatedCourse(TypedDict):
    """A course that goes with another."""

    slug: str
    url: str
    title: str
    category: CategoryRef
    level: Level
    language: str
    duration_minutes: Count
    price: MoneyOut
    rating: RatingOut
    why: list[RelatedWhy]


class RelatedOut(TypedDict):
    """What goes with a course; `compare` shows the first of them beside it."""

    related: list[RelatedCourse]
    compare: str


class LessonOut(TypedDict):
    """A lesson of a course."""

    title: str
    minutes: Count


class SectionOut(TypedDict):
    """A part of a course's outline."""

    title: str
    lessons: list[LessonOut]


class WholeCourse(CourseSummary):
    """A course with all that the shop itself says of it."""

    about: TextOut
    tags: list[str]
    outcomes: list[str]
    requirements: list[str]
    audience: list[str]
    outline: list[SectionOut]
    links: dict[str, str]
    after_login: dict[str, str]


class CourseOut(WholeCourse):
    """A course with all that its page shows."""

    panels: NotRequired[dict[str, list[dict[str, object]]]]


class CourseForm(TypedDict):
    """What a form to write a course offers to choose from."""

    categories: list[CategoryRef]
    currency: str
    links: dict[str, str]


NETWORKS = ("facebook", "x", "linkedin", "whatsapp", "telegram", "bluesky", "reddit")
NetworkName = Annotated[str, Field(json_schema_extra={"enum": list(NETWORKS)})]


class ShareTarget(TypedDict):
    """A way to share something."""

    name: str
    label: str
    url: str


class ShareOut(TypedDict):
    """Where to share a course; `shares` says how often that was done, to those who edit it."""

    link: str
    title: str
    text: str
    targets: list[ShareTarget]
    qr: str
    shares: dict[str, Count] | None
