"""The rating counters of courses, and the rounding rule for their average.

Pages and the JSON all take the average, as a number and as stars, from here.
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

# An int, or an SQL expression for one.
Number = TypeVar("Number", int, "SQLColumnExpression[int]")


def average(total: int, count: int) -> float | None:
    """Return the mean of `count` ratings that add up to `total`; None if there are none.

    It is rounded half up to one decimal, with integers: 4.45 becomes 4.5, where binary floats with
    round-half-even give 4.4.
    """
    if not count:
        return None
    return (20 * total + count) // (2 * count) / 10


def stars(mean: float | None) -> float:
    """Return an average rounded to half stars (0, 0.5, … 5); quarters are rounded up."""
    if mean is None:
        return 0.0
    tenths = round(mean * 10)
    return (2 * tenths + 5) // 10 / 2


# The imaginary ratings that each course starts with: their number and their mean in stars. They
# keep one rating of 5 stars from outranking a hundred with a mean of 4.9.
PRIOR_COUNT, PRIOR_MEAN = 10, 3.5
SCALE = 1_000


def score(total: Number, count: Number) -> Number:
    """Return the sort key of courses by rating: a Bayesian average in thousandths of a star.

    It is (C m + total) / (C + count) with C = 10 and m = 3.5 stars, rounded down; see
    https://en.wikipedia.org/wiki/Bayesian_average. For columns, it is an SQL expression.
    """
    return (SCALE * total + int(SCALE * PRIOR_COUNT * PRIOR_MEAN)) // (count + PRIOR_COUNT)


# Stands in for the stars of a hidden review.
HIDDEN = 0


class Rated(Protocol):
    """The columns that decide how a review counts."""

    rating: int
    status: str
    deleted_at: datetime | None


def counted(row: Rated) -> int | None:
    """Return how a review counts: as its stars, as HIDDEN, or not at all (None)."""
    if row.deleted_at is not None or row.status == "pending":
        return None
    return HIDDEN if row.status == "hidden" else row.rating


# Column names, and also the names of the parameters with the amounts to add.
COUNTERS = (
    *("rating_count", "rating_sum", "rating_1", "rating_2", "rating_3", "rating_4", "rating_5"),
    "hidden_count",
)
# Built once, because building a statement costs more than running it. The score comes first,
# because in MySQL an expression sees the new values of columns that were assigned before it.
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


def moves(before: int | None, after: int | None) -> Counter[str]:
    """Return by how much each of COUNTERS changes with one review."""
    moved: Counter[str] = Counter()
    for stars, by in ((before, -1), (after, 1)):
        if stars == HIDDEN:
            moved["hidden_count"] += by
        elif stars is not None:
            moved.update({"rating_count": by, "rating_sum": by * stars, f"rating_{stars}": by})
    return moved


def count(db: Session, course_id: int, before: int | None, after: int | None) -> None:
    """Update the course's counters after one review changed how it counts (see `counted`).

    The database does the arithmetic, so that no concurrent update is lost. The course's stamp
    changes in any case, and its row is locked.
    """
    moved = moves(before, after)
    if any(moved.values()):
        _MOVED.run(db.connection(), course_id=course_id, **{name: moved[name] for name in COUNTERS})
    else:
        _SHOWN.run(db.connection(), course_id=course_id)
