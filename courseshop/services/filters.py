"""Filters for lists of courses, as SQL conditions."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BigInteger, and_, func, literal, select

from courseshop.models import Course, CourseTag, Enrolment, course_instructor
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows

    # The value of a filter.
    Value = str | int | tuple[int, ...]
    Hide = Callable[[Column], Column]
    # `Any`, because the values of different filters have different types.
    Condition = Callable[[Any, Hide], ColumnElement[bool]]

FREE = Decimal(0)


def as_it_is(column: Column) -> Column:
    return column


def hidden(column: Column) -> Column:
    """Return the column wrapped in a function, so that no index is used for it."""
    return func.coalesce(column, column)


@dataclass(frozen=True)
class Filters:
    """The filters of a list of courses, combined with AND; None means no filter.

    `category` has the ids of a category and all its subcategories, `rating` is the minimum average
    in tenths of a star.
    """

    category: tuple[int, ...] | None = None
    tag: str | None = None
    level: str | None = None
    language: str | None = None
    price: str | None = None
    rating: int | None = None
    max_minutes: int | None = None
    instructor: int | None = None
    student: int | None = None

    @property
    def given(self) -> dict[str, Value]:
        return {name: value for name, value in vars(self).items() if value is not None}

    def conditions(
        self, hide: Hide = as_it_is, kept: Collection[str] = ()
    ) -> list[ColumnElement[bool]]:
        """Return each filter's condition; `hide` is applied to all columns except the `kept`."""
        return [
            CONDITIONS[name](value, as_it_is if name in kept else hide)
            for name, value in self.given.items()
        ]

    def without(self, name: str) -> Filters:
        return replace(self, **{name: None})


EVERYTHING = Filters()


def _rated(tenths: int) -> ColumnElement[bool]:
    """Return the rule of `rating.average` as SQL: (20 sum + n) // 2 n >= tenths."""
    least = Course.rating_count * (2 * tenths - 1)
    return and_(Course.rating_count > 0, 20 * Course.rating_sum >= least)


def _priced(price: str, column: Column) -> ColumnElement[bool]:
    return column > FREE if price == "paid" else column == FREE


def _in(rows: Rows, course_id: Column, hide: Hide) -> ColumnElement[bool]:
    """Return the condition that a course has a row in another table.

    To hide indexes, it is a scalar subquery, which databases evaluate course by course. Otherwise
    it uses IN, which they evaluate first, to look up the courses.
    """
    if hide is as_it_is:
        return Course.id.in_(rows.with_only_columns(course_id))
    one = rows.with_only_columns(literal(1)).where(course_id == Course.id).correlate(Course)
    return one.scalar_subquery() == 1


TAGGED, TAUGHT, ATTENDED = CourseTag.course_id, course_instructor.c.course_id, Enrolment.course_id
CONDITIONS: dict[str, Condition] = {
    "category": lambda ids, hide: hide(Course.category_id).in_(ids),
    "tag": lambda tag, hide: _in(select(TAGGED).where(CourseTag.tag == tag_of(tag)), TAGGED, hide),
    "level": lambda level, hide: hide(Course.level) == level,
    "language": lambda language, hide: hide(Course.language) == language,
    "price": lambda price, hide: _priced(price, hide(Course.price)),
    "rating": lambda tenths, _hide: _rated(tenths),
    "max_minutes": lambda minutes, hide: hide(Course.duration_minutes) <= minutes,
    "instructor": lambda user_id, hide: _in(
        select(TAUGHT).where(course_instructor.c.user_id == user_id), TAUGHT, hide
    ),
    "student": lambda user_id, hide: _in(
        select(ATTENDED).where(Enrolment.user_id == user_id), ATTENDED, hide
    ),
}


def among(db: Session, column: Column, ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a column is one of many ids, sent as one parameter if possible.

    PostgreSQL parses a thousand parameters more slowly than it finds the rows.
    """
    dialect = db.get_bind().dialect.name
    if dialect == "postgresql":
        return column == func.any(literal([*ids], ARRAY(BigInteger)))
    if dialect == "sqlite":
        listed = func.json_each(json.dumps([*ids])).table_valued("value")
        return column.in_(select(listed.c.value))
    return column.in_(ids)
