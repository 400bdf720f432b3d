"""Queries for reviews: single reviews, pages of a course's reviews, and authors' records."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import aliased

from courseshop.database.compiled import CompiledStatement
from courseshop.domain.clock import now
from courseshop.models import Course, Reply, Review, ReviewVersion, User
from courseshop.services.course import visible_to
from courseshop.services.paging import (
    Keyset,
    Slice,
    Total,
    count_up_to,
    cut,
    ids_of,
    page_first,
    page_of,
)
from courseshop.services.search import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import BindParameter, ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows, SqlValue
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import (
        AuthorRecord,
        FormerReview,
        ListedCourse,
        ReviewRow,
        ReviewWithCourse,
    )
    from courseshop.schemas.review import ReviewsQuery
    from courseshop.services.search.query import Term

NEWEST = Keyset(Review.created_at, Review.id, "created_at")
ORDERS = {
    "newest": NEWEST,
    "helpful": Keyset(Review.helpful_count, Review.id, "helpful_count", is_moment=False),
    "highest": Keyset(Review.rating, Review.id, "rating", is_moment=False),
    "lowest": Keyset(Review.rating, Review.id, "rating", is_moment=False, ascending=True),
}
# How long authors can restore a deleted review.
KEPT_FOR = timedelta(hours=1)
# An author's last reviews, of which a profile shows the newest.
SOME = 50
# A word has one pattern; with an umlaut, or a hyphen, it has several.
MOST_PATTERNS = 10
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


def _visible_parts(
    actor_id: BindParameter[int] | None, *, moderates: bool
) -> list[ColumnElement[bool]]:
    """Return the "view" rule of `Review.__acl__` as SQL; deleted reviews are excluded.

    A review is visible if it meets one of the conditions; none meets two of them. The first is for
    published reviews.
    """
    unpublished: list[ColumnElement[bool]] = []
    if moderates:
        unpublished = [Review.status == one for one in ("pending", "hidden")]
    elif actor_id is not None:
        unpublished = [and_(Review.status != "published", Review.author_id == actor_id)]
    there = Review.deleted_at.is_(None)
    return [and_(there, part) for part in (Review.status == "published", *unpublished)]


_ROWS = (
    select(*COLUMNS)
    .outerjoin(User, User.id == Review.author_id)
    .outerjoin(Reply, Reply.review_id == Review.id)
    .outerjoin(_Replier, _Replier.id == Reply.author_id)
)


def _rows(*conditions: ColumnElement[bool], more: Sequence[Column] = ()) -> Rows:
    return _ROWS.add_columns(*more).where(*conditions)


def find(db: Session, actor: Actor, course_id: int, review_id: int) -> ReviewRow | None:
    rows = _one(guest=actor.id is None, moderates=actor.moderates)
    values = {"course_id": course_id, "actor_id": actor.id, "review_id": review_id}
    return rows.one(db.connection(), **values)


@cache
def _one(*, guest: bool, moderates: bool) -> CompiledStatement[ReviewRow]:
    """Return the statement for one review, with parameters for the course, actor and review."""
    visible = or_(*_parts_of_course(guest=guest, moderates=moderates))
    return CompiledStatement(_rows(Review.id == bindparam("review_id"), visible))


def _parts_of_course(*, guest: bool, moderates: bool) -> list[ColumnElement[bool]]:
    """Return the conditions of `_visible_parts` for the reviews of a course.

    They have parameters for the course and the actor.
    """
    parts = _visible_parts(None if guest else bindparam("actor_id"), moderates=moderates)
    return [and_(Review.course_id == bindparam("course_id"), part) for part in parts]


def of_ids(db: Session, ids: Iterable[int]) -> dict[int, ReviewWithCourse]:
    """Return these reviews by id, for moderators: with the course's slug, title and status."""
    found = db.execute(_with_course(Review.id.in_(list(ids)), Review.deleted_at.is_(None)))
    return {row.id: row for row in found}


