from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from courseshop.database.stale import StaleEdit
from courseshop.domain.errors import Conflict
from courseshop.domain.events import Enrolled, Left, publish
from courseshop.domain.i18n import _
from courseshop.models import Course, Enrolment
from courseshop.services import instructor_count
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ListedCourse


def since(db: Session, course_id: int, user_id: int | None) -> datetime | None:
    """Return when the user enrolled in the course; None if they are not enrolled."""
    return db.scalar(select(Enrolment.created_at).where(*_conditions(course_id, user_id)))


def enrol(db: Session, actor: Actor, course: ListedCourse) -> bool:
    """Enrol the actor in a free, published course; return False if they were enrolled before.

    Raises Conflict if the course is paid, not published, or taught by the actor, and StaleEdit if
    its status or price changed since it was read.
    """
    if since(db, course.id, actor.id) is not None:
        return False
    check(actor, course)
    still = (Course.status == course.status, Course.price == course.price)
    return add(db, course.id, int(actor.id or 0), *still)


def check(actor: Actor, course: ListedCourse) -> None:
    """Raise Conflict if the actor cannot enrol: it is their own course, not published, or paid."""
    if course.id in actor.teaches:
        raise Conflict("", "own_course", _("You teach this course, so you can't enrol in it."))
    if course.status != "published":
        raise Conflict("", "not_published", _("This course isn't open for enrolment."))
    if course.price:
        message = _("This course isn't free, and checkout isn't available yet.")
        raise Conflict("", "paid", message)


class _Already(Conflict):
    """A concurrent request of the same user has enrolled them."""


def add(
    db: Session, course_id: int, user_id: int, *still: ColumnElement[bool], reason: str = ""
) -> bool:
    """Enrol a user without any check; return False if a concurrent request has enrolled them.

    Raises StaleEdit if the conditions `still` do not hold or the course is gone.
    """
    rival = select(Enrolment.user_id).where(*_conditions(course_id, user_id))
    with suppress(_Already):
        with unless_taken(db, rival, _Already("", "enrolled", "")):
            # Counts first, to lock the course. If the insert fails, the savepoint undoes the count.
            if not _count(db, course_id, 1, *still):
                raise StaleEdit(f"course {course_id}, or its status or price, has changed")
            db.execute(insert(Enrolment).values(course_id=course_id, user_id=user_id))
        publish(db, Enrolled(course_id, user_id, reason))
        return True
    return False


def leave(db: Session, actor: Actor, course_id: int) -> bool:
    """Remove the actor's enrolment in the course; return whether there was one."""
    return remove(db, course_id, int(actor.id or 0))


def remove(db: Session, course_id: int, user_id: int, reason: str = "") -> bool:
    """Remove a user's enrolment in a course; return whether there was one."""
    if since(db, course_id, user_id) is None:
        return False
    _count(db, course_id, 0)
    gone = db.connection().execute(delete(Enrolment).where(*_conditions(course_id, user_id)))
    if gone.rowcount:
        _count(db, course_id, -1)
        publish(db, Left(course_id, user_id, reason))
    return bool(gone.rowcount)


def _conditions(
    course_id: int, user_id: int | None
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Enrolment.course_id == course_id, Enrolment.user_id == user_id


def _count(db: Session, course_id: int, by: int, *still: ColumnElement[bool]) -> bool:
    """Add atomically to the students of the course, which locks its row, and of its instructors.

    Returns False if the conditions `still` do not hold or the course is gone.
    """
    counted = {"enrolled_count": Course.enrolled_count + by, "stamp": Course.stamp + 1}
    done = db.connection().execute(
        update(Course).where(Course.id == course_id, *still).values(counted)
    )
    instructor_count.count(db, course_id, students=by if done.rowcount else 0)
    return bool(done.rowcount)
