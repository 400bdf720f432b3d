"""What search engines are told of: categories, published courses, and who gives such a course.

A part is a range of ids. So its address stays that of the same things however many are added, and
it is read by one walk along an index. Everybody is told what a guest may see.
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

# What one file may hold (https://www.sitemaps.org/protocol.html).
MOST = 50_000
# How many rows are held at once.
CHUNK = 1_000
# The part of what is no row.
PAGES = "pages"
# One inside the other: SQLite would begin a join of both with all published courses.
PUBLISHED = exists().where(Course.id == course_instructor.c.course_id, visible_to(GUEST))
TEACHES = exists().where(course_instructor.c.user_id == User.id, PUBLISHED)


class Part(NamedTuple):
    """A part of the sitemap: the rows of a kind, by the number of their range of ids."""

    kind: str
    number: int

    @property
    def name(self) -> str:
        """Return what the part is called in its address."""
        return f"{self.kind}-{self.number}.xml"

    @property
    def ids(self) -> tuple[int, int]:
        """Return the last id before the part, and the last one in it."""
        return (self.number - 1) * MOST, self.number * MOST


def rows_of(kind: str) -> Rows:
    """Return id and name of all rows of a kind, and when each was edited, where that is known."""
    if kind == "categories":
        return select(Category.id, Category.slug.label("name"), null().label("edited"))
    if kind == "courses":
        courses = select(Course.id, Course.slug.label("name"), Course.updated_at.label("edited"))
        return courses.where(visible_to(GUEST))
    people = select(User.id, User.username.label("name"), null().label("edited"))
    return people.where(TEACHES)


def parts(db: Session) -> Iterator[Part]:
    """Yield the parts that hold something: for each one step along an index."""
    yield Part(PAGES, 1)
    for kind in ("categories", "courses", "people"):
        last = 0
        while (found := first_beyond(db, kind, last)) is not None:
            part = Part(kind, (found - 1) // MOST + 1)
            yield part
            last = part.ids[1]


def first_beyond(db: Session, kind: str, last: int) -> int | None:
    """Return the lowest id of a kind above `last`."""
    rows = rows_of(kind)
    row_id = rows.selected_columns.id
    beyond = rows.with_only_columns(row_id).where(row_id > last)
    found: int | None = db.scalar(beyond.order_by(row_id).limit(1))
    return found


def holds(db: Session, part: Part) -> bool:
    """Return whether there is something in a part: an empty file is no sitemap."""
    if part.kind == PAGES:
        return part.number == 1
    before, last = part.ids
    found = first_beyond(db, part.kind, before)
    return found is not None and found <= last


def state(db: Session, part: Part) -> tuple[Hashable, ...]:
    """Return what differs whenever the content of a part does, for a fraction of its cost.

    A course is edited where its slug or its status changes.
    """
    rows = within(part).subquery()
    facts = (func.count(), func.sum(rows.c.id), func.max(rows.c.edited))
    return tuple(db.execute(select(*facts).select_from(rows)).one())


def content(db: Session, part: Part) -> Iterable[SitemapRow]:
    """Return the rows of a part by their ids, at most `MOST`, as they come from the database."""
    rows = within(part)
    return db.execute(rows.order_by(rows.selected_columns.id).execution_options(yield_per=CHUNK))


def within(part: Part) -> Rows:
    before, last = part.ids
    rows = rows_of(part.kind)
    row_id = rows.selected_columns.id
    return rows.where(row_id > before, row_id <= last)
