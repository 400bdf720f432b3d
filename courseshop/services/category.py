from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.models import Category
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

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


def listing(db: Session, query: PageQuery) -> Slice[CategoryRow]:
    return paginate(db, select(*COLUMNS), BY_POSITION, query)


def choices(db: Session) -> list[CategoryRow]:
    """Return all categories in their order, for a form to choose from; at most 1,000."""
    rows = select(*COLUMNS).order_by(Category.position, Category.id)
    return list(db.execute(rows.limit(1_000)))


class Tree:
    """All categories and how they hang together, at most 1,000 of them."""

    def __init__(self, rows: Iterable[CategoryRow]) -> None:
        self.rows = {row.id: row for row in rows}
        self._below: dict[int | None, list[CategoryRow]] = defaultdict(list)
        for row in self.rows.values():
            self._below[row.parent_id].append(row)

    def find(self, slug: str) -> CategoryRow | None:
        return next((row for row in self.rows.values() if row.slug == slug), None)

    def children(self, row: CategoryRow | None = None) -> list[CategoryRow]:
        """Return the categories right below one, None: those at the top."""
        return self._below[None if row is None else row.id]

    def ids(self, row: CategoryRow) -> tuple[int, ...]:
        """Return the ids of a category and of all below it."""
        return (row.id, *(found for child in self.children(row) for found in self.ids(child)))

    def trail(self, row: CategoryRow) -> list[CategoryRow]:
        """Return the categories that one stands in, the top first; itself not."""
        above = None if row.parent_id is None else self.rows.get(row.parent_id)
        return [*self.trail(above), above] if above else []

    def total(self, row: CategoryRow, counts: Mapping[str, int]) -> int:
        """Return how many courses stand in a category and all below it, by the counts of each."""
        return sum(counts.get(str(one), 0) for one in self.ids(row))


def tree(db: Session) -> Tree:
    return Tree(choices(db))


def move(db: Session, row: CategoryRow, parent: CategoryRow | None) -> None:
    """Put a category into another one, None: to the top. Raises Conflict for one below itself."""
    # Of two moves at once the second one sees the first, or they could make a circle.
    db.execute(select(Category.id).with_for_update()).all()
    if parent is not None and parent.id in tree(db).ids(row):
        message = _("A category can't be inside itself or one of its own subcategories.")
        raise Conflict("parent", "circle", message)
    values = {"parent_id": parent and parent.id, "stamp": Category.stamp + 1}
    db.execute(
        update(Category)
        .where(Category.id == row.id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def add(db: Session, draft: CategoryDraft, parent: CategoryRow | None = None) -> CategoryRow:
    """Return the new category's row, placed last. Raises Conflict when the slug is taken."""
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
    return db.execute(select(*COLUMNS).where(Category.slug == draft.slug)).one()


def rename(db: Session, row: CategoryRow, title: str) -> bool:
    """Give a category another title, and tell whether it is one; its courses show it at once."""
    if title == row.title:
        return False
    values = {"title": title, "stamp": Category.stamp + 1}
    db.execute(
        update(Category)
        .where(Category.id == row.id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return True
