"""Totals of the published courses of each instructor: courses, students and ratings.

A write that changes them has locked the course before. It then updates the instructors in the order
of their ids, so that concurrent writes wait instead of deadlocking.
"""

from __future__ import annotations

from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select, update

from courseshop.database.compiled import CompiledStatement
from courseshop.models import Course, InstructorCount, User, course_instructor
from courseshop.services.unique import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from courseshop.models.rows import Account, InstructorTotals, TaughtCourse
    from courseshop.schemas.course import Status

TABLE = course_instructor.c
COUNTERS = ("courses", "students", "rating_count", "rating_sum")
# The counters as columns, of an outer join.
TOTALS = tuple(func.coalesce(getattr(InstructorCount, one), 0).label(one) for one in COUNTERS)
OF_COURSE: CompiledStatement[InstructorTotals] = CompiledStatement(
    select(TABLE.user_id, User.username, User.name, *TOTALS)
    .select_from(course_instructor)
    .join(User, User.id == TABLE.user_id)
    .outerjoin(InstructorCount, InstructorCount.user_id == TABLE.user_id)
    .where(TABLE.course_id == bindparam("course_id"))
    .order_by(TABLE.position, User.id)
)
TAUGHT: CompiledStatement[TaughtCourse] = CompiledStatement(
    select(
        TABLE.user_id,
        Course.status,
        Course.enrolled_count,
        Course.rating_count,
        Course.rating_sum,
    )
    .join(Course, Course.id == TABLE.course_id)
    .where(Course.id == bindparam("course_id"))
    .order_by(TABLE.user_id)
)
_THIS = InstructorCount.user_id == bindparam("who")
_MOVED = CompiledStatement(
    update(InstructorCount)
    .where(_THIS)
    .values({name: getattr(InstructorCount, name) + bindparam(name) for name in COUNTERS})
)
_STORED = update(InstructorCount).where(_THIS).values({one: bindparam(one) for one in COUNTERS})
# The right counters of everyone who teaches, also of those without a published course.
REAL = (
    select(
        TABLE.user_id,
        func.count(Course.id).label("courses"),
        func.coalesce(func.sum(Course.enrolled_count), 0).label("students"),
        func.coalesce(func.sum(Course.rating_count), 0).label("rating_count"),
        func.coalesce(func.sum(Course.rating_sum), 0).label("rating_sum"),
    )
    .select_from(course_instructor)
    .outerjoin(Course, and_(Course.id == TABLE.course_id, Course.status == "published"))
    .group_by(TABLE.user_id)
    .subquery()
)


def of_course(connection: Connection, course_id: int) -> list[InstructorTotals]:
    """Return the instructors of a course in order, with their totals, in one query."""
    return OF_COURSE.rows(connection, course_id=course_id)


def count(db: Session, course_id: int, **by: int) -> None:
    """Add to the counters of a course's instructors if it is published."""
    if any(by.values()):
        _add(db, dict.fromkeys(_published(db, course_id), by))


def count_move(db: Session, course_id: int, old: Status, new: Status) -> None:
    """Add a course to the totals of its instructors, or subtract it, after its status changed."""
    sign = (new == "published") - (old == "published")
    if sign:
        _add(db, {one.user_id: _added(one, sign) for one in _taught(db, course_id)})


@contextmanager
def counting_instructors(db: Session, course_id: int) -> Iterator[None]:
    """Update the totals of instructors that the block adds to a locked course, or removes."""
    before = _published(db, course_id)
    yield
    after = _published(db, course_id)
    gone = {who: _added(before[who], -1) for who in before.keys() - after.keys()}
    came = {who: _added(after[who], 1) for who in after.keys() - before.keys()}
    _add(db, gone | came)


def _taught(db: Session, course_id: int) -> list[TaughtCourse]:
    return TAUGHT.rows(db.connection(), course_id=course_id)


def _published(db: Session, course_id: int) -> dict[int, TaughtCourse]:
    """Return the rows of a course by the ids of its instructors; none if it is not published."""
    return {one.user_id: one for one in _taught(db, course_id) if one.status == "published"}


def _added(row: TaughtCourse, sign: int) -> dict[str, int]:
    """Return what a course adds to each counter."""
    return {
        "courses": sign,
        "students": sign * row.enrolled_count,
        "rating_count": sign * row.rating_count,
        "rating_sum": sign * row.rating_sum,
    }


def _add(db: Session, moves: Mapping[int, Mapping[str, int]]) -> None:
    """Add to the counters of these users; for one without counters, count all their courses."""
    for user_id, by in sorted(moves.items(), key=itemgetter(0)):
        moved = {name: by.get(name, 0) for name in COUNTERS}
        if not _MOVED.run(db.connection(), who=user_id, **moved):
            recount(db, [user_id])


def wrong(db: Session) -> list[Account]:
    """Return the id and username of each user whose counters are wrong."""
    stored = {name: func.coalesce(getattr(InstructorCount, name), 0) for name in COUNTERS}
    differs = (column != func.coalesce(REAL.c[name], 0) for name, column in stored.items())
    rows = select(User.id, User.username).outerjoin(REAL, REAL.c.user_id == User.id)
    rows = rows.outerjoin(InstructorCount, InstructorCount.user_id == User.id)
    return list(db.execute(rows.where(or_(*differs)).order_by(User.id)))


def recount(db: Session, user_ids: Collection[int]) -> None:
    """Store the right counters of these users, whose rows it locks before it counts."""
    right = {who: {"who": who, **dict.fromkeys(COUNTERS, 0)} for who in sorted(user_ids)}
    if not right:
        return
    insert_new(db, InstructorCount, [{"user_id": who} for who in right])
    these = select(InstructorCount.user_id).where(InstructorCount.user_id.in_(right))
    db.execute(these.order_by(InstructorCount.user_id).with_for_update()).all()
    for row in db.execute(select(REAL).where(REAL.c.user_id.in_(right))):
        right[row.user_id] |= {name: int(getattr(row, name)) for name in COUNTERS}
    db.connection().execute(_STORED, list(right.values()))


def recount_course(db: Session, course_id: int) -> None:
    """Store the right counters of a course's instructors."""
    recount(db, [one.user_id for one in _taught(db, course_id)])
