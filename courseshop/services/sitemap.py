"""The sitemap for search engines: categories, published courses, and their instructors.

A part (one file) covers a range of ids. So an entry never moves to another part, and reading a part
is one index range scan. The sitemap lists what guests may view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, func, null, select

from courseshop.domain.actor import GUEST
from courseshop.models import Category, Course, User, course_instructor
from courseshop.services.course import visible_to

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.models.rows import SitemapRow

# The limit of URLs per file (https://www.sitemaps.org/protocol.html).
MOST = 50_000
# How many rows are in memory at once.
CHUNK = 1_000
# The part for pages that have no row in the database.
PAGES = "pages"
# Nested EXISTS, because SQLite would start a join with all published courses.
PUBLISHED = exists().where(Course.id == course_instructor.c.course_id, visible_to(GUEST))
TEACHES = exists().where(course_instructor.c.user_id == User.id, PUBLISHED)


class Part(NamedTuple):
    """A part of the sitemap: a kind of rows, and the number (from 1) of a range of their ids."""

    kind: str
    number: int

    @property
    def name(self) -> str:
        """Return the file name in the part's URL."""
        return f"{self.kind}-{self.number}.xml"

    @property
    def ids(self) -> tuple[int, int]:
        """Return the last id before the part and the last id in it."""
        return (self.number - 1) * MOST, self.number * MOST


def rows_of(kind: str) -> Rows:
    """Return the select of all rows of a kind: id, name (for the URL) and time of the last edit.

    The time is null except for courses.
    """
    if kind == "categories":
        return select(Category.id, Category.slug.label("name"), null().label("edited"))
    if kind == "courses":
        courses = select(Course.id, Course.slug.label("name"), Course.updated_at.label("edited"))
        return courses.where(visible_to(GUEST))
    people = select(User.id, User.username.label("name"), null().label("edited"))
    return people.where(TEACHES)


def parts(db: Session) -> Iterator[Part]:
    """Yield the parts that are not empty; finding each takes one index lookup."""
    yield Part(PAGES, 1)
    for kind in ("categories", "courses", "people"):
        last = 0
        while (found := first_beyond(db, kind, last)) is not None:
            part = Part(kind, (found - 1) // MOST + 1)
            yield part
            last = part.ids[1]


def first_beyond(db: Session, kind: str, last: int) -> int | None:
    """Return the lowest id of a kind above `last`; None if there is none."""
    rows = rows_of(kind)
    row_id = rows.selected_columns.id
    beyond = rows.with_only_columns(row_id).where(row_id > last)
    found: int | None = db.scalar(beyond.order_by(row_id).limit(1))
    return found


def holds(db: Session, part: Part) -> bool:
    """Return whether a part has entries; an empty file is not a valid sitemap."""
    if part.kind == PAGES:
        return part.number == 1
    before, last = part.ids
    found = first_beyond(db, part.kind, before)
    return found is not None and found <= last


def state(db: Session, part: Part) -> tuple[Hashable, ...]:
    """Return a cheap fingerprint of a part, which changes whenever its content does.

    Changes of a course's slug or status are edits, so they change `edited`, too.
    """
    rows = within(part).subquery()
    facts = (func.count(), func.sum(rows.c.id), func.max(rows.c.edited))
    return tuple(db.execute(select(*facts).select_from(rows)).one())


def content(db: Session, part: Part) -> Iterable[SitemapRow]:
    """Return the rows of a part, `MOST` at most, ordered by id and streamed from the database."""
    rows = within(part)
    return db.execute(rows.order_by(rows.selected_columns.id).execution_options(yield_per=CHUNK))


def within(part: Part) -> Rows:
    before, last = part.ids
    rows = rows_of(part.kind)
    row_id = rows.selected_columns.id
    return rows.where(row_id > before, row_id <= last)
