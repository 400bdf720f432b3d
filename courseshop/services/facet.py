"""How many published courses have what: counted as courses change, and not for each page."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from courseshop.models import CourseCount, CourseTag
from courseshop.services.rating import average
from courseshop.services.unique import add_to
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

# So long a course may be, in minutes, where somebody has not got longer.
BANDS = (60, 180, 600, 1_800)
Fact = tuple[str, str]
# What is counted as courses change; "all" has the value "" alone.
KINDS = ("all", "category", "level", "language", "price", "max_minutes", "tag")


def bands(minutes: int) -> list[str]:
    return [str(most) for most in BANDS if minutes <= most]


def facts(course: Mapping[str, Any]) -> set[Fact]:
    """Return what a course, given by its columns, counts for: nothing until it is published."""
    if course["status"] != "published":
        return set()
    return {
        ("all", ""),
        ("category", str(course["category_id"])),
        ("level", course["level"]),
        ("language", course["language"]),
        ("price", "paid" if course["price"] else "free"),
        *(("max_minutes", band) for band in bands(course["duration_minutes"])),
        *(("tag", tag_of(tag)) for tag in course["tags"]),
    }


def count(db: Session, before: set[Fact], after: set[Fact]) -> None:
    """Take a course from what it counted for, and add it to what it counts for now.

    Always in one order, so that two courses that change at once wait, and do not block each other.
    """
    moved = Counter(after)
    moved.subtract(before)
    for (kind, value), by in sorted(moved.items()):
        if by:
            add_to(db, CourseCount.courses, {"kind": kind, "value": value}, by)


def tag(db: Session, course_id: int, tags: Iterable[str]) -> None:
    """Store by which tags a course is found."""
    db.execute(delete(CourseTag).where(CourseTag.course_id == course_id))
    rows = [{"course_id": course_id, "tag": one} for one in sorted({tag_of(one) for one in tags})]
    if rows:
        db.execute(insert(CourseTag), rows)


def stored(db: Session) -> dict[str, dict[str, int]]:
    """Return how many published courses have each value of each kind; of tags see `tags`."""
    rows = select(CourseCount.kind, CourseCount.value, CourseCount.courses)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.execute(rows.where(CourseCount.kind != "tag", CourseCount.courses > 0)):
        found[row.kind][row.value] = row.courses
    return found


def of_tag(db: Session, tag: str) -> int:
    """Return how many published courses have a tag."""
    number = select(CourseCount.courses)
    number = number.where(CourseCount.kind == "tag", CourseCount.value == tag_of(tag))
    return db.scalar(number) or 0


def tags(db: Session, most: int, course_ids: Iterable[int] | None = None) -> dict[str, int]:
    """Return the most frequent tags of the published courses, or of these, with their numbers."""
    if course_ids is None:
        stored = select(CourseCount.value, CourseCount.courses.label("number"))
        rows = stored.where(CourseCount.kind == "tag", CourseCount.courses > 0).subquery()
    else:
        counted = select(CourseTag.tag.label("value"), func.count().label("number"))
        these = CourseTag.course_id.in_(list(course_ids))
        rows = counted.where(these).group_by(CourseTag.tag).subquery()
    ordered = select(rows).order_by(rows.c.number.desc(), rows.c.value).limit(most)
    return {row.value: row.number for row in db.execute(ordered)}


# Least averages to offer, in tenths of a star, by what they are called.
RATINGS = {"4.5": 45, "4": 40, "3.5": 35, "3": 30}


def _ratings(rows: Sequence[Any]) -> Counter[str]:
    means = Counter(average(row.rating_sum, row.rating_count) for row in rows)
    tenths = {round(mean * 10): number for mean, number in means.items() if mean is not None}
    return +Counter(
        {
            name: sum(number for mean, number in tenths.items() if mean >= least)
            for name, least in RATINGS.items()
        }
    )


def _bands(rows: Sequence[Any]) -> Counter[str]:
    minutes = Counter(row.duration_minutes for row in rows)
    found: Counter[str] = Counter()
    for length, number in minutes.items():
        found.update(dict.fromkeys(bands(length), number))
    return found


# Of rows with the columns of courses, how many have each value.
COUNTERS: dict[str, Callable[[Sequence[Any]], Counter[str]]] = {
    "category": lambda rows: Counter(str(row.category_id) for row in rows),
    "level": lambda rows: Counter(row.level for row in rows),
    "language": lambda rows: Counter(row.language for row in rows),
    "price": lambda rows: Counter("paid" if row.price else "free" for row in rows),
    "rating": _ratings,
    "max_minutes": _bands,
}
