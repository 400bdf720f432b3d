"""Helpful votes: at most one per user and review, and none for the user's own reviews."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from courseshop.domain.errors import Conflict
from courseshop.domain.events import Voted, VoteWithdrawn, publish
from courseshop.domain.i18n import _
from courseshop.models import Review, Vote
from courseshop.services import rating, review
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ReviewRow


VOTED = select(Vote.review_id).where(
    Vote.user_id == bindparam("user_id"),
    Vote.review_id.in_(bindparam("review_ids", expanding=True)),
)


def voted(db: Session, actor: Actor, review_ids: Iterable[int]) -> list[int]:
    """Return the ids of the reviews that the actor has voted for: one query, none for guests."""
    ids = list(review_ids)
    if actor.id is None or not ids:
        return []
    values = {"user_id": actor.id, "review_ids": ids}
    return list(db.connection().execute(VOTED, values).scalars())


class _Already(Conflict):
    """A concurrent request of the same user has stored the vote."""


def vote(db: Session, actor: Actor, row: ReviewRow) -> bool:
    """Store the actor's vote that a review is helpful; return False if they had voted before.

    Raises Conflict for the actor's own review.
    """
    if row.author_id == actor.id:
        raise Conflict("", "own_review", _("You can't mark your own review as helpful."))
    if voted(db, actor, [row.id]):
        return False
    rival = select(Vote.review_id).where(*_conditions(actor, row))
    with suppress(_Already):
        with unless_taken(db, rival, _Already("", "voted", "")):
            # Counts first, because the course's row is always locked first, to avoid deadlocks. If
            # the insert fails, the savepoint undoes the count.
            _count(db, row, 1)
            db.execute(insert(Vote).values(review_id=row.id, user_id=actor.id))
        publish(db, Voted(row.id, row.course_id, int(actor.id or 0)))
        return True
    return False


def withdraw(db: Session, actor: Actor, row: ReviewRow) -> bool:
    """Remove the actor's vote; return whether there was one."""
    if not voted(db, actor, [row.id]):
        return False
    rating.count(db, row.course_id, None, None)
    gone = db.connection().execute(delete(Vote).where(*_conditions(actor, row)))
    if gone.rowcount:
        _count(db, row, -1)
        publish(db, VoteWithdrawn(row.id, row.course_id, int(actor.id or 0)))
    return bool(gone.rowcount)


def _conditions(actor: Actor, row: ReviewRow) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Vote.review_id == row.id, Vote.user_id == actor.id


def _count(db: Session, row: ReviewRow, by: int) -> None:
    rating.count(db, row.course_id, None, None)
    counted = {"helpful_count": Review.helpful_count + by, "stamp": Review.stamp + 1}
    review.touch(db, row, **counted)
