from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import aliased

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.models import Course, Invitation, User, course_instructor
from courseshop.services import instructor, user
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import AnsweredInvitation, InstructorRow, InvitationRow

Inviter = aliased(User)
# What the person who is invited is told: not more of a draft than its title.
COLUMNS = (
    Course.id.label("course_id"),
    Course.slug,
    Course.title,
    Inviter.username.label("inviter_username"),
    Inviter.name.label("inviter_name"),
    Invitation.created_at,
)


def invite(db: Session, actor: Actor, course_id: int, username: str) -> None:
    """Ask somebody to become an instructor of the course.

    Raises Conflict when nobody has the name, when they are an instructor or invited already, and
    when the course would have more than 20.
    """
    person = user.find(db, username)
    if person is None:
        message = _("There is no user called ${username}.")
        raise Conflict("username", "unknown", message, username=username)
    # First, so that who accepts meanwhile is seen as what they are then.
    instructor.lock(db, course_id)
    if instructor.find(db, course_id, username) is not None:
        raise Conflict("username", "instructor", _("This person already teaches the course."))
    if _crowd(db, course_id) >= instructor.MOST:
        message = _(
            "A course can have at most ${most} instructors, including those who are invited."
        )
        raise Conflict("username", "too_many", message, most=instructor.MOST)
    refusal = Conflict("username", "invited", _("This person is already invited."))
    rival = select(Invitation.user_id).where(*_which(course_id, person.id))
    with unless_taken(db, rival, refusal):
        values = {"course_id": course_id, "user_id": person.id, "inviter_id": actor.id}
        db.execute(insert(Invitation).values(values))


def _crowd(db: Session, course_id: int) -> int:
    """Return how many give the course, or are invited to."""
    given = select(course_instructor.c.user_id).where(course_instructor.c.course_id == course_id)
    asked = select(Invitation.user_id).where(Invitation.course_id == course_id)
    both = given.union_all(asked).subquery()
    return db.scalar(select(func.count()).select_from(both)) or 0


def _which(course_id: int, user_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Invitation.course_id == course_id, Invitation.user_id == user_id


def of_course(db: Session, course_id: int) -> list[InstructorRow]:
    """Return id, username and name of all who are invited, at most 20, the first asked first."""
    return list(db.execute(_guests(course_id).order_by(Invitation.created_at, User.id)))


def _guests(course_id: int) -> Rows:
    rows = select(Invitation.user_id, User.username, User.name)
    joined = rows.join(User, User.id == Invitation.user_id)
    return joined.where(Invitation.course_id == course_id)


def find_guest(db: Session, course_id: int, username: str) -> InstructorRow | None:
    """Return id, username and name of somebody who is invited to the course."""
    return db.execute(_guests(course_id).where(User.username == username)).one_or_none()


def _rows() -> Rows:
    return (
        select(*COLUMNS)
        .join(Course, Course.id == Invitation.course_id)
        .outerjoin(Inviter, Inviter.id == Invitation.inviter_id)
    )


def of_person(db: Session, user_id: int) -> list[InvitationRow]:
    """Return a person's invitations, at most 100, the newest first."""
    rows = _rows().where(Invitation.user_id == user_id)
    newest = rows.order_by(Invitation.created_at.desc(), Invitation.course_id.desc())
    return list(db.execute(newest.limit(100)))


def find(db: Session, user_id: int, slug: str) -> AnsweredInvitation | None:
    """Return a person's invitation to the course; `accepted` tells one that they have accepted.

    It is found then too, so that accepting it twice does no harm.
    """
    row = db.execute(
        _rows()
        .add_columns(literal(False).label("accepted"))
        .where(Invitation.user_id == user_id, Course.slug == slug)
    ).one_or_none()
    return row or _accepted(db, user_id, slug)


def _accepted(db: Session, user_id: int, slug: str) -> AnsweredInvitation | None:
    nobody = (literal(None).label(name) for name in ("inviter_username", "inviter_name"))
    rows = select(
        *COLUMNS[:3],
        *nobody,
        Course.created_at,
        literal(True).label("accepted"),
    ).join(course_instructor, course_instructor.c.course_id == Course.id)
    which = (course_instructor.c.user_id == user_id, Course.slug == slug)
    return db.execute(rows.where(*which)).one_or_none()


def accept(db: Session, course_id: int, user_id: int) -> bool:
    """Make an instructor of somebody who is invited; tell if they are a new one.

    Raises Conflict when the invitation was taken back.
    """
    if withdraw(db, course_id, user_id):
        instructor.join(db, course_id, user_id)
        return True
    if not instructor.gives(db, course_id, user_id):
        raise Conflict("", "withdrawn", _("The invitation was withdrawn."))
    return False


def take_back(db: Session, course_id: int, user_id: int) -> None:
    """End an invitation to a course. Raises Conflict when it was accepted meanwhile."""
    if not withdraw(db, course_id, user_id) and instructor.gives(db, course_id, user_id):
        raise Conflict("", "accepted", _("This person has already accepted."))


def withdraw(db: Session, course_id: int, user_id: int) -> bool:
    """End an invitation, by either side; tell if there was one."""
    instructor.lock(db, course_id)
    gone = db.connection().execute(delete(Invitation).where(*_which(course_id, user_id)))
    return bool(gone.rowcount)
