from __future__ import annotations

from datetime import timedelta
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, bindparam, delete, func, insert, not_, or_, select, true, update
from sqlalchemy.orm import aliased

from courseshop.database.compiled import CompiledStatement
from courseshop.database.stale import StaleEdit
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict, NotAllowed
from courseshop.domain.events import ReviewChanged, ReviewWritten, publish
from courseshop.domain.i18n import _
from courseshop.models import Course, Reply, Report, Review, ReviewVersion, User
from courseshop.services import markdown, rating
from courseshop.services.moderation_rules import PUBLISH_AT_ONCE, Rules, holds
from courseshop.services.paging import Keyset, Slice, Total, count_up_to, cut, page_of
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
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
# What moderators have a word in: it is not published, or was reported.
WATCHED = or_(Review.status != "published", Review.waiting_since.is_not(None))
_Replier = aliased(User)
COLUMNS = (
    Review.id,
    Review.course_id,
    Review.author_id,
    Review.rating,
    Review.text_markdown,
    Review.text_html,
    Review.status,
    Review.waiting_since,
    Review.hidden_reason,
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
    Reply.version.label("reply_version"),
    Reply.text_markdown.label("reply_markdown"),
    Reply.text_html.label("reply_html"),
    Reply.created_at.label("reply_created_at"),
    Reply.edited_at.label("reply_edited_at"),
    Reply.author_id.label("reply_author_id"),
    _Replier.username.label("reply_username"),
    _Replier.name.label("reply_name"),
    _Replier.stamp.label("reply_stamp"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the rule of `Review.__acl__` for "view", as SQL; nobody sees what is deleted."""
    return _visible(actor.id, moderates=actor.moderates)


def _visible(actor_id: Any, *, moderates: bool) -> ColumnElement[bool]:
    there = Review.deleted_at.is_(None)
    if moderates:
        return there
    published = Review.status == "published"
    if actor_id is None:
        return and_(there, published)
    return and_(there, or_(published, Review.author_id == actor_id))


# Put together once, for that costs more than to run it.
_DELETED = and_(
    Review.course_id == bindparam("course_id"),
    Review.author_id == bindparam("author_id"),
    Review.deleted_at.is_not(None),
)
_WATCHED = CompiledStatement(select(WATCHED.label("watched")).where(_DELETED))
_RIVAL = select(Review.id).where(
    Review.course_id == bindparam("course_id"), Review.author_id == bindparam("author_id")
)
_INSERTED = insert(cast("Table", Review.__table__))
_ROWS = (
    select(*COLUMNS)
    .outerjoin(User, User.id == Review.author_id)
    .outerjoin(Reply, Reply.review_id == Review.id)
    .outerjoin(_Replier, _Replier.id == Reply.author_id)
)


def _rows(*which: Any, more: Sequence[Any] = ()) -> Any:
    return _ROWS.add_columns(*more).where(*which)


def find(db: Session, actor: Actor, course_id: int, review_id: int) -> Any | None:
    rows = _one(guest=actor.id is None, moderates=actor.moderates)
    values = {"course_id": course_id, "actor_id": actor.id, "review_id": review_id}
    return rows.one(db.connection(), **values)


@cache
def _one(*, guest: bool, moderates: bool) -> CompiledStatement:
    """Return the select of one review, with all that it depends on to be filled in."""
    rows = _visible_rows(guest=guest, moderates=moderates)
    return CompiledStatement(rows.where(Review.id == bindparam("review_id")))


def _visible_rows(*, guest: bool, moderates: bool) -> Any:
    """Return the select of a course's reviews that such an actor may view."""
    actor_id: Any = None if guest else bindparam("actor_id")
    visible = _visible(actor_id, moderates=moderates)
    return _rows(Review.course_id == bindparam("course_id"), visible)


def of_ids(db: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return these reviews by id, for moderators: each with its course's slug, title, status."""
    more = (
        Course.slug.label("course_slug"),
        Course.title.label("course_title"),
        Course.status.label("course_status"),
    )
    rows = _rows(Review.id.in_(list(ids)), Review.deleted_at.is_(None), more=more)
    found = db.execute(rows.join(Course, Course.id == Review.course_id))
    return {row.id: row for row in found}


def own(db: Session, actor: Actor, course_id: int) -> Any | None:
    """Return the actor's review of the course; one that was deleted for as long as it is kept."""
    if actor.id is None:
        return None
    kept = or_(Review.deleted_at.is_(None), Review.deleted_at > now() - KEPT_FOR)
    rows = _rows(Review.course_id == course_id, Review.author_id == actor.id, kept)
    return db.execute(rows).one_or_none()


def listing(db: Session, actor: Actor, course: Any, query: ReviewsQuery) -> Slice:
    """Return a page of the course's reviews that the actor may view, in the order asked for."""
    total = _total(db, actor, course, query)
    rows, page = _asked(query, guest=actor.id is None, moderates=actor.moderates)
    values = {"course_id": course.id, "actor_id": actor.id}
    if total is None:
        total = count_up_to(db, rows.params(values).with_only_columns(Review.id))
    return cut(page.rows(db.connection(), **values), ORDERS[query.sort], query, total)


@lru_cache(maxsize=64)
def _asked(query: ReviewsQuery, *, guest: bool, moderates: bool) -> tuple[Any, CompiledStatement]:
    """Return the select of all reviews that a query asks for, and that of its page.

    They are made once, with the course and the actor to be filled in: most ask for the same.
    """
    rows = _visible_rows(guest=guest, moderates=moderates)
    if query.stars is not None:
        rows = rows.where(Review.rating == query.stars)
    for word in query.q.split():
        rows = rows.where(Review.text_markdown.icontains(word, autoescape=True))
    return rows, CompiledStatement(page_of(rows, ORDERS[query.sort], query))


def _total(db: Session, actor: Actor, course: Any, query: ReviewsQuery) -> Total | None:
    """Return how many there are by the course's counters, None where these do not say."""
    if query.q.split() or actor.moderates:
        return None
    public = (
        course.rating_count if query.stars is None else getattr(course, f"rating_{query.stars}")
    )
    if actor.id is None:
        return Total(public)
    stars = true() if query.stars is None else Review.rating == query.stars
    mine = (Review.course_id == course.id, Review.author_id == actor.id, visible_to(actor))
    hidden = select(func.count()).where(*mine, Review.status != "published", stars)
    return Total(public + (db.scalar(hidden) or 0))


def former(db: Session, review_id: int) -> list[Any]:
    """Return what a review said before each edit, the newest of it first; 50 at most."""
    columns = (ReviewVersion.rating, ReviewVersion.text_markdown, ReviewVersion.written_at)
    rows = select(*columns).where(ReviewVersion.review_id == review_id)
    return list(db.execute(rows.order_by(ReviewVersion.id.desc()).limit(50)))


def record_of(db: Session, author_id: int) -> Any:
    """Return since when somebody has an account, and how many reviews they have; some hidden."""
    mine = (Review.author_id == author_id, Review.deleted_at.is_(None))
    numbers = [
        select(func.count()).select_from(Review).where(*mine, *more).scalar_subquery().label(name)
        for name, more in (("reviews", ()), ("hidden", (Review.status == "hidden",)))
    ]
    return db.execute(select(User.created_at, *numbers).where(User.id == author_id)).one()


def authors_of(db: Session, course_id: int) -> set[str]:
    """Return the usernames of all who have reviewed the course."""
    names = select(User.username).join(Review, Review.author_id == User.id)
    return set(db.scalars(names.where(Review.course_id == course_id)))


def check(actor: Actor, course_id: int) -> None:
    """Raise NotAllowed, which says what to do, for who may not review the course."""
    if course_id in actor.teaches:
        message = _("You give this course yourself. Its students review it.")
        raise NotAllowed("", "own_course", message)
    if course_id not in actor.enrolled_in:
        message = _("Only students of this course review it. Enrol first, then come back.")
        raise NotAllowed("", "not_enrolled", message)


def write(
    db: Session, actor: Actor, course_id: int, draft: ReviewDraft, rules: Rules = PUBLISH_AT_ONCE
) -> int:
    """Store a student's review, published or held as the rules say, and return its id.

    Raises what `check` does, and Conflict when they have reviewed the course already.
    """
    check(actor, course_id)
    mine = {"course_id": course_id, "author_id": actor.id}
    # Its HTML is made before the lock, for which others wait.
    values = {**mine, **_text(draft.rating, draft.text), "verified": True}
    # The course's row is locked first, here as everywhere.
    rating.count(db, course_id, None, None)
    # One that they have deleted makes room for another, which is not a way past the moderators.
    deleted = _WATCHED.one(db.connection(), **mine)
    if deleted:
        db.connection().execute(delete(Review).where(_DELETED), mine)
    held = (deleted and deleted.watched) or holds(db, rules, actor, draft.text)
    return _insert(db, {**values, "created_at": now()}, held=bool(held))


def add(
    db: Session, course_id: int, author_id: int, draft: ReviewDraft, at: datetime | None = None
) -> int:
    """Store a review that was written elsewhere, at the moment `at`, and return its id.

    Raises Conflict when the author has reviewed the course already.
    """
    values = {"course_id": course_id, "author_id": author_id, "verified": False}
    said = {**_text(draft.rating, draft.text), "created_at": at or now()}
    return _insert(db, {**values, **said}, held=False)


def _insert(db: Session, values: dict[str, Any], *, held: bool) -> int:
    """Store a review, move the course's counters with it, and return its id. Raises Conflict."""
    course_id, stars = values["course_id"], values["rating"]
    if held:
        values = {**values, "status": "pending", "waiting_since": values["created_at"]}
    # First, for its lock on the course: a foreign key shares one, and two that share it and then
    # both want it alone are a deadlock on MariaDB.
    rating.count(db, course_id, None, None if held else stars)
    message = _("You have reviewed this course. Edit your review instead.")
    refusal = Conflict("", "already_reviewed", message)
    rival = _RIVAL.params(course_id=course_id, author_id=values["author_id"])
    with unless_taken(db, rival, refusal):
        inserted: Any = db.execute(_INSERTED, values)
    review_id = int(inserted.inserted_primary_key[0])
    publish(db, ReviewWritten(review_id, course_id, stars))
    return review_id


def _text(stars: int, text: str) -> dict[str, Any]:
    return {"rating": stars, "text_markdown": text, "text_html": markdown.render(text)}


def edit(  # noqa: PLR0913, PLR0917 - what is edited, by whom, to what
    db: Session, actor: Actor, row: Any, stars: int, text: str, rules: Rules = PUBLISH_AT_ONCE
) -> bool:
    """Change what the review of `row` says, and keep what it said; tell if it is another text.

    Another text waits for a moderator where the rules hold it, or where the former was hidden.
    """
    if (row.rating, row.text_markdown) == (stars, text):
        return False
    values = {**_text(stars, text), "edited_at": now()}
    if text != row.text_markdown and (row.status == "hidden" or holds(db, rules, actor, text)):
        values |= {"status": "pending", "waiting_since": row.waiting_since or now()}
    elif text != row.text_markdown and _was_reported(db, row.id):
        # Who has reported it cannot do so again: a moderator looks.
        values["waiting_since"] = row.waiting_since or now()
    change(db, row, **values)
    former = {"review_id": row.id, "rating": row.rating, "text_markdown": row.text_markdown}
    written_at = row.edited_at or row.created_at
    db.execute(insert(ReviewVersion).values(**former, written_at=written_at))
    return True


def _was_reported(db: Session, review_id: int) -> bool:
    rows = select(Report.id).where(Report.review_id == review_id)
    return db.execute(rows.limit(1)).first() is not None


def remove(db: Session, row: Any) -> None:
    """Delete a review; for an hour its author can take that back."""
    change(db, row, deleted_at=now())


def purge(db: Session) -> None:
    """Forget the reviews that nobody can take back any more.

    Of one that moderators had not published, or that was reported, only stays that there was one:
    its author's next review of the course is held.
    """
    over = Review.deleted_at < now() - KEPT_FOR
    db.execute(delete(Review).where(over, not_(WATCHED)))
    kept = select(Review.id).where(over)
    for model in (ReviewVersion, Reply):
        db.execute(delete(model).where(model.review_id.in_(kept)))
    emptied = update(Review).where(over, Review.text_markdown != "")
    db.execute(
        emptied.values(text_markdown="", text_html="").execution_options(synchronize_session=False)
    )


def restore(db: Session, actor: Actor, course_id: int) -> Any:
    """Take back that the actor has deleted their review; return its row. Raises Conflict."""
    row = own(db, actor, course_id)
    if row is None or row.deleted_at is None:
        raise Conflict("", "nothing_deleted", _("There is no review that could be taken back."))
    change(db, row, deleted_at=None)
    return row


def touch(db: Session, row: Any, **values: Any) -> None:
    """Change columns of a review that are no edit of it: its version stays.

    Raises StaleEdit when it was edited, decided about or deleted since `row` was read.
    """
    done: Any = db.execute(
        update(Review)
        # SQLite gives the id of a deleted review to the next one, whose version begins at 1 again.
        .where(Review.id == row.id, Review.created_at == row.created_at)
        .where(Review.version == row.version)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise StaleEdit(f"review {row.id} is not in version {row.version} any more")


def change(db: Session, row: Any, **values: Any) -> None:
    """Change columns of a review, and with them its version and the course's counters.

    Raises StaleEdit when it was changed since `row` was read.
    """
    facts = ("rating", "status", "deleted_at")
    after = SimpleNamespace(**{name: values.get(name, getattr(row, name)) for name in facts})
    rating.count(db, row.course_id, rating.counted(row), rating.counted(after))
    moved = {"version": Review.version + 1, "stamp": Review.stamp + 1}
    touch(db, row, **values, **moved)
    publish(db, ReviewChanged(row.id, row.course_id))
