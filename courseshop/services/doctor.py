"""Consistency checks: counters, default wishlists, search index, hidden slugs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select, update

from courseshop.models import Course, Enrolment, Review, User, Wishlist
from courseshop.services import instructor_count, recount, search, wishlist
from courseshop.services.rating import score
from courseshop.services.recount import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column
    from courseshop.models.rows import Account, NamedCourse

STARS = (1, 2, 3, 4, 5)
COUNTERS = (
    *("enrolled_count", "rating_count", "rating_sum"),
    *(f"rating_{n}" for n in STARS),
    "hidden_count",
)


def faults(db: Session) -> list[Fault]:
    """Return all inconsistencies in the shop that can be repaired."""
    counters = [*_counters(db), *_totals(db)]
    return [*counters, *_lists(db), *recount.faults(db), *_documents(db)]


def _counters(db: Session) -> Iterator[Fault]:
    for course, counters in wrong_counters(db):
        right = ", ".join(f"{name} is {value}" for name, value in counters.items())
        mending = partial(mend, course_id=course.id, counters=counters)
        yield Fault(f"/courses/{course.slug}", right, mending)


def _totals(db: Session) -> Iterator[Fault]:
    for person in instructor_count.wrong(db):
        mending = partial(instructor_count.recount, user_ids=[person.id])
        right = "has totals that differ from the courses that they teach"
        yield Fault(f"/people/{person.username}", right, mending)


def _lists(db: Session) -> Iterator[Fault]:
    for person in without_wishlist(db):
        mending = partial(wishlist.begin, user_id=person.id)
        yield Fault(f"/people/{person.username}", "has no wishlist", mending)


def _documents(db: Session) -> Iterator[Fault]:
    for course in search.wrong(db):
        mending = partial(search.index, course_id=course.id)
        yield Fault(f"/courses/{course.slug}", "is searched by other words than it has", mending)


def wrong_counters(db: Session) -> list[tuple[NamedCourse, dict[str, int]]]:
    """Return each course (id and slug) whose counters are wrong, with the right values.

    Deleted reviews do not count; hidden reviews have a counter of their own.
    """
    real = _real()
    differs = or_(*(getattr(Course, name) != real[name] for name in COUNTERS))
    counted = [real[name].label(name) for name in COUNTERS]
    rows = select(Course.id, Course.slug, *counted)
    joined = rows.outerjoin(_REVIEWS, _REVIEWS.c.course_id == Course.id)
    joined = joined.outerjoin(_STUDENTS, _STUDENTS.c.course_id == Course.id).where(differs)
    found = db.execute(joined.order_by(Course.id))
    return [(row, {name: int(getattr(row, name)) for name in COUNTERS}) for row in found]


def _sum(condition: ColumnElement[bool], amount: Column | int = 1) -> Column:
    return func.sum(case((condition, amount), else_=0))


_PUBLISHED = Review.status == "published"
_REVIEWS = (
    select(
        Review.course_id,
        _sum(_PUBLISHED).label("rating_count"),
        _sum(_PUBLISHED, Review.rating).label("rating_sum"),
        *(_sum(and_(_PUBLISHED, Review.rating == n)).label(f"rating_{n}") for n in STARS),
        _sum(Review.status == "hidden").label("hidden_count"),
    )
    .where(Review.deleted_at.is_(None))
    .group_by(Review.course_id)
    .subquery()
)
_STUDENTS = (
    select(Enrolment.course_id, func.count().label("enrolled_count"))
    .group_by(Enrolment.course_id)
    .subquery()
)


def _real() -> dict[str, ColumnElement[int]]:
    sources = {name: _REVIEWS.c[name] for name in COUNTERS[1:]}
    sources["enrolled_count"] = _STUDENTS.c.enrolled_count
    return {name: func.coalesce(source, 0) for name, source in sources.items()}


def mend(db: Session, course_id: int, counters: dict[str, int]) -> None:
    """Store the right counters of a course and the totals of its instructors.

    The new stamp invalidates the cached pages of the course.
    """
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(**counters, score=score(counters["rating_sum"], counters["rating_count"]))
        .values(stamp=Course.stamp + 1)
        .execution_options(synchronize_session=False)
    )
    instructor_count.recount_course(db, course_id)


def without_wishlist(db: Session) -> list[Account]:
    """Return the id and username of each account without a default wishlist."""
    rows = select(User.id, User.username).outerjoin(Wishlist, Wishlist.default_of == User.id)
    return list(db.execute(rows.where(Wishlist.id.is_(None)).order_by(User.id)))


def hidden_slugs(db: Session, reserved: Collection[str]) -> list[str]:
    """Return the slugs of courses that cannot be reached because a page or child has that name."""
    rows = select(Course.slug).where(Course.slug.in_(sorted(reserved)))
    return list(db.scalars(rows.order_by(Course.slug)))
