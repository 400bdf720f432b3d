from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from courseshop.domain.errors import Conflict
from courseshop.domain.events import CategoryChanged, CategoryCreated, publish
from courseshop.domain.i18n import _
from courseshop.models import Category
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue
    from courseshop.models.rows import CategoryRow
    from courseshop.schemas.base import PageQuery
    from courseshop.schemas.category import CategoryDraft

COLUMNS = (
    Category.id,
    Category.slug,
    Category.parent_id,
    Category.title,
    Category.position,
    Category.stamp,
)
BY_POSITION = Keyset(Category.position, Category.id, "position", is_moment=False, ascending=True)


def find(db: Session, slug: str) -> CategoryRow | None:
    return db.execute(select(*COLUMNS).where(Category.slug == slug)).one_or_none()


def find_by_title(db: Session, title: str) -> CategoryRow | None:
    """Return the first category with this title; titles need not be unique."""
    rows = select(*COLUMNS).where(Category.title == title).order_by(Category.position, Category.id)
    return db.execute(rows.limit(1)).one_or_none()


def id_of(db: Session, slug: str) -> int:
    """Return the id of a category. Raises Conflict if it does not exist."""
    found = db.scalar(select(Category.id).where(Category.slug == slug))
    if found is None:
        raise Conflict("category", "unknown", _("This category doesn't exist."))
    return found


def listing(db: Session, query: PageQuery) -> Slice[CategoryRow]:
    return paginate(db, select(*COLUMNS), BY_POSITION, query)


def choices(db: Session) -> list[CategoryRow]:
    """Return the first 1,000 categories by position, as options of a form."""
    rows = select(*COLUMNS).order_by(Category.position, Category.id)
    return list(db.execute(rows.limit(1_000)))


class Tree:
    """The tree of categories, 1,000 at most."""

    def __init__(self, rows: Iterable[CategoryRow]) -> None:
        self.rows = {row.id: row for row in rows}
        self._below: dict[int | None, list[CategoryRow]] = defaultdict(list)
        for row in self.rows.values():
            self._below[row.parent_id].append(row)

    def find(self, slug: str) -> CategoryRow | None:
        return next((row for row in self.rows.values() if row.slug == slug), None)

    def children(self, row: CategoryRow | None = None) -> list[CategoryRow]:
        """Return the direct subcategories of a category; for None, the top-level categories."""
        return self._below[None if row is None else row.id]

    def ids(self, row: CategoryRow) -> tuple[int, ...]:
        """Return the ids of a category and of all its subcategories, at any depth."""
        return (row.id, *(found for child in self.children(row) for found in self.ids(child)))

    def trail(self, row: CategoryRow) -> list[CategoryRow]:
        """Return the ancestors of a category, from the top."""
        above = None if row.parent_id is None else self.rows.get(row.parent_id)
        return [*self.trail(above), above] if above else []

    def opened(
        self, path: Collection[int], parent: CategoryRow | None = None
    ) -> Iterator[CategoryRow]:
        """Yield the subcategories of `parent`; one that is in `path` is followed by its own."""
        for row in self.children(parent):
            yield row
            if row.id in path:
                yield from self.opened(path, row)

    def total(self, row: CategoryRow, counts: Mapping[str, int]) -> int:
        """Return the number of courses in a category and its subcategories.

        `counts` has the number of courses directly in each category, by its id as text.
        """
        return sum(counts.get(str(one), 0) for one in self.ids(row))


def tree(db: Session) -> Tree:
    return Tree(choices(db))


def move(db: Session, row: CategoryRow, parent: CategoryRow | None) -> None:
    """Move a category into `parent`, or to the top for None.

    Raises Conflict if `parent` is the category itself or below it.
    """
    # Locks all rows, so that two concurrent moves cannot create a cycle.
    db.execute(select(Category.id).with_for_update()).all()
    if parent is not None and parent.id in tree(db).ids(row):
        message = _("A category can't be inside itself or one of its own subcategories.")
        raise Conflict("parent", "circle", message)
    above = parent.id if parent else None
    if above != row.parent_id:
        _change(db, row, parent_id=above)
        publish(db, CategoryChanged(row.id, ("parent",)))


def _change(db: Session, row: CategoryRow, **values: SqlValue) -> None:
    """Update columns of a category. The new stamp invalidates the cached pages of its courses."""
    db.execute(
        update(Category)
        .where(Category.id == row.id)
        .values({**values, "stamp": Category.stamp + 1})
        .execution_options(synchronize_session=False)
    )


def add(db: Session, draft: CategoryDraft, parent: CategoryRow | None = None) -> CategoryRow:
    """Add a category in the last position and return its row.

    Raises Conflict if the slug is taken.
    """
    last = db.scalar(select(func.max(Category.position))) or 0
    values = {
        "slug": draft.slug,
        "title": draft.title,
        "position": last + 1,
        "parent_id": parent and parent.id,
    }
    refusal = Conflict("slug", "taken", _("A category with this slug already exists."))
    rival = select(Category.id).where(Category.slug == draft.slug)
    with unless_taken(db, rival, refusal):
        db.execute(insert(Category).values(values))
    row: CategoryRow = db.execute(select(*COLUMNS).where(Category.slug == draft.slug)).one()
    publish(db, CategoryCreated(row.id))
    return row


def rename(db: Session, row: CategoryRow, title: str) -> bool:
    """Rename a category and return whether the title changed."""
    if title == row.title:
        return False
    _change(db, row, title=title)
    publish(db, CategoryChanged(row.id, ("title",)))
    return True
