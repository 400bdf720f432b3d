from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas import Input, Line, PageLinks, Slug
from courseshop.schemas.course import CourseSummary


class CategoryDraft(Input):
    slug: Slug
    title: Line = Field(min_length=1, max_length=100)


class CategoryOut(TypedDict):
    slug: str
    title: str
    url: str


class CategoriesOut(TypedDict):
    items: list[CategoryOut]
    total: int
    total_exact: bool
    links: PageLinks


class CategoryCourses(TypedDict):
    slug: str
    title: str
    url: str
    items: list[CourseSummary]
    total: int
    total_exact: bool
    links: PageLinks
