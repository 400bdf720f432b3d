from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, Slug
from courseshop.schemas.course import CourseSummary

MOST_COMPARED = 4


class CompareQuery(Input):
    reported_on_page = frozenset({"course"})

    course: list[Slug] = Field(
        default_factory=list,
        max_length=MOST_COMPARED,
        description="The slug of a course to compare; repeat the parameter for each course.",
        examples=[["backend-with-python", "messy-data"]],
    )


class ComparedCourse(CourseSummary):
    """A course in a comparison. `links.remove` is the URL of the comparison without it."""

    outcomes: list[str]
    requirements: list[str]
    links: dict[str, str]


class CompareOut(TypedDict):
    """A comparison of courses."""

    items: list[ComparedCourse]
    links: dict[str, str]
