"""The data of a course's own page, which lists of courses do not have."""

from __future__ import annotations

from typing import NotRequired

from pydantic import JsonValue

from courseshop.schemas.base import TextOut
from courseshop.schemas.course import (
    Count,
    CourseSummary,
    PersonRef,
    RatingMean,
    SectionOut,
    with_fields,
)


class InstructorFacts(PersonRef):
    """An instructor, with the totals of all their published courses.

    `rating` is of all ratings of these courses. `students` is the number of enrolments in them, so
    a student of two courses counts twice.
    """

    courses: Count
    students: Count
    rating: RatingMean


@with_fields("page")
class WholeCourse(CourseSummary):
    """All data of a course, without the panels of plugins."""

    about: TextOut
    tags: list[str]
    outcomes: list[str]
    requirements: list[str]
    audience: list[str]
    outline: list[SectionOut]
    instructor_facts: list[InstructorFacts]
    links: dict[str, str]
    after_login: dict[str, str]


class CourseOut(WholeCourse):
    """All data of a course."""

    panels: NotRequired[dict[str, list[dict[str, JsonValue]]]]
