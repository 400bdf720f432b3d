from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select, update

from courseshop.db import Overtaken, now
from courseshop.errors import Conflict, NotAllowed
from courseshop.events import ReviewChanged, ReviewWritten, publish
from courseshop.i18n import _
from courseshop.models import Course, Review, ReviewVersion, User
from courseshop.services import markdown
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.actor import Actor
    from courseshop.schemas.review import ReviewDraft, ReviewsQuery

NEWEST = Keyset(Review.created_at, Review.id, "created_at")
ORDERS = {
    "newest": NEWEST,
    "helpful": Keyset(Review.helpful_count, Review.id, "helpful_count", is_moment=False),
    "highest": Keyset(Review.rating, Review.id, "rating", is_moment=False),
    "lowest": Keyset(Review.rating, Review.id, "rating", is_moment=False, ascending=True),
}
# How long one can take back that one has deleted a review.
KEPT_FOR = timedelta(hours=1)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the rule of `Review.__acl__` for "view", as SQL; nobody sees what is deleted."""
    there = Review.deleted_at.is_(None)
    if actor.moderates:
        return there
    published = Review.status == "published"
    if actor.id is None:
        return and_(there, published)
    return and_(there, or_(published, Review.author_id == actor.id))


def _rows(course_id: int, *which: Any) -> Any:
    return (
        select(
            Review.id,
            Review.course_id,
            Review.author_id,
            Review.rating,
            Review.text_markdown,
            Review.text_html,
            Review.status,
            Review.verified,
            Review.helpful_count,
            Review.created_at,
            Review.edited_at,
            Review.deleted_at,
            Review.version,
            Review.stamp,
            User.username.label("author_username"),
            User.name.label("author_name"),
            User.stamp.label("author_stamp"),
        )
        .outerjoin(User, User.id == Review.author_id)
        .where(Review.course_id == course_id, *which)
    )


def find(db: Session, actor: Actor, course_id: int, review_id: int) -> Any | None:
    rows = _rows(course_id, visible_to(actor), Review.id == review_id)
    return db.execute(rows).one_or_none()


def own(db: Session, actor: Actor, course_id: int) -> Any | None:
    """Return the actor's review of the course; one that was deleted for as long as it is kept."""
    if actor.id is None:
        return None
    kept = or_(Review.deleted_at.is_(None), Review.deleted_at > now() - KEPT_FOR)
    rows = _rows(course_id, Review.author_id == actor.id, kept)
    return db.execute(rows).one_or_none()


def listing(db: Session, actor: Actor, course_id: int, query: ReviewsQuery) -> Slice:
    """Return a page of the course's reviews that the actor may view, in the order asked for."""
    rows = _rows(course_id, visible_to(actor))
    if query.stars is not None:
        rows = rows.where(Review.rating == query.stars)
    for word in query.q.split():
        rows = rows.where(Review.text_markdown.icontains(word, autoescape=True))
    return paginate(db, rows, ORDERS[query.sort], query)


def former(db: Session, review_id: int) -> list[Any]:
    """Return what a review said before each edit, the newest of it first; 50 at most."""
    columns = (ReviewVersion.rating, ReviewVersion.text_markdown, ReviewVersion.written_at)
    rows = select(*columns).where(ReviewVersion.review_id == review_id)
    return list(db.execute(rows.order_by(ReviewVersion.id.desc()).limit(50)))


def authors_of(db: Session, course_id: int) -> set[str]:
    """Return the usernames of all who have reviewed the course."""
    names = select(User.username).join(Review, Review.author_id == User.id)
    return set(db.scalars(names.where(Review.course_id == course_id)))


def check(actor: Actor, course_id: int) -> None:
    """Raise NotAllowed, which says what to do, for who may not review the course."""
    if course_id in actor.teaches:
        message = _("You give this course yourself. Its students review it.")
        raise NotAllowed("", "own_course", message)
    if course_id not in actor.attends:
        message = _("Only students of this course review it. Enrol first, then come back.")
        raise NotAllowed("", "not_enrolled", message)


def write(db: Session, actor: Actor, course_id: int, draft: ReviewDraft) -> int:
    """Store a student's review and return its id.

    Raises what `check` does, and Conflict when they have reviewed the course already.
    """
    check(actor, course_id)
    # The course's row is locked first, here as everywhere.
    count(db, course_id, None, None)
    # One that they have deleted just now makes room for another.
    gone = (Review.course_id == course_id, Review.author_id == actor.id)
    db.execute(delete(Review).where(*gone, Review.deleted_at.is_not(None)))
    return add(db, course_id, int(actor.id or 0), draft, verified=True)


