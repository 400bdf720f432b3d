from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import aliased

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.models import Course, Invitation, User, course_instructor
from courseshop.services import instructor, user
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import AnsweredInvitation, InstructorRow, ListedInvitation
    from courseshop.schemas.base import PageQuery

NEWEST = Keyset(Invitation.created_at, Invitation.course_id, "created_at")
Inviter = aliased(User)
# What the invited user sees. The course may be a draft, so only its head is shown.
COLUMNS = (
    Course.id.label("course_id"),
    Course.slug,
    Course.title,
    Course.summary,
    Course.status,
    Inviter.username.label("inviter_username"),
    Inviter.name.label("inviter_name"),
    Invitation.created_at,
)


def invite(db: Session, actor: Actor, course_id: int, username: str) -> None:
    """Invite a user to become an instructor of the course.

    Raises Conflict if the user does not exist, is already an instructor or invited, or if the
    course would have more than 20 instructors and invited users.
    """
    person = user.find(db, username)
    if person is None:
        message = _("There is no user called ${username}.")
        raise Conflict("username", "unknown", message, username=username)
    # Locks first, so that the checks see an invitation that is accepted concurrently.
    instructor.lock(db, course_id)
    if instructor.find(db, course_id, username) is not None:
        raise Conflict("username", "instructor", _("This person already teaches the course."))
    if _count_people(db, course_id) >= instructor.MOST:
        message = _(
            "A course can have at most ${most} instructors, including those who are invited."
        )
        raise Conflict("username", "too_many", message, most=instructor.MOST)
    refusal = Conflict("username", "invited", _("This person is already invited."))
    rival = select(Invitation.user_id).where(*_conditions(course_id, person.id))
    with unless_taken(db, rival, refusal):
        values = {"course_id": course_id, "user_id": person.id, "inviter_id": actor.id}
        db.execute(insert(Invitation).values(values))


def _count_people(db: Session, course_id: int) -> int:
    """Return the number of instructors and invited users of the course."""
    given = select(course_instructor.c.user_id).where(course_instructor.c.course_id == course_id)
    asked = select(Invitation.user_id).where(Invitation.course_id == course_id)
    both = given.union_all(asked).subquery()
    return db.scalar(select(func.count()).select_from(both)) or 0


def _conditions(course_id: int, user_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Invitation.course_id == course_id, Invitation.user_id == user_id


def of_course(db: Session, course_id: int) -> list[InstructorRow]:
    """Return id, username and name of the invited users, oldest invitation first, 20 at most."""
    return list(db.execute(_invitees(course_id).order_by(Invitation.created_at, User.id)))


def _invitees(course_id: int) -> Rows:
    rows = select(Invitation.user_id, User.username, User.name)
    joined = rows.join(User, User.id == Invitation.user_id)
    return joined.where(Invitation.course_id == course_id)


def find_invitee(db: Session, course_id: int, username: str) -> InstructorRow | None:
    """Return the id, username and name of a user invited to the course; None if not invited."""
    return db.execute(_invitees(course_id).where(User.username == username)).one_or_none()


def _rows() -> Rows:
    return (
        select(*COLUMNS)
        .join(Course, Course.id == Invitation.course_id)
        .outerjoin(Inviter, Inviter.id == Invitation.inviter_id)
    )


def listing(db: Session, user_id: int, query: PageQuery) -> Slice[ListedInvitation]:
    """Return a page of a user's invitations, newest first."""
    rows = _rows().add_columns(Invitation.course_id.label("id"))
    return paginate(db, rows.where(Invitation.user_id == user_id), NEWEST, query)


def find(db: Session, user_id: int, slug: str) -> AnsweredInvitation | None:
    """Return a user's invitation to the course; None if there is none.

    It is found even after the user has accepted it (`accepted` is True then), so that accepting
    twice is harmless.
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
        *COLUMNS[:5],
        *nobody,
        Course.created_at,
        literal(True).label("accepted"),
    ).join(course_instructor, course_instructor.c.course_id == Course.id)
    conditions = (course_instructor.c.user_id == user_id, Course.slug == slug)
    return db.execute(rows.where(*conditions)).one_or_none()


def accept(db: Session, course_id: int, user_id: int) -> bool:
    """Accept an invitation and return whether that made the user an instructor.

    Returns False if they were one already. Raises Conflict if the invitation was withdrawn.
    """
    if delete_invitation(db, course_id, user_id):
        instructor.join(db, course_id, user_id)
        return True
    if not instructor.teaches(db, course_id, user_id):
        raise Conflict("", "withdrawn", _("The invitation was withdrawn."))
    return False


def withdraw(db: Session, course_id: int, user_id: int) -> None:
    """Withdraw an invitation. Raises Conflict if it was accepted in the meantime."""
    if not delete_invitation(db, course_id, user_id) and instructor.teaches(db, course_id, user_id):
        raise Conflict("", "accepted", _("This person has already accepted."))


def delete_invitation(db: Session, course_id: int, user_id: int) -> bool:
    """Delete an invitation that is withdrawn or declined; return whether there was one."""
    instructor.lock(db, course_id)
    gone = db.connection().execute(delete(Invitation).where(*_conditions(course_id, user_id)))
    return bool(gone.rowcount)
