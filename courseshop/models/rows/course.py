"""Rows of courses and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from courseshop.schemas.course import Level, SectionOut, Status


class Identified(Protocol):
    """A row of a table with an id."""

    id: int


class NamedCourse(Identified, Protocol):
    """The id and slug of a course."""

    slug: str


class FacetFacts(Protocol):
    """The columns that a course is counted by in facets (`facet.facts`)."""

    status: Status
    category_id: int
    level: Level
    language: str
    price: Decimal
    duration_minutes: int
    tags: list[str]

    # `Any`, because each column has its own type.
    def _asdict(self) -> dict[str, Any]: ...


class RatingCounters(Protocol):
    """The number of ratings, in total and by stars, and the sum of the stars."""

    rating_count: int
    rating_sum: int
    rating_1: int
    rating_2: int
    rating_3: int
    rating_4: int
    rating_5: int


class CourseHead(Protocol):
    """The columns that decide who may view a course, and whether a page of it has changed."""

    id: int
    slug: str
    status: Status
    version: int
    stamp: int
    category_stamp: int


class CategoryNames(Protocol):
    category_slug: str
    category_title: str


class ListedCourse(CourseHead, CategoryNames, RatingCounters, Protocol):
    """A course in lists (`course.IN_LISTS`)."""

    title: str
    sort_title: str
    summary: str
    category_id: int
    level: Level
    language: str
    duration_minutes: int
    price: Decimal
    published_at: datetime | None
    updated_at: datetime
    listed_at: datetime
    score: int
    enrolled_count: int


class CourseRow(ListedCourse, FacetFacts, Protocol):
    """A course on its own page (`course.find`)."""

    outcomes: list[str]
    requirements: list[str]
    audience: list[str]
    outline: list[SectionOut]
    about_markdown: str
    about_html: str
    hidden_count: int


class ComparedCourse(ListedCourse, Protocol):
    outcomes: list[str]
    requirements: list[str]


class NewCourse(ListedCourse, Protocol):
    created_at: datetime


class RecountedCourse(NamedCourse, FacetFacts, Protocol):
    """A course with the derived columns that make lists fast (`recount.COLUMNS`)."""

    title: str
    sort_title: str
    score: int
    rating_sum: int
    rating_count: int


class SearchedCourse(Identified, Protocol):
    """A course with its searchable columns."""

    title: str
    summary: str
    about_html: str
    tags: list[str]


class IndexedCourse(NamedCourse, SearchedCourse, Protocol):
    """A course with its searchable columns and those of its `course_text` (None if missing)."""

    stored_title: str | None
    stored_people: str | None
    stored_tags: str | None
    stored_body: str | None


class SuggestedCourse(NamedCourse, Protocol):
    """A course that is suggested while the user types a search."""

    title: str
    listed_at: datetime


class TaughtCourse(Protocol):
    """What a course adds to the totals of one of its instructors, if it is published."""

    user_id: int
    status: Status
    enrolled_count: int
    rating_count: int
    rating_sum: int


class StatusChangeRow(Protocol):
    """A status change of a course; `username` and `name` are None if the account was deleted."""

    at: datetime
    old: Status
    new: Status
    comment: str
    username: str | None
    name: str | None


class SitemapRow(Identified, Protocol):
    """An entry of the sitemap; `edited` is known only for courses."""

    name: str
    edited: datetime | None


class RelatedRow(CategoryNames, RatingCounters, Protocol):
    """A related course, shown on another course's page."""

    id: int
    stamp: int
    category_stamp: int
    slug: str
    title: str
    level: Level
    language: str
    duration_minutes: int
    price: Decimal
    tags: list[str]
    wished: bool


class CategoryRow(Protocol):
    id: int
    slug: str
    parent_id: int | None
    title: str
    position: int
    stamp: int
