"""Courses and categories."""

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
    """Which course it is."""

    slug: str


class FacetFacts(Protocol):
    """What a course is counted by (`facet.facts`)."""

    status: Status
    category_id: int
    level: Level
    language: str
    price: Decimal
    duration_minutes: int
    tags: list[str]

    # All columns by their names, which have as many types.
    def _asdict(self) -> dict[str, Any]: ...


class RatingCounters(Protocol):
    """How many gave each number of stars, and the sum of their stars."""

    rating_count: int
    rating_sum: int
    rating_1: int
    rating_2: int
    rating_3: int
    rating_4: int
    rating_5: int


class CourseHead(Protocol):
    """What decides who may view a course, and whether a page of it has changed."""

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
    """A course as lists show it (`course.IN_LISTS`)."""

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
    """A course as its page shows it (`course.find`)."""

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
    """A course with what is stored of it to list it fast (`recount.COLUMNS`)."""

    title: str
    sort_title: str
    score: int
    rating_sum: int
    rating_count: int


class SearchedCourse(Identified, Protocol):
    """A course with what is searched of it."""

    title: str
    summary: str
    about_html: str
    tags: list[str]


class IndexedCourse(NamedCourse, SearchedCourse, Protocol):
    """The same, and what is stored of it to be searched, if it is."""

    stored_title: str | None
    stored_people: str | None
    stored_tags: str | None
    stored_body: str | None


class SuggestedCourse(NamedCourse, Protocol):
    """A course that is proposed while somebody types."""

    title: str
    listed_at: datetime


class StatusChangeRow(Protocol):
    """A move of a course in its life cycle; who made it may have left."""

    at: datetime
    old: Status
    new: Status
    comment: str
    username: str | None
    name: str | None


class SitemapRow(Identified, Protocol):
    """What search engines are told of; only of a course is known when it was edited."""

    name: str
    edited: datetime | None


class RelatedRow(CategoryNames, RatingCounters, Protocol):
    """A course that is shown beside another one."""

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
