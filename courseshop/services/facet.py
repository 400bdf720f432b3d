"""How many published courses have what: counted as courses change, and not for each page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from courseshop.models import Course, CourseCount, CourseTag
from courseshop.services.filters import among
from courseshop.services.rating import average
from courseshop.services.unique import add_to
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue

# So long a course may be, in minutes, where somebody has not got longer.
BANDS = (60, 180, 600, 1_800)
Fact = tuple[str, str]
# What is counted as courses change; "all" has the value "" alone.
KINDS = ("all", "category", "level", "language", "price", "max_minutes", "tag")


def bands(minutes: int) -> list[str]:
    return [str(most) for most in BANDS if minutes <= most]


def facts(course: Mapping[str, Any]) -> set[Fact]:
    """Return what a course counts for: nothing until it is published.

    It is given by its columns (those of `FacetFacts` at least), of whatever type each is.
    """
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


def count_facets(db: Session, before: set[Fact], after: set[Fact]) -> None:
    """Take a course from what it counted for, and add it to what it counts for now.

    Always in one order, so that two courses that change at once wait, and do not block each other.
    """
    moved = Counter(after)
    moved.subtract(before)
    rows: list[dict[str, SqlValue]] = [
        {"kind": kind, "value": value, "courses": by}
        for (kind, value), by in sorted(moved.items())
        if by
    ]
    add_to(db, CourseCount.courses, rows)


def replace_tags(db: Session, course_id: int, tags: Iterable[str]) -> None:
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


def tags(db: Session, most: int, course_ids: Sequence[int] | None = None) -> dict[str, int]:
    """Return the most frequent tags of the published courses, or of these, with their numbers."""
    if course_ids is None:
        stored = select(CourseCount.value, CourseCount.courses.label("number"))
        rows = stored.where(CourseCount.kind == "tag", CourseCount.courses > 0).subquery()
    else:
        counted = select(CourseTag.tag.label("value"), func.count().label("number"))
        these = among(db, CourseTag.course_id, course_ids)
        rows = counted.where(these).group_by(CourseTag.tag).subquery()
    ordered = select(rows).order_by(rows.c.number.desc(), rows.c.value).limit(most)
    return {row.value: row.number for row in db.execute(ordered)}


# What facets are counted from, in the order of `Columns`.
COUNTED = (
    Course.id,
    Course.category_id,
    Course.level,
    Course.language,
    Course.price,
    Course.duration_minutes,
    Course.rating_sum,
    Course.rating_count,
)


class Columns(NamedTuple):
    """What rows of COUNTED say, by column: to count these takes a fifth of the time."""

    id: Sequence[int] = ()
    category_id: Sequence[int] = ()
    level: Sequence[str] = ()
    language: Sequence[str] = ()
    price: Sequence[Decimal] = ()
    duration_minutes: Sequence[int] = ()
    rating_sum: Sequence[int] = ()
    rating_count: Sequence[int] = ()


@dataclass(frozen=True)
class Gathered:
    """What COUNTED says of courses: of all, or of some, the newest where an index walks by that."""

    columns: Columns
    is_all: bool


# Least averages to offer, in tenths of a star, by what they are called.
RATINGS = {"4.5": 45, "4": 40, "3.5": 35, "3": 30}


def _ratings(of: Columns) -> Counter[str]:
    rated = zip(of.rating_sum, of.rating_count, strict=True)
    means = [average(*one) for one in rated]
    tenths = sorted(round(mean * 10) for mean in means if mean is not None)
    fewer = {name: bisect_left(tenths, least) for name, least in RATINGS.items()}
    return +Counter({name: len(tenths) - number for name, number in fewer.items()})


def _bands(of: Columns) -> Counter[str]:
    minutes = sorted(of.duration_minutes)
    return +Counter({str(most): bisect_right(minutes, most) for most in BANDS})


# Of the columns of courses, how many have each value.
COUNTERS: dict[str, Callable[[Columns], Counter[str]]] = {
    "category": lambda of: Counter(map(str, of.category_id)),
    "level": lambda of: Counter(of.level),
    "language": lambda of: Counter(of.language),
    "price": lambda of: Counter("paid" if price else "free" for price in of.price),
    "rating": _ratings,
    "max_minutes": _bands,
}
