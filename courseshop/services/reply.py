"""The instructor's reply to a review: one for each, and the student is told of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from courseshop.database.stale import StaleEdit
from courseshop.domain.clock import now
from courseshop.domain.events import ReviewChanged, publish
from courseshop.models import Course, Reply, Review, User
from courseshop.services import audit, markdown, rating, review
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Delete, Update
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ReplyNews, ReviewRow


def put(db: Session, actor: Actor, row: ReviewRow, text: str) -> bool:
    """Reply to the review of `row` (the columns of `review.find`); tell if it is the first time.

    Raises StaleEdit when the review or the reply was changed or taken away since `row` was read.
    """
    if row.reply_markdown == text:
        return False
    _show(db, row)
    values = {"text_markdown": text, "text_html": markdown.render(text), "author_id": actor.id}
    if row.reply_version is None:
        with unless_taken(db, select(Reply.review_id).where(_of(row)), _overtaken(row)):
            # No version of a reply that was taken away comes again: the stamp only grows.
            stamp = select(Review.stamp).where(Review.id == row.id).scalar_subquery()
            first = {"review_id": row.id, "version": stamp}
            db.execute(insert(Reply).values(**first, **values))
        return True
    moved = {"version": Reply.version + 1, "edited_at": now()}
    _expect_one(row, db, update(Reply).values({**values, **moved}))
    return False


def remove(db: Session, actor: Actor, row: ReviewRow) -> None:
    """Take the reply away, if there is one. Raises StaleEdit when it was changed since."""
    if row.reply_version is None:
        return
    _show(db, row)
    _expect_one(row, db, delete(Reply))
    if row.reply_author_id != actor.id:
        audit.record(db, actor, "reply_removed", row.reply_author_id, review=str(row.id))


def news(db: Session, review_id: int) -> ReplyNews | None:
    """Return what a mail says of a reply, None where it cannot be seen (any more)."""
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
    return StaleEdit(f"the reply to review {row.id} is not in version {row.reply_version} any more")


def _show(db: Session, row: ReviewRow) -> None:
    """Make the pages new that show the review; no edit of it, so its version stays."""
    # The course's row is locked first, here as everywhere.
    rating.count(db, row.course_id, None, None)
    review.touch(db, row, stamp=Review.stamp + 1)
    publish(db, ReviewChanged(row.id, row.course_id))
