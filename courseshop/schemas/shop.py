from __future__ import annotations

from typing_extensions import TypedDict

from courseshop.schemas.base import TextOut
from courseshop.schemas.category import CategoryOut
from courseshop.schemas.course import Count, CourseSummary


class ProbeOut(TypedDict):
    """The health of the shop."""

    status: str


class KeptOut(TypedDict):
    """The page cache of one process: hits, misses, cached pages, their size and the limit in bytes.

    `kept` is the number of cached pages, `room` the limit.
    """

    hits: int
    misses: int
    kept: int
    bytes: int
    room: int


class FooterTextOut(TypedDict):
    """A text that the footer links to, such as the terms of use."""

    title: str
    text: TextOut


class ShopOut(TypedDict):
    """The shop's home page, with up to four courses in each list.

    `course_count` and `free_count` count published courses. `your_courses` are the user's newest
    courses, `your_wishes` the first ones on their default wishlist, and `new_for_you` the newest in
    the categories of both. For a guest these three are empty.
    """

    name: str
    tagline: str
    course_count: Count
    free_count: Count
    newest: list[CourseSummary]
    best_rated: list[CourseSummary]
    popular: list[CourseSummary]
    your_courses: list[CourseSummary]
    your_wishes: list[CourseSummary]
    new_for_you: list[CourseSummary]
    categories: list[CategoryOut]
    links: dict[str, str]
