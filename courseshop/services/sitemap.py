"""The sitemap for search engines: categories, published courses, and their instructors.

A part (one file) covers a range of ids. So an entry never moves to another part, and reading a part
is one index range scan. The sitemap lists what guests may view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, func, literal, null, select

from courseshop.domain.actor import GUEST
from courseshop.models import Category, Course, User, course_instructor
from courseshop.services.course import visible_to

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from sqlalchemy import ScalarSelect
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows
    from courseshop.models.rows import SitemapRow

# The number of ids per part. The protocol allows 50,000 URLs (https://www.sitemaps.org), but
# rendering so many takes a second.
MOST = 1_000
# How many parts one query finds.
AT_ONCE = 500
# The part for pages that have no row in the database.
PAGES = "pages"
PUBLISHED = exists().where(Course.id == course_instructor.c.course_id, visible_to(GUEST))
# Nested EXISTS, because SQLite would start a join with all published courses.
TEACHES = exists().where(course_instructor.c.user_id == User.id, PUBLISHED)


class Kind(NamedTuple):
    """A kind of entries in the sitemap.

    `rows` is the select of all of them: id, name (for the URL) and time of the last edit, which is
    known only for courses. `ids` is the select of their ids, read from an index. `facts` are the
    aggregates that change whenever an entry changes or the set of entries does.
    """

    rows: Rows
    ids: Rows
    facts: tuple[Column, ...]


_COURSES = select(Course.id, Course.slug.label("name"), Course.updated_at.label("edited")).where(
    visible_to(GUEST)
)
_CATEGORIES = select(Category.id, Category.slug.label("name"), null().label("edited"))
_PEOPLE = select(User.id, User.username.label("name"), null().label("edited")).where(TEACHES)
KINDS = {
    "categories": Kind(_CATEGORIES, select(Category.id), (func.sum(Category.stamp),)),
    "courses": Kind(
        _COURSES,
        _COURSES.with_only_columns(Course.id),
        # Not the stamps, which change with every review. Edits of the slug or status change the
        # version.
        (func.sum(Course.id), func.sum(Course.version), func.max(Course.updated_at)),
    ),
    "people": Kind(
        _PEOPLE,
        select(course_instructor.c.user_id.label("id")).where(PUBLISHED),
        (func.sum(User.stamp),),
    ),
}


class Part(NamedTuple):
    """A part of the sitemap: a kind of rows, and the number (from 1) of a range of their ids.

    `state` is a cheap fingerprint, which changes whenever the content of the part does.
    """

    kind: str
    number: int
    state: tuple[Hashable, ...] = ()

    @property
    def name(self) -> str:
        """Return the file name in the part's URL."""
        return f"{self.kind}-{self.number}.xml"


def parts(db: Session) -> Iterator[Part]:
    """Yield the parts that are not empty: an index lookup for each, a query for every AT_ONCE."""
    yield Part(PAGES, 1)
    for kind in KINDS:
        found = first_ids(db, kind, 0)
        while found:
            numbers = [(row_id - 1) // MOST + 1 for row_id in found]
            yield from (Part(kind, number) for number in numbers)
            found = first_ids(db, kind, numbers[-1] * MOST) if len(found) == AT_ONCE else []


def first_ids(db: Session, kind: str, last: int) -> list[int]:
    """Return the lowest id of each of the next AT_ONCE non-empty parts after the id `last`."""
    walk = select(literal(1).label("step"), _next_id(kind, literal(last)).label("id")).cte(
        recursive=True
    )
    end_of_part = walk.c.id + (MOST - 1) - (walk.c.id - 1) % MOST
    steps = select(walk.c.step + 1, _next_id(kind, end_of_part))
    walk = walk.union_all(steps.where(walk.c.id.is_not(None), walk.c.step < AT_ONCE))
    return list(db.scalars(select(walk.c.id).where(walk.c.id.is_not(None)).order_by(walk.c.id)))


def _next_id(kind: str, last: Column) -> ScalarSelect[int]:
    ids = KINDS[kind].ids
    (row_id,) = ids.selected_columns
    return ids.where(row_id > last).order_by(row_id).limit(1).scalar_subquery()


def find(db: Session, kind: str, number: int) -> Part | None:
    """Return a part with its state; None if it has no entries, because no sitemap may be empty."""
    if kind == PAGES:
        return Part(kind, number) if number == 1 else None
    part = Part(kind, number)
    facts = _within(part).with_only_columns(func.count(), *KINDS[kind].facts)
    count, *state = db.execute(facts).one()
    return part._replace(state=(count, *state)) if count else None


def content(db: Session, part: Part) -> Iterable[SitemapRow]:
    """Return the rows of a part, `MOST` at most, ordered by id."""
    rows = _within(part)
    return db.execute(rows.order_by(rows.selected_columns.id))


def _within(part: Part) -> Rows:
    rows = KINDS[part.kind].rows
    row_id = rows.selected_columns.id
    return rows.where(row_id > (part.number - 1) * MOST, row_id <= part.number * MOST)
