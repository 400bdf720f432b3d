"""What a course's reviews add up to: its counters, and the one rounding rule for their average.

Number, stars, histogram and JSON all come from here.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from courseshop.models import Course

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


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


# Stands for the stars of a review that moderators have hidden.
HIDDEN = 0


def counted(row: Any) -> int | None:
    """Return as what a review counts: its stars, HIDDEN, or None where it does not count."""
    if row.deleted_at is not None or row.status == "pending":
        return None
    return HIDDEN if row.status == "hidden" else int(row.rating)


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
    changes = {name: getattr(Course, name) + by for name, by in moved.items() if by}
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values({**changes, "stamp": Course.stamp + 1})
        .execution_options(synchronize_session=False)
    )
