from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from courseshop.errors import Conflict
from courseshop.i18n import _
from courseshop.models import Category
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.schemas import PageQuery
    from courseshop.schemas.category import CategoryDraft

COLUMNS = (Category.id, Category.slug, Category.title, Category.position, Category.stamp)
BY_POSITION = Keyset(Category.position, Category.id, "position", is_moment=False, ascending=True)


def find(db: Session, slug: str) -> Any | None:
    return db.execute(select(*COLUMNS).where(Category.slug == slug)).one_or_none()


def find_by_title(db: Session, title: str) -> Any | None:
    """Return the first category with this title; titles need not be unique."""
    rows = select(*COLUMNS).where(Category.title == title).order_by(Category.position, Category.id)
    return db.execute(rows.limit(1)).one_or_none()


def listing(db: Session, query: PageQuery) -> Slice:
    return paginate(db, select(*COLUMNS), BY_POSITION, query)


def choices(db: Session) -> list[Any]:
    """Return all categories in their order, for a form to choose from; at most 1,000."""
    rows = select(*COLUMNS).order_by(Category.position, Category.id)
    return list(db.execute(rows.limit(1_000)))


def add(db: Session, draft: CategoryDraft) -> Any:
    """Return the new category's row, placed last. Raises Conflict when the slug is taken."""
    last = db.scalar(select(func.max(Category.position))) or 0
    values = {"slug": draft.slug, "title": draft.title, "position": last + 1}
    refusal = Conflict("slug", "taken", _("A category has this slug already."))
    rival = select(Category.id).where(Category.slug == draft.slug)
    with unless_taken(db, rival, refusal):
        db.execute(insert(Category).values(values))
    return find(db, draft.slug)


def rename(db: Session, row: Any, title: str) -> bool:
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
