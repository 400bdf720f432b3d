"""Instructors' replies to reviews, one per review; students get an email about the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from courseshop.database.stale import StaleEdit
from courseshop.domain import markdown
from courseshop.domain.clock import now
from courseshop.domain.events import Replied, ReviewChanged, publish
from courseshop.models import Course, Reply, Review, User
from courseshop.services import audit, rating, review
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Delete, Update
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ReplyNews, ReviewRow


def put(db: Session, actor: Actor, row: ReviewRow, text: str) -> bool:
    """Create or edit the reply to a review; return whether it was created.

    `row` has the columns of `review.find`. Raises StaleEdit if the review or the reply was changed
    or deleted since `row` was read.
    """
    if row.reply_markdown == text:
        return False
    _show(db, row)
    values = {"text_markdown": text, "text_html": markdown.render(text), "author_id": actor.id}
    if row.reply_version is None:
        with unless_taken(db, select(Reply.review_id).where(_of(row)), _overtaken(row)):
            # The stamp only grows, so versions of an earlier, deleted reply are never reused.
            stamp = select(Review.stamp).where(Review.id == row.id).scalar_subquery()
            first = {"review_id": row.id, "version": stamp}
            db.execute(insert(Reply).values(**first, **values))
        publish(db, ReviewChanged(row.id, row.course_id, "replied"))
        publish(db, Replied(row.id, row.course_id, actor.id))
        return True
    moved = {"version": Reply.version + 1, "edited_at": now()}
    _expect_one(row, db, update(Reply).values({**values, **moved}))
    publish(db, ReviewChanged(row.id, row.course_id, "reply_edited"))
    return False


def remove(db: Session, actor: Actor, row: ReviewRow) -> None:
    """Delete the reply, if there is one. Raises StaleEdit if it changed since `row` was read."""
    if row.reply_version is None:
        return
    _show(db, row)
    _expect_one(row, db, delete(Reply))
    publish(db, ReviewChanged(row.id, row.course_id, "reply_removed"))
    if row.reply_author_id != actor.id:
        audit.record(db, actor, "reply_removed", row.reply_author_id, review=str(row.id))


def news(db: Session, review_id: int) -> ReplyNews | None:
    """Return the columns for an email about the reply; None if the reply is not public."""
    seen = (Review.status == "published", Review.deleted_at.is_(None), Course.status == "published")
    rows = (
        select(Reply.text_markdown, Course.slug, Course.title, User.name)
        .join(Review, Review.id == Reply.review_id)
        .join(Course, Course.id == Review.course_id)
        .outerjoin(User, User.id == Reply.author_id)
    )
    return db.execute(rows.where(Review.id == review_id, *seen)).one_or_none()


def _of(row: ReviewRow) -> ColumnElement[bool]:
    return Reply.review_id == row.id


def _expect_one(row: ReviewRow, db: Session, statement: Update | Delete) -> None:
    known = statement.where(_of(row), Reply.version == row.reply_version)
    if db.connection().execute(known).rowcount != 1:
        raise _overtaken(row)


def _overtaken(row: ReviewRow) -> StaleEdit:
    return StaleEdit(f"the reply to review {row.id} is no longer at version {row.reply_version}")


def _show(db: Session, row: ReviewRow) -> None:
    """Change the stamps of the course and the review; the review's version stays the same."""
    # The course's row is always locked first, to avoid deadlocks.
    rating.count(db, row.course_id, None, None)
    review.touch(db, row, stamp=Review.stamp + 1)
