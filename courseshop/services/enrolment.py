from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from courseshop.database.stale import StaleEdit
from courseshop.domain.errors import Conflict
from courseshop.domain.events import Enrolled, Left, publish
from courseshop.domain.i18n import _
from courseshop.models import Course, Enrolment
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ListedCourse


def since(db: Session, course_id: int, user_id: int | None) -> datetime | None:
    """Return when somebody became a student of the course, None if they are none."""
    return db.scalar(select(Enrolment.created_at).where(*_which(course_id, user_id)))


def enrol(db: Session, actor: Actor, course: ListedCourse) -> bool:
    """Make the actor a student of a free, published course (a row); tell if they are a new one.

    Raises Conflict for a course that is paid, not published, or the actor's own, and StaleEdit for
    one that has become so since it was read.
    """
    if since(db, course.id, actor.id) is not None:
        return False
    check(actor, course)
    with suppress(_Already):
        _insert(db, actor, course)
        publish(db, Enrolled(course.id, int(actor.id or 0)))
        return True
    return False


def check(actor: Actor, course: ListedCourse) -> None:
    """Raise Conflict where nobody, or not this actor, can become a student by themselves."""
    if course.id in actor.teaches:
        raise Conflict("", "own_course", _("You teach this course, so you can't enrol in it."))
    if course.status != "published":
        raise Conflict("", "not_published", _("This course isn't open for enrolment."))
    if course.price:
        message = _("This course isn't free, and checkout isn't available yet.")
        raise Conflict("", "paid", message)


class _Already(Conflict):
    """Another request of the same person was faster."""


def _insert(db: Session, actor: Actor, course: ListedCourse) -> None:
    rival = select(Enrolment.user_id).where(*_which(course.id, actor.id))
    with unless_taken(db, rival, _Already("", "enrolled", "")):
        # First, for its lock on the course; undone with the insert where that is one too many.
        if not _count(
            db, course.id, 1, Course.status == course.status, Course.price == course.price
        ):
            raise StaleEdit(f"course {course.id} is not what it was any more")
        db.execute(insert(Enrolment).values(course_id=course.id, user_id=actor.id))


def leave(db: Session, actor: Actor, course_id: int) -> bool:
    """End somebody's being a student of the course; tell if they were one."""
    if since(db, course_id, actor.id) is None:
        return False
    _count(db, course_id, 0)
    gone = db.connection().execute(delete(Enrolment).where(*_which(course_id, actor.id)))
    if gone.rowcount:
        _count(db, course_id, -1)
        publish(db, Left(course_id, int(actor.id or 0)))
    return bool(gone.rowcount)


def _which(course_id: int, user_id: int | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Enrolment.course_id == course_id, Enrolment.user_id == user_id


def _count(db: Session, course_id: int, by: int, *still: ColumnElement[bool]) -> bool:
    """Add to the course's count of students, atomically, and hold its row, if it is `still` so."""
    counted = {"enrolled_count": Course.enrolled_count + by, "stamp": Course.stamp + 1}
    done = db.connection().execute(
        update(Course).where(Course.id == course_id, *still).values(counted)
    )
    return bool(done.rowcount)
