"""What a course's reviews add up to: its counters, and the one rounding rule for their average.

Number, stars, histogram and JSON all come from here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from sqlalchemy import bindparam, update

from courseshop.database.compiled import CompiledStatement
from courseshop.models import Course

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import SQLColumnExpression
    from sqlalchemy.orm import Session

# A number, or one that the database knows.
Number = TypeVar("Number", int, "SQLColumnExpression[int]")


def average(total: int, count: int) -> float | None:
    """Return the mean of `count` ratings that add up to `total`, None of none.

    Rounded half up to one decimal, in integers: 4.45 is 4.5 here, where binary floats and
    round-half-even give 4.4.
    """
    if not count:
        return None
    return (20 * total + count) // (2 * count) / 10


def stars(mean: float | None) -> float:
    """Return an average as stars, to the nearest half: 0, 0.5, … 5. Quarters go up."""
    if mean is None:
        return 0.0
    tenths = round(mean * 10)
    return (2 * tenths + 5) // 10 / 2


# What a course is taken to have before its first rating: so many of so many stars. Like that one
# vote of five stars does not outdo a hundred of 4.9.
PRIOR_COUNT, PRIOR_MEAN = 10, 3.5
SCALE = 1_000


def score(total: Number, count: Number) -> Number:
    """Return what courses are sorted by: a Bayesian average, in thousandths of a star.

    It is (C m + total) / (C + count) with C = 10 and m = 3.5 stars, rounded down; see
    https://en.wikipedia.org/wiki/Bayesian_average. Of numbers a number, of columns an expression.
    """
    return (SCALE * total + int(SCALE * PRIOR_COUNT * PRIOR_MEAN)) // (count + PRIOR_COUNT)


# Stands for the stars of a review that moderators have hidden.
HIDDEN = 0


class Rated(Protocol):
    """What decides as what a review counts."""

    rating: int
    status: str
    deleted_at: datetime | None


def counted(row: Rated) -> int | None:
    """Return as what a review counts: its stars, HIDDEN, or None where it does not count."""
    if row.deleted_at is not None or row.status == "pending":
        return None
    return HIDDEN if row.status == "hidden" else row.rating


# As each of them is called, so is what it moves by.
COUNTERS = (
    *("rating_count", "rating_sum", "rating_1", "rating_2", "rating_3", "rating_4", "rating_5"),
    "hidden_count",
)
# Statements once for all: to put one of them together costs more than to run it. The score is
# first, for MySQL computes each value from those that stand before it.
_SHOWN = CompiledStatement(
    update(Course).where(Course.id == bindparam("course_id")).values(stamp=Course.stamp + 1)
)
_MOVED = CompiledStatement(
    update(Course)
    .where(Course.id == bindparam("course_id"))
    .ordered_values(
        (
            Course.score,
            score(
                Course.rating_sum + bindparam("rating_sum"),
                Course.rating_count + bindparam("rating_count"),
            ),
        ),
        *((name, getattr(Course, name) + bindparam(name)) for name in COUNTERS),
        ("stamp", Course.stamp + 1),
    )
)


def count(db: Session, course_id: int, before: int | None, after: int | None) -> None:
    """Move the course's counters from what one review counted as to what it does now.

    The arithmetic is the database's: one read and written here would lose another's.
    """
    moved: Counter[str] = Counter()
    for stars, by in ((before, -1), (after, 1)):
        if stars == HIDDEN:
            moved["hidden_count"] += by
        elif stars is not None:
            moved.update({"rating_count": by, "rating_sum": by * stars, f"rating_{stars}": by})
    if any(moved.values()):
        _MOVED.run(db.connection(), course_id=course_id, **{name: moved[name] for name in COUNTERS})
    else:
        _SHOWN.run(db.connection(), course_id=course_id)
