"""The life cycle of a course: draft, submitted, published, archived."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict, NotAllowed
from courseshop.domain.events import CoursePublished, StatusChanged, publish
from courseshop.domain.i18n import _
from courseshop.models import StatusChange, User
from courseshop.services import course

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import CourseRow, StatusChangeRow
    from courseshop.schemas.course import Status

# The users who may make a move: all editors (instructors and moderators), or only publishers.
EDITORS, PUBLISHERS = "editors", "publishers"
MOVES: dict[tuple[Status, Status], str] = {
    ("draft", "submitted"): EDITORS,
    ("draft", "published"): PUBLISHERS,
    ("draft", "archived"): EDITORS,
    ("submitted", "draft"): EDITORS,
    ("submitted", "published"): PUBLISHERS,
    ("submitted", "archived"): EDITORS,
    ("published", "archived"): EDITORS,
    ("archived", "draft"): EDITORS,
    ("archived", "published"): PUBLISHERS,
}
# The moves that bring a course closer to its readers, the usual one first.
FORWARD: dict[Status, tuple[Status, ...]] = {
    "draft": ("submitted",),
    "submitted": ("published",),
    "published": (),
    "archived": ("published", "draft"),
}
MOST_SHOWN = 50


class Rules(NamedTuple):
    """The actor, and who may publish courses in this shop: "instructors" or "moderators"."""

    actor: Actor
    publishing: str

    def allow(self, old: Status, new: Status) -> bool:
        """Return whether the actor, who edits the course, may make this move."""
        allowed = MOVES.get((old, new))
        is_publisher = self.actor.moderates or self.publishing == "instructors"
        return allowed == EDITORS or (allowed == PUBLISHERS and is_publisher)

    def moves_from(self, old: Status) -> list[Status]:
        return [new for before, new in MOVES if before == old and self.allow(old, new)]

    def next_from(self, old: Status) -> Status | None:
        """Return the usual next status of a course, None if the actor has to wait or is done."""
        usual = FORWARD[old]
        if old == "draft" and self.publishing == "instructors":
            usual = ("published",)
        return next((new for new in usual if self.allow(old, new)), None)


def refuse(rules: Rules, old: Status, new: Status, comment: str = "") -> None:
    """Raise Conflict if a move does not exist, NotAllowed if the actor may not make it.

    Raises Conflict for a comment without a status change, too.
    """
    if new == old:
        if comment:
            raise Conflict("comment", "no_move", _("To add a comment, change the status too."))
        return
    if (old, new) not in MOVES:
        message = _("A course can't change from ${old} to ${new}.")
        raise Conflict("status", "no_such_move", message, old=old, new=new)
    if not rules.allow(old, new):
        message = _("Only moderators can publish courses in this shop. Submit yours for review.")
        raise NotAllowed("status", "moderators_publish", message)


def move(  # noqa: PLR0913, PLR0917 - the facts of one move, two of them seldom needed
    db: Session,
    rules: Rules,
    row: CourseRow,
    new: Status,
    comment: str = "",
    at: datetime | None = None,
) -> bool:
    """Change the status of a course; return whether it changed.

    `row` has the columns of `course.find`. `at` is the known time of publication, if any. Raises
    the same errors as `refuse`.
    """
    refuse(rules, row.status, new, comment)
    if new == row.status:
        return False
    course.edit(db, row, status=new, **moments(row, new, at))
    values = {"course_id": row.id, "actor_id": rules.actor.id, "comment": comment.strip()}
    db.execute(insert(StatusChange).values(old=row.status, new=new, **values))
    publish(db, StatusChanged(row.id, row.status, new))
    if new == "published":
        publish(db, CoursePublished(row.id))
    return True


def redate(db: Session, row: CourseRow, at: datetime | None) -> bool:
    """Set the publication time of a published course; return whether it changed."""
    if at is None or row.status != "published" or at == row.published_at:
        return False
    course.edit(db, row, published_at=at, listed_at=at)
    return True


def moments(row: CourseRow, new: Status, at: datetime | None) -> dict[str, datetime]:
    """Return the new values of the time columns that a move changes.

    A course that is published again keeps the time of its first publication.
    """
    moved = now()
    if new == "published":
        published_at = at or row.published_at or moved
        return {"updated_at": moved, "published_at": published_at, "listed_at": published_at}
    return {"updated_at": moved, **({"listed_at": moved} if new == "submitted" else {})}


def last_comment(db: Session, course_id: int) -> str:
    """Return the comment of the newest status change of a course, "" without one."""
    rows = select(StatusChange.comment).where(StatusChange.course_id == course_id)
    return db.scalar(rows.order_by(StatusChange.at.desc(), StatusChange.id.desc()).limit(1)) or ""


def history(db: Session, course_id: int) -> list[StatusChangeRow]:
    """Return the newest 50 status changes of a course, newest first, with the users' names."""
    rows = (
        select(
            StatusChange.at,
            StatusChange.old,
            StatusChange.new,
            StatusChange.comment,
            User.username,
            User.name,
        )
        .outerjoin(User, User.id == StatusChange.actor_id)
        .where(StatusChange.course_id == course_id)
    )
    newest = rows.order_by(StatusChange.at.desc(), StatusChange.id.desc())
    return list(db.execute(newest.limit(MOST_SHOWN)))