def add(  # noqa: PLR0913 - the facts of one review, two of them with a default
    db: Session,
    course_id: int,
    author_id: int,
    draft: ReviewDraft,
    at: datetime | None = None,
    *,
    verified: bool = False,
) -> int:
    """Store a published review, move the course's counters with it, and return its id.

    Raises Conflict when the author has reviewed the course already.
    """
    values = {
        "course_id": course_id,
        "author_id": author_id,
        "verified": verified,
        **_text(draft.rating, draft.text),
        "created_at": at or now(),
    }
    # First, for its lock on the course: a foreign key shares one, and two that share it and then
    # both want it alone are a deadlock on MariaDB.
    count(db, course_id, None, draft.rating)
    message = _("You have reviewed this course. Edit your review instead.")
    refusal = Conflict("", "already_reviewed", message)
    rival = select(Review.id).where(Review.course_id == course_id, Review.author_id == author_id)
    with unless_taken(db, rival, refusal):
        inserted: Any = db.execute(insert(Review).values(values))
    review_id = int(inserted.inserted_primary_key[0])
    publish(db, ReviewWritten(review_id, course_id, draft.rating))
    return review_id


def _text(rating: int, text: str) -> dict[str, Any]:
    return {"rating": rating, "text_markdown": text, "text_html": markdown.render(text)}


def edit(db: Session, row: Any, rating: int, text: str) -> bool:
    """Change what the review of `row` says, and keep what it said; tell if it is another text."""
    if (row.rating, row.text_markdown) == (rating, text):
        return False
    after = rating if row.status == "published" else None
    _change(db, row, after, **_text(rating, text), edited_at=now())
    values = {"review_id": row.id, "rating": row.rating, "text_markdown": row.text_markdown}
    written_at = row.edited_at or row.created_at
    db.execute(insert(ReviewVersion).values(**values, written_at=written_at))
    return True


def remove(db: Session, row: Any) -> None:
    """Delete a review; for an hour its author can take that back."""
    _change(db, row, None, deleted_at=now())


def purge(db: Session) -> None:
    """Forget the reviews that nobody can take back any more."""
    db.execute(delete(Review).where(Review.deleted_at < now() - KEPT_FOR))


def restore(db: Session, actor: Actor, course_id: int) -> Any:
    """Take back that the actor has deleted their review; return its row. Raises Conflict."""
    row = own(db, actor, course_id)
    if row is None or row.deleted_at is None:
        raise Conflict("", "nothing_deleted", _("There is no review that could be taken back."))
    _change(db, row, row.rating if row.status == "published" else None, deleted_at=None)
    return row


def _counted(row: Any) -> int | None:
    """Return the stars of a review that counts, None for one that does not."""
    return row.rating if row.status == "published" and row.deleted_at is None else None


def _change(db: Session, row: Any, after: int | None, **values: Any) -> None:
    """Change a review, and the course's counters from what it counted to `after`.

    Raises Overtaken when it was changed since `row` was read.
    """
    count(db, row.course_id, _counted(row), after)
    moved = {"version": Review.version + 1, "stamp": Review.stamp + 1}
    done: Any = db.execute(
        update(Review)
        .where(Review.id == row.id, Review.version == row.version)
        .values({**values, **moved})
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise Overtaken(f"review {row.id} is not in version {row.version} any more")
    publish(db, ReviewChanged(row.id, row.course_id))


def count(db: Session, course_id: int, before: int | None, after: int | None) -> None:
    """Move the course's counters from one review's stars to others (None: it does not count).

    The arithmetic is the database's: one read and written here would lose another's.
    """
    changes: dict[Any, Any] = {Course.stamp: Course.stamp + 1}
    total = (after or 0) - (before or 0)
    if before != after:
        for stars, by in ((before, -1), (after, 1)):
            if stars is not None:
                column = getattr(Course, f"rating_{stars}")
                changes[column] = column + by
        changes[Course.rating_sum] = Course.rating_sum + total
        by = (after is not None) - (before is not None)
        changes[Course.rating_count] = Course.rating_count + by
    db.execute(
        update(Course)
        .where(Course.id == course_id)
        .values(changes)
        .execution_options(synchronize_session=False)
    )
