from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, PageLinks, Slug, Words
from courseshop.schemas.course import Count, CourseSummary


class CategoryDraft(Input):
    slug: Slug
    title: Words = Field(min_length=1, max_length=100)


class CategoryOut(TypedDict):
    """A category; `parent` is the slug of its parent category, null at the top.

    `count` is the number of published courses in it and its subcategories.
    """

    slug: str
    title: str
    url: str
    parent: str | None
    count: Count


class CategoriesOut(TypedDict):
    """A page of the list of categories."""

    items: list[CategoryOut]
    total: int
    total_exact: bool
    links: PageLinks


class CategoryCourses(CategoryOut):
    """A category with its courses; `trail` lists its ancestors, from the top."""

    trail: list[CategoryOut]
    children: list[CategoryOut]
    items: list[CourseSummary]
    total: int
    total_exact: bool
    links: PageLinks
