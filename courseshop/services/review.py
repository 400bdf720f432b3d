from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, true, update

from courseshop.db import now
from courseshop.errors import Conflict
from courseshop.events import ReviewWritten, publish
from courseshop.i18n import _
from courseshop.models import Course, Review, User
from courseshop.services import markdown
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.actor import Actor
    from courseshop.schemas import PageQuery
    from courseshop.schemas.review import ReviewDraft

NEWEST = Keyset(Review.created_at, Review.id, "created_at")


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the rule of `Review.__acl__` for "view", as SQL."""
    if actor.moderates:
        return true()
    if actor.id is None:
        return Review.status == "published"
    return or_(Review.status == "published", Review.author_id == actor.id)


def _rows(actor: Actor, course_id: int) -> Any:
    return (
        select(
            Review.id,
            Review.author_id,
            Review.rating,
            Review.text_markdown,
            Review.text_html,
            Review.status,
            Review.verified,
            Review.helpful_count,
            Review.created_at,
            Review.edited_at,
            Review.version,
            Review.stamp,
            User.username.label("author_username"),
            User.name.label("author_name"),
            User.stamp.label("author_stamp"),
        )
        .outerjoin(User, User.id == Review.author_id)
        .where(Review.course_id == course_id, visible_to(actor))
    )


def find(db: Session, actor: Actor, course_id: int, review_id: int) -> Any | None:
    return db.execute(_rows(actor, course_id).where(Review.id == review_id)).one_or_none()


def listing(db: Session, actor: Actor, course_id: int, query: PageQuery) -> Slice:
    """Return a page of the course's reviews that the actor may view, newest first."""
    return paginate(db, _rows(actor, course_id), NEWEST, query)


def authors_of(db: Session, course_id: int) -> set[str]:
    """Return the usernames of all who have reviewed the course."""
    names = select(User.username).join(Review, Review.author_id == User.id)
    return set(db.scalars(names.where(Review.course_id == course_id)))


def add(
    db: Session, course_id: int, author_id: int, draft: ReviewDraft, at: datetime | None = None
) -> int:
    """Store a published review, move the course's counters with it, and return its id.

    Raises Conflict when the author has reviewed the course already.
    """
    values = {
        "course_id": course_id,
        "author_id": author_id,
        "rating": draft.rating,
        "text_markdown": draft.text,
        "text_html": markdown.render(draft.text),
        "created_at": at or now(),
    }
    # First, for its lock on the course: a foreign key shares one, and two that share it and then
    # both want it alone are a deadlock on MariaDB.
    count(db, course_id, draft.rating, 1)
    refusal = Conflict("", "already_reviewed", _("You have reviewed this course."))
    rival = select(Review.id).where(Review.course_id == course_id, Review.author_id == author_id)
    with unless_taken(db, rival, refusal):
        inserted: Any = db.execute(insert(Review).values(values))
    review_id = int(inserted.inserted_primary_key[0])
    publish(db, ReviewWritten(review_id, course_id, draft.rating))
    return review_id


def count(db: Session, course_id: int, rating: int, by: int) -> None:
    """Add `by` reviews of `rating` stars to the course's counters, atomically, and its stamp.

    The arithmetic is the database's: one read and written here would lose another's.
    """
    stars = getattr(Course, f"rating_{rating}")
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(
            {
                stars: stars + by,
                Course.rating_count: Course.rating_count + by,
                Course.rating_sum: Course.rating_sum + by * rating,
                Course.stamp: Course.stamp + 1,
            }
        )
        .execution_options(synchronize_session=False)
    )
