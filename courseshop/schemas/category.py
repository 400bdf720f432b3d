from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, Line, PageLinks, Slug
from courseshop.schemas.course import Count, CourseSummary


class CategoryDraft(Input):
    slug: Slug
    title: Line = Field(min_length=1, max_length=100)


class CategoryOut(TypedDict):
    """A category; `parent` is the slug of the one that it stands in.

    `count` is how many published courses stand in it and below it.
    """

    slug: str
    title: str
    url: str
    parent: str | None
    count: Count


class CategoriesOut(TypedDict):
    """All categories."""

    items: list[CategoryOut]
    total: int
    total_exact: bool
    links: PageLinks


class CategoryCourses(CategoryOut):
    """A category with its courses; `trail` is what it stands in, the top first."""

    trail: list[CategoryOut]
    children: list[CategoryOut]
    items: list[CourseSummary]
    total: int
    total_exact: bool
    links: PageLinks
