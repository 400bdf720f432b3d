"""Reviews: writing, editing and deleting them; `reading` has the queries."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from sqlalchemy import and_, bindparam, delete, insert, not_, select, update

from courseshop.database.compiled import CompiledStatement
from courseshop.database.stale import StaleEdit
from courseshop.domain import markdown
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict, NotAllowed
from courseshop.domain.events import ReviewChanged, ReviewWritten, publish
from courseshop.domain.i18n import _
from courseshop.models import Reply, Report, Review, ReviewVersion
from courseshop.services import facet, rating
from courseshop.services.moderation_rules import PUBLISH_AT_ONCE, Rules, holds
from courseshop.services.review.reading import (
    COLUMNS,
    KEPT_FOR,
    NEWEST,
    ORDERS,
    WATCHED,
    authors_of,
    courses_of,
    find,
    former,
    listing,
    of_ids,
    own,
    public_of,
    record_of,
)
from courseshop.services.search.words import field
from courseshop.services.unique import insert_row, unless_taken

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, SqlValue
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ReviewRow, Watched
    from courseshop.schemas.review import ReviewDraft

__all__ = [
    "COLUMNS",
    "KEPT_FOR",
    "NEWEST",
    "ORDERS",
    "WATCHED",
    "add",
    "authors_of",
    "change",
    "check",
    "courses_of",
    "edit",
    "find",
    "former",
    "index_after",
    "listing",
    "of_ids",
    "own",
    "public_of",
    "purge",
    "record_of",
    "remove",
    "restore",
    "touch",
    "write",
]
# Reviews that `init` indexes in one transaction.
BATCH = 500

# Built once, because building a statement costs more than running it.
_DELETED = and_(
    Review.course_id == bindparam("course_id"),
    Review.author_id == bindparam("author_id"),
    Review.deleted_at.is_not(None),
)
_WATCHED: CompiledStatement[Watched] = CompiledStatement(
    select(WATCHED.label("watched")).where(_DELETED)
)
_RIVAL = select(Review.id).where(
    Review.course_id == bindparam("course_id"), Review.author_id == bindparam("author_id")
)
_INSERTED = insert(cast("Table", Review.__table__))


def check(actor: Actor, course_id: int, *, may_enrol: bool = False) -> None:
    """Raise NotAllowed, with a message for the user, if the actor may not review the course.

    If the actor `may_enrol` in the course, the message says so.
    """
    if course_id in actor.teaches:
        message = _("You teach this course, so you can't review it.")
        raise NotAllowed("", "own_course", message)
    if course_id not in actor.enrolled_in:
        message = _("Only students of this course can review it.")
        if may_enrol:
            message = _("Enrol in this course to review it.")
        raise NotAllowed("", "not_enrolled", message)


def write(
    db: Session, actor: Actor, course_id: int, draft: ReviewDraft, rules: Rules = PUBLISH_AT_ONCE
) -> int:
    """Store a student's review, published or held according to the rules, and return its id.

    Raises the same as `check`, and Conflict if the student has already reviewed the course.
    """
    check(actor, course_id)
    mine: dict[str, SqlValue] = {"course_id": course_id, "author_id": actor.id}
    # The HTML is rendered before the lock is taken, so that others wait less.
    values = {**mine, "rating": draft.rating, **_text(draft.text), "verified": True}
    # The course's row is always locked first, to avoid deadlocks.
    rating.count(db, course_id, None, None)
    # The new review replaces a deleted one. If that was held, hidden or reported, the new one is
    # held, too, so that deleting a review does not bypass moderation.
    deleted = _WATCHED.one(db.connection(), **mine)
    if deleted:
        db.connection().execute(delete(Review).where(_DELETED), mine)
    held = (deleted and deleted.watched) or holds(db, rules, actor, draft.text)
    values["created_at"] = now()
    return _insert(db, course_id, draft.rating, values, held=bool(held))


def add(
    db: Session, course_id: int, author_id: int, draft: ReviewDraft, at: datetime | None = None
) -> int:
    """Store an imported review, written at `at` (default: now), and return its id.

    Raises Conflict if the author has already reviewed the course.
    """
    values = {"course_id": course_id, "author_id": author_id, "verified": False}
    imported = {"rating": draft.rating, **_text(draft.text), "created_at": at or now()}
    return _insert(db, course_id, draft.rating, {**values, **imported}, held=False)


def _insert(
    db: Session, course_id: int, stars: int, values: dict[str, SqlValue], *, held: bool
) -> int:
    """Insert a review, update the course's counters, and return the review's id.

    Raises Conflict if the author has already reviewed the course.
    """
    if held:
        values = {**values, "status": "pending", "waiting_since": values["created_at"]}
    # Locks the course first: the insert takes a shared lock on it through the foreign key, and two
    # transactions that then both want an exclusive lock would deadlock on MariaDB.
    facet.count_review(db, course_id, None, None if held else stars)
    message = _("You've already reviewed this course. Edit your review instead.")
    refusal = Conflict("", "already_reviewed", message)
    rival = _RIVAL.params(course_id=course_id, author_id=values["author_id"])
    with unless_taken(db, rival, refusal):
        review_id = insert_row(db, _INSERTED, values)
    publish(db, ReviewWritten(review_id, course_id, stars, cast("int", values["author_id"])))
    return review_id


def _text(text: str) -> dict[str, SqlValue]:
    html = markdown.render(text)
    return {"text_markdown": text, "text_html": html, "terms": terms_of(html)}


def terms_of(html: str) -> str:
    """Return the words by which the search finds a review with this text."""
    return field([markdown.plain(html)])


def index_after(db: Session, last: int) -> int | None:
    """Index the next reviews after the id `last` again; return the last id, None at the end."""
    some = select(Review.id, Review.text_html, Review.terms).where(Review.id > last)
    rows = db.execute(some.order_by(Review.id).limit(BATCH).with_for_update()).all()
    for row in rows:
        terms = terms_of(row.text_html)
        if terms != row.terms:
            of_it = update(Review).where(Review.id == row.id).values(terms=terms)
            db.execute(of_it.execution_options(synchronize_session=False))
    return rows[-1].id if rows else None


def edit(  # noqa: PLR0913, PLR0917 - the review, its editor, and the new values
    db: Session,
    actor: Actor,
    row: ReviewRow,
    stars: int,
    text: str,
    rules: Rules = PUBLISH_AT_ONCE,
) -> bool:
    """Edit a review and store its former version; return whether anything changed.

    Changed text is held if the rules require it or the review was hidden. Otherwise, if the review
    was ever reported, it joins the moderation queue without being held. Raises StaleEdit if the
    review was changed since `row` was read.
    """
    if (row.rating, row.text_markdown) == (stars, text):
        return False
    values: dict[str, SqlValue] = {"rating": stars, "edited_at": now()}
    if text != row.text_markdown:
        values |= {**_text(text), **_queued(db, actor, row, text, rules)}
    change(db, row, "edited", **values)
    former = {"review_id": row.id, "rating": row.rating, "text_markdown": row.text_markdown}
    written_at = row.edited_at or row.created_at
    db.execute(insert(ReviewVersion).values(**former, written_at=written_at))
    return True


def _queued(
    db: Session, actor: Actor, row: ReviewRow, text: str, rules: Rules
) -> dict[str, SqlValue]:
    """Return the columns that put a review with a new text into the moderation queue, if any."""
    waiting: dict[str, SqlValue] = {"waiting_since": row.waiting_since or now()}
    if row.status == "hidden" or holds(db, rules, actor, text):
        return {"status": "pending", **waiting}
    # Users who reported the review cannot report it again, so a moderator checks the edit.
    return waiting if _was_reported(db, row.id) else {}


def _was_reported(db: Session, review_id: int) -> bool:
    rows = select(Report.id).where(Report.review_id == review_id)
    return db.execute(rows.limit(1)).first() is not None


def remove(db: Session, row: ReviewRow) -> None:
    """Delete a review; its author can restore it for an hour."""
    change(db, row, "deleted", deleted_at=now())


def purge(db: Session) -> None:
    """Purge deleted reviews that can no longer be restored.

    Those that match WATCHED (held, hidden or reported) are only emptied: the row stays, so that
    the author's next review of the course is held.
    """
    over = Review.deleted_at < now() - KEPT_FOR
    db.execute(delete(Review).where(over, not_(WATCHED)))
    kept = select(Review.id).where(over)
    for model in (ReviewVersion, Reply):
        db.execute(delete(model).where(model.review_id.in_(kept)))
    emptied = update(Review).where(over, Review.text_markdown != "")
    db.execute(
        emptied.values(text_markdown="", text_html="", terms="").execution_options(
            synchronize_session=False
        )
    )


def restore(db: Session, actor: Actor, course_id: int) -> ReviewRow:
    """Restore the actor's deleted review and return its row as it was before.

    Raises Conflict if there is no deleted review that can be restored.
    """
    row = own(db, actor, course_id)
    if row is None or row.deleted_at is None:
        raise Conflict("", "nothing_deleted", _("There is no deleted review to restore."))
    change(db, row, "restored", deleted_at=None)
    return row


def touch(db: Session, row: ReviewRow, **values: SqlValue | Column) -> None:
    """Update columns of a review; unlike `change`, keep its version and the counters of the course.

    Raises StaleEdit if it was edited, moderated or deleted since `row` was read.
    """
    done = db.connection().execute(
        update(Review)
        # SQLite may give a new review the id of a deleted one, and versions start at 1.
        .where(Review.id == row.id, Review.created_at == row.created_at)
        .where(Review.version == row.version)
        .values(values)
    )
    if done.rowcount != 1:
        raise StaleEdit(f"review {row.id} is no longer at version {row.version}")


def change(db: Session, row: ReviewRow, how: str, **values: SqlValue) -> None:
    """Update columns of a review, its version and the course's counters; `how` is for the event.

    Raises StaleEdit if the review was changed since `row` was read.
    """
    facts = ("rating", "status", "deleted_at")
    after = SimpleNamespace(**{name: values.get(name, getattr(row, name)) for name in facts})
    facet.count_review(db, row.course_id, rating.counted(row), rating.counted(after))
    moved = {"version": Review.version + 1, "stamp": Review.stamp + 1}
    touch(db, row, **values, **moved)
    publish(db, ReviewChanged(row.id, row.course_id, how))
