"""The instructors of courses; users become instructors by accepting an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from courseshop.database.compiled import CompiledStatement
from courseshop.domain.errors import Conflict, Refused
from courseshop.domain.events import InstructorsChanged, publish
from courseshop.domain.i18n import _
from courseshop.models import Course, Invitation, User, course_instructor
from courseshop.services import search, user
from courseshop.services.instructor_count import counting_instructors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from courseshop.models.rows import InstructorOfCourse, InstructorRow

MOST = 20
TABLE = course_instructor.c
_ROWS = (
    select(TABLE.course_id, TABLE.user_id, User.username, User.name)
    .join(User, User.id == TABLE.user_id)
    .order_by(TABLE.position, User.id)
)
OF_COURSES = _ROWS.where(TABLE.course_id.in_(bindparam("course_ids", expanding=True)))
OF_ONE: CompiledStatement[InstructorOfCourse] = CompiledStatement(
    _ROWS.where(TABLE.course_id == bindparam("course_id"))
)


def of_courses(db: Session, course_ids: Iterable[int]) -> dict[int, list[InstructorOfCourse]]:
    """Return the instructors of each course by course id, with usernames and names; one query."""
    found: dict[int, list[InstructorOfCourse]] = {course_id: [] for course_id in course_ids}
    if not found:
        return found
    if len(found) == 1:
        (course_id,) = found
        return {course_id: OF_ONE.rows(db.connection(), course_id=course_id)}
    for row in db.connection().execute(OF_COURSES, {"course_ids": list(found)}):
        found[row.course_id].append(row)
    return found


def find(db: Session, course_id: int, username: str) -> InstructorRow | None:
    """Return the id, username and name of an instructor of the course, None if not found."""
    rows = select(TABLE.user_id, User.username, User.name).join(User, User.id == TABLE.user_id)
    conditions = (TABLE.course_id == course_id, User.username == username)
    return db.execute(rows.where(*conditions)).one_or_none()


def ids_of(db: Session, usernames: list[str]) -> list[int]:
    """Return the ids of these users, in order. Raises Refused if a username does not exist."""
    rows = db.execute(select(User.username, User.id).where(User.username.in_(usernames)))
    ids = {row.username: row.id for row in rows}
    for username in usernames:
        if username not in ids:
            message = _("There is no user called ${username}.")
            raise Refused("instructors", "unknown", message, username=username)
    return [ids[username] for username in dict.fromkeys(usernames)]


def teaches(db: Session, course_id: int, user_id: int) -> bool:
    """Return whether the user is an instructor of the course."""
    conditions = (TABLE.course_id == course_id, TABLE.user_id == user_id)
    return db.scalar(select(TABLE.user_id).where(*conditions)) is not None


def set_all(db: Session, course_id: int, user_ids: list[int]) -> bool:
    """Replace the instructors of a course, in this order; return whether anything changed."""
    rows = select(TABLE.user_id).where(TABLE.course_id == course_id)
    known = list(db.scalars(rows.order_by(TABLE.position, TABLE.user_id)))
    if known == user_ids:
        return False
    lock(db, course_id)
    with counting_instructors(db, course_id):
        db.execute(delete(course_instructor).where(TABLE.course_id == course_id))
        _insert(db, course_id, user_ids)
    invited = (Invitation.course_id == course_id, Invitation.user_id.in_(user_ids))
    db.execute(delete(Invitation).where(*invited))
    search.index_people(db, [course_id])
    added = tuple(one for one in user_ids if one not in known)
    removed = tuple(one for one in known if one not in user_ids)
    publish(db, InstructorsChanged(course_id, added, removed))
    return True


def _insert(db: Session, course_id: int, user_ids: Sequence[int], first: int = 0) -> None:
    """Make users instructors of a course, from the position `first` on."""
    rows = [
        {"course_id": course_id, "user_id": user_id, "position": position}
        for position, user_id in enumerate(user_ids, first)
    ]
    if rows:
        db.execute(insert(course_instructor), rows)


def join(db: Session, course_id: int, user_id: int) -> None:
    """Add an instructor to a course, in the last position."""
    lock(db, course_id)
    last = db.scalar(select(func.max(TABLE.position)).where(TABLE.course_id == course_id))
    with counting_instructors(db, course_id):
        _insert(db, course_id, [user_id], 0 if last is None else last + 1)
    search.index_people(db, [course_id])
    publish(db, InstructorsChanged(course_id, added=(user_id,)))


def leave(db: Session, course_id: int, user_id: int) -> None:
    """Remove an instructor. Raises Conflict for the last instructor of a course.

    The course's row is locked, so that two concurrent calls cannot remove the last two. The user is
    locked first, to wait for the commit of any write that has found them to be an instructor.
    """
    user.hold(db, user_id)
    lock(db, course_id)
    others = select(TABLE.user_id).where(TABLE.course_id == course_id, TABLE.user_id != user_id)
    if db.scalar(others.limit(1)) is None:
        message = _("A course needs at least one instructor. Invite another one first.")
        raise Conflict("", "last_instructor", message)
    with counting_instructors(db, course_id):
        mine = (TABLE.course_id == course_id, TABLE.user_id == user_id)
        gone = db.connection().execute(delete(course_instructor).where(*mine))
    search.index_people(db, [course_id])
    if gone.rowcount:
        publish(db, InstructorsChanged(course_id, removed=(user_id,)))


def lock(db: Session, course_id: int) -> None:
    """Lock the row of a course until the transaction ends; the new stamp invalidates its pages.

    The version stays the same, because a change of instructors is not an edit of the course.
    """
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(stamp=Course.stamp + 1)
        .execution_options(synchronize_session=False)
    )
