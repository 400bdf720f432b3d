from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from courseshop.schemas.base import MoneyOut
from courseshop.schemas.course import CategoryRef, Count, Level, RatingOut


class RelatedWhy(TypedDict):
    """Why a course is related, as `text` for people; `tags` are the shared tags."""

    reason: Literal["category", "tags", "wished"]
    text: str
    tags: NotRequired[list[str]]


class RelatedCourse(TypedDict):
    """A related course."""

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
    """Related courses. `compare` is the URL that compares the course with the first of them."""

    related: list[RelatedCourse]
    compare: str
