from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas import (
    Input,
    Line,
    Moment,
    MoneyOut,
    PageLinks,
    PageQuery,
    Slug,
    TextOut,
    Username,
)

Level = Literal["all", "beginner", "intermediate", "advanced"]
Status = Literal["draft", "submitted", "published", "archived"]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=20)]
Count = Annotated[int, Field(ge=0)]


class CourseDraft(Input):
    """A course as it is written: what an instructor decides."""

    slug: Slug
    title: Line = Field(min_length=1, max_length=200)
    summary: Line = Field("", max_length=500)
    about: str = Field("", max_length=50_000, description="Markdown")
    category: Slug
    instructors: list[Username] = Field(default_factory=list, max_length=20)
    level: Level = "all"
    language: LanguageTag = "en"
    duration_minutes: int = Field(0, ge=0, le=1_000_000)
    price: Decimal = Field(Decimal("0.00"), ge=0, max_digits=10, decimal_places=2)
    published: Moment | None = None


class CatalogueQuery(PageQuery):
    q: str = Field(
        "",
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Words that title or summary must have, all.",
    )


class CategoryRef(TypedDict):
    slug: str
    title: str
    url: str


class PersonRef(TypedDict):
    username: str
    name: str
    url: str


Histogram = TypedDict("Histogram", {"1": Count, "2": Count, "3": Count, "4": Count, "5": Count})


class RatingOut(TypedDict):
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


class CourseOut(CourseSummary):
    about: TextOut
    wished: bool | None
    links: dict[str, str]
    after_login: dict[str, str]
    panels: NotRequired[dict[str, list[dict[str, object]]]]


class CoursesOut(TypedDict):
    items: list[CourseSummary]
    total: Count
    total_exact: bool
    links: PageLinks


class ShareTarget(TypedDict):
    name: str
    label: str
    url: str


class ShareOut(TypedDict):
    link: str
    title: str
    text: str
    targets: list[ShareTarget]
    qr: str
