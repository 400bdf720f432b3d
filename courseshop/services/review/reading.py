"""Queries for reviews: single reviews, pages of a course's reviews, and authors' records."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select, true
from sqlalchemy.orm import aliased

from courseshop.database.compiled import CompiledStatement
from courseshop.domain.clock import now
from courseshop.models import Course, Reply, Review, ReviewVersion, User
from courseshop.services.paging import Keyset, Slice, Total, count_up_to, cut, page_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import BindParameter, ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import (
        AuthorRecord,
        FormerReview,
        ListedCourse,
        ModeratedReview,
        ReviewRow,
    )
    from courseshop.schemas.review import ReviewsQuery

NEWEST = Keyset(Review.created_at, Review.id, "created_at")
ORDERS = {
    "newest": NEWEST,
    "helpful": Keyset(Review.helpful_count, Review.id, "helpful_count", is_moment=False),
    "highest": Keyset(Review.rating, Review.id, "rating", is_moment=False),
    "lowest": Keyset(Review.rating, Review.id, "rating", is_moment=False, ascending=True),
}
# How long authors can restore a deleted review.
KEPT_FOR = timedelta(hours=1)
# Selects reviews that are held, hidden or reported.
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
    """Return the "view" rule of `Review.__acl__` as SQL; deleted reviews are excluded."""
    return _visible(actor.id, moderates=actor.moderates)


def _visible(actor_id: int | BindParameter[int] | None, *, moderates: bool) -> ColumnElement[bool]:
    there = Review.deleted_at.is_(None)
    if moderates:
        return there
    published = Review.status == "published"
    if actor_id is None:
        return and_(there, published)
    return and_(there, or_(published, Review.author_id == actor_id))


_ROWS = (
    select(*COLUMNS)
    .outerjoin(User, User.id == Review.author_id)
    .outerjoin(Reply, Reply.review_id == Review.id)
    .outerjoin(_Replier, _Replier.id == Reply.author_id)
)


def _rows(*which: ColumnElement[bool], more: Sequence[Column] = ()) -> Rows:
    return _ROWS.add_columns(*more).where(*which)


def find(db: Session, actor: Actor, course_id: int, review_id: int) -> ReviewRow | None:
    rows = _one(guest=actor.id is None, moderates=actor.moderates)
    values = {"course_id": course_id, "actor_id": actor.id, "review_id": review_id}
    return rows.one(db.connection(), **values)


@cache
def _one(*, guest: bool, moderates: bool) -> CompiledStatement[ReviewRow]:
    """Return the statement for one review, with parameters for the course, actor and review."""
    rows = _visible_rows(guest=guest, moderates=moderates)
    return CompiledStatement(rows.where(Review.id == bindparam("review_id")))


def _visible_rows(*, guest: bool, moderates: bool) -> Rows:
    """Return the select of the course's reviews that this kind of actor may view."""
    visible = _visible(None if guest else bindparam("actor_id"), moderates=moderates)
    return _rows(Review.course_id == bindparam("course_id"), visible)


def of_ids(db: Session, ids: Iterable[int]) -> dict[int, ModeratedReview]:
    """Return these reviews by id, for moderators: with the course's slug, title and status."""
    more = (
        Course.slug.label("course_slug"),
        Course.title.label("course_title"),
        Course.status.label("course_status"),
    )
    rows = _rows(Review.id.in_(list(ids)), Review.deleted_at.is_(None), more=more)
    found = db.execute(rows.join(Course, Course.id == Review.course_id))
    return {row.id: row for row in found}


def own(db: Session, actor: Actor, course_id: int) -> ReviewRow | None:
    """Return the actor's review of the course, even if deleted, as long as it can be restored."""
    if actor.id is None:
        return None
    kept = or_(Review.deleted_at.is_(None), Review.deleted_at > now() - KEPT_FOR)
    rows = _rows(Review.course_id == course_id, Review.author_id == actor.id, kept)
    return db.execute(rows).one_or_none()


def listing(
    db: Session, actor: Actor, course: ListedCourse, query: ReviewsQuery
) -> Slice[ReviewRow]:
    """Return a page of the course's reviews that the actor may view, sorted as requested."""
    total = _total(db, actor, course, query)
    rows, page = _statements(query, guest=actor.id is None, moderates=actor.moderates)
    values = {"course_id": course.id, "actor_id": actor.id}
    if total is None:
        total = count_up_to(db, rows.params(values).with_only_columns(Review.id))
    return cut(page.rows(db.connection(), **values), ORDERS[query.sort], query, total)


@lru_cache(maxsize=64)
def _statements(
    query: ReviewsQuery, *, guest: bool, moderates: bool
) -> tuple[Rows, CompiledStatement[ReviewRow]]:
    """Return the SELECT for all reviews that match a query, and the compiled one for its page.

    They are cached, with parameters for the course and the actor, because most requests use the
    same few queries.
    """
    rows = _visible_rows(guest=guest, moderates=moderates)
    if query.stars is not None:
        rows = rows.where(Review.rating == query.stars)
    for word in query.q.split():
        rows = rows.where(Review.text_markdown.icontains(word, autoescape=True))
    return rows, CompiledStatement(page_of(rows, ORDERS[query.sort], query))


def _total(db: Session, actor: Actor, course: ListedCourse, query: ReviewsQuery) -> Total | None:
    """Return the number of reviews from the course's counters, or None if they are not enough."""
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


def former(db: Session, review_id: int) -> list[FormerReview]:
    """Return the newest 50 former versions of a review, newest first."""
    columns = (ReviewVersion.rating, ReviewVersion.text_markdown, ReviewVersion.written_at)
    rows = select(*columns).where(ReviewVersion.review_id == review_id)
    return list(db.execute(rows.order_by(ReviewVersion.id.desc()).limit(50)))


def record_of(db: Session, author_id: int) -> AuthorRecord:
    """Return the author's account creation time and numbers of reviews, in total and hidden."""
    mine = (Review.author_id == author_id, Review.deleted_at.is_(None))
    numbers = [
        select(func.count()).select_from(Review).where(*mine, *more).scalar_subquery().label(name)
        for name, more in (("reviews", ()), ("hidden", (Review.status == "hidden",)))
    ]
    return db.execute(select(User.created_at, *numbers).where(User.id == author_id)).one()


def authors_of(db: Session, course_id: int) -> set[str]:
    """Return the usernames of all authors of reviews of the course."""
    names = select(User.username).join(Review, Review.author_id == User.id)
    return set(db.scalars(names.where(Review.course_id == course_id)))