def public_of(db: Session, author_id: int, most: int) -> list[ReviewWithCourse]:
    """Return the author's newest reviews that everyone may view, `most` at most.

    Reviews of courses that are not published are left out. Only the last SOME reviews are sorted,
    which the index by author finds in the order of their ids.
    """
    public = and_(*_visible_parts(None, moderates=False), Course.status == "published")
    few = select(Review.id).join(Course, Course.id == Review.course_id)
    few = few.where(Review.author_id == author_id, public).order_by(Review.id.desc()).limit(SOME)
    last = few.subquery()
    rows = _with_course().join(last, last.c.id == Review.id)
    newest = rows.order_by(Review.created_at.desc(), Review.id.desc())
    return list(db.execute(newest.limit(most)))


def _with_course(*conditions: ColumnElement[bool]) -> Rows:
    more = (
        Course.slug.label("course_slug"),
        Course.title.label("course_title"),
        Course.status.label("course_status"),
    )
    return _rows(*conditions, more=more).join(Course, Course.id == Review.course_id)


def courses_of(db: Session, actor: Actor, ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of the courses of these reviews, by review id, if the actor may view them.

    Deleted reviews are included.
    """
    rows = select(Review.id, Course.title).join(Course, Course.id == Review.course_id)
    found = db.execute(rows.where(Review.id.in_(list(ids)), visible_to(actor)))
    return {row.id: row.title for row in found}


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
    statements = _statements(query, guest=actor.id is None, moderates=actor.moderates)
    values: dict[str, SqlValue] = {"course_id": course.id, "actor_id": actor.id}
    found = statements.page.rows(db.connection(), **values)
    return cut(found, ORDERS[query.sort], query, _total(db, statements, course, values))


class _Statements(NamedTuple):
    """The statement for a page of reviews, and the SELECT of the ids to be counted, if any.

    If `counter` is not None, it is the column of the course that counts the published reviews.
    """

    page: CompiledStatement[ReviewRow]
    counted: Rows | None
    counter: str | None


@lru_cache(maxsize=64)
def _statements(query: ReviewsQuery, *, guest: bool, moderates: bool) -> _Statements:
    """Return the statements for a query, with parameters for the course and the actor.

    They are cached, because most requests use the same few queries.
    """
    wanted = [true() if query.stars is None else Review.rating == query.stars]
    words = _words(query.q)
    wanted += [word.within(func.coalesce(Review.terms, "")) for word in words]
    if query.q and not words:
        # A text without words, such as "!?", finds nothing.
        wanted.append(false())
    visible = _parts_of_course(guest=guest, moderates=moderates)
    parts = [and_(part, *wanted) for part in visible]
    keys, page = page_first(ORDERS[query.sort], query, parts)
    rows = _ROWS.join(page, keys.id == Review.id)
    counter = "rating_count" if query.stars is None else f"rating_{query.stars}"
    counted = parts if query.q else parts[1:]
    return _Statements(
        CompiledStatement(page_of(rows, keys, query)),
        ids_of(Review.id, counted) if counted else None,
        None if query.q else counter,
    )


def _words(text: str) -> list[Term]:
    """Return the first words of a search, as prefixes, with up to MOST_PATTERNS patterns in all.

    Each review of the course is compared with all of the patterns.
    """
    words, patterns = [], 0
    for word in parse(text).wider().terms:
        patterns += len(word.all_texts())
        if patterns > MOST_PATTERNS:
            break
        words.append(word)
    return words


def _total(
    db: Session, statements: _Statements, course: ListedCourse, values: dict[str, SqlValue]
) -> Total:
    """Return the number of reviews: as far as possible, by the course's counters."""
    published = getattr(course, statements.counter) if statements.counter else 0
    if statements.counted is None:
        return Total(published)
    rest = count_up_to(db, statements.counted.params(values))
    return Total(published + rest.number, rest.exact)


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
