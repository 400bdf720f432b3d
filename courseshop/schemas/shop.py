from __future__ import annotations

from typing_extensions import TypedDict

from courseshop.schemas.category import CategoryOut
from courseshop.schemas.course import CourseSummary


class ProbeOut(TypedDict):
    """How the shop is."""

    status: str


class KeptOut(TypedDict):
    """What one process keeps of pages: how often they were found and not, how many, their bytes."""

    hits: int
    misses: int
    kept: int
    bytes: int
    room: int


class ShopOut(TypedDict):
    """The first page of the shop."""

    name: str
    tagline: str
    newest: list[CourseSummary]
    best_rated: list[CourseSummary]
    popular: list[CourseSummary]
    categories: list[CategoryOut]
    links: dict[str, str]
