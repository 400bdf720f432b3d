"""Related courses: the queries of `courseshop relate` and of the pages that show its results."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, text

from courseshop.database.compiled import CompiledStatement
from courseshop.models import Category, Course, RelatedCourse, Wish, Wishlist
from courseshop.services.course import RATED, from_category
from courseshop.services.similarity import Facts, Found, Similarity, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from courseshop.models.rows import RelatedRow

ROWS_AT_ONCE = 5_000
# The columns that another course's page shows, and the stamps that its cache key needs.
SHOWN = (
    Course.id,
    Course.stamp,
    Category.stamp.label("category_stamp"),
    Course.slug,
    Course.title,
    Course.level,
    Course.language,
    Course.duration_minutes,
    Course.price,
    *RATED,
    Course.tags,
    Category.slug.label("category_slug"),
    Category.title.label("category_title"),
    RelatedCourse.wished,
)
OF_COURSE: CompiledStatement[RelatedRow] = CompiledStatement(
    from_category(*SHOWN)
    .join(RelatedCourse, RelatedCourse.related_id == Course.id)
    .where(RelatedCourse.course_id == bindparam("course_id"), Course.status == "published")
    .order_by(RelatedCourse.position)
)


def of_course(connection: Connection, course_id: int) -> list[RelatedRow]:
    """Return the published courses related to a course, best match first, in one query.

    The rows have the columns of `SHOWN`.
    """
    return OF_COURSE.rows(connection, course_id=course_id)


def likeness(db: Session) -> Similarity:
    """Return the similarity of all published courses, based on all wishes."""
    return Similarity(_facts(db), _wishes(db))


def _facts(db: Session) -> Iterator[Facts]:
    columns = (Course.id, Course.category_id, Course.tags, Course.enrolled_count, Course.rating_sum)
    rows = select(*columns).where(Course.status == "published").order_by(Course.id)
    for row in db.execute(rows.execution_options(yield_per=ROWS_AT_ONCE)):
        popularity = (row.enrolled_count, row.rating_sum)
        yield Facts(row.id, row.category_id, folded(row.tags), popularity)


def _wishes(db: Session) -> Iterator[tuple[int, int]]:
    """Yield pairs of user id and course id without duplicates, each user's newest wish first."""
    rows = (
        select(Wishlist.owner_id, Wish.course_id)
        .join(Wishlist, Wishlist.id == Wish.wishlist_id)
        .order_by(Wishlist.owner_id, Wish.added_at.desc(), Wish.course_id)
    )
    owner, seen = None, set[int]()
    for row in db.execute(rows.execution_options(yield_per=ROWS_AT_ONCE)):
        if row.owner_id != owner:
            owner, seen = row.owner_id, set()
        if row.course_id not in seen:
            seen.add(row.course_id)
            yield row.owner_id, row.course_id


def with_some(db: Session) -> set[int]:
    """Return the ids of the courses that have stored related courses."""
    return set(db.scalars(select(RelatedCourse.course_id).distinct()))


def changed(db: Session, found: Mapping[int, list[Found]]) -> dict[int, list[Found]]:
    """Return the entries of `found`, by course id, that differ from the stored ones."""
    columns = (RelatedCourse.course_id, RelatedCourse.related_id, RelatedCourse.wished)
    rows = select(*columns).where(RelatedCourse.course_id.in_(found))
    known = defaultdict(list)
    for row in db.execute(rows.order_by(RelatedCourse.course_id, RelatedCourse.position)):
        known[row.course_id].append(Found(row.related_id, row.wished))
    return {course_id: some for course_id, some in found.items() if some != known[course_id]}


def store(db: Session, found: Mapping[int, list[Found]]) -> None:
    """Replace the stored related courses of these courses."""
    _hold(db, found)
    db.execute(delete(RelatedCourse).where(RelatedCourse.course_id.in_(found)))
    rows = [
        {"course_id": course_id, "related_id": other.id, "position": n, "wished": other.wished}
        for course_id, some in found.items()
        for n, other in enumerate(some)
    ]
    if rows:
        db.execute(insert(RelatedCourse), rows)


def analyze(db: Session) -> None:
    """Update PostgreSQL's statistics at once; it would do so by itself within a minute.

    Without this, it expected thousands of related courses for each, and took 4.5 ms instead of 0.3.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("ANALYZE related_course"))


def _hold(db: Session, course_ids: Iterable[int]) -> None:
    """Lock the courses until the transaction ends, so that a second run waits for this one.

    It locks FOR NO KEY UPDATE on PostgreSQL, which does not block inserts of reviews and wishes.
    """
    rows = select(Course.id).where(Course.id.in_(course_ids)).order_by(Course.id)
    db.execute(rows.with_for_update(key_share=True))
