"""The newest public courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_

from courseshop.domain.actor import GUEST
from courseshop.models import Course
from courseshop.schemas.base import PageQuery
from courseshop.services.catalogue import NEWEST
from courseshop.services.course import IN_LISTS, from_category, visible_to
from courseshop.services.paging import page_first

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import NewCourse

MOST = 50
FIRST = PageQuery(limit=MOST)


def newest(db: Session, categories: tuple[int, ...] | None = None) -> list[NewCourse]:
    """Return the newest 50 courses that guests may view, in these categories or in all."""
    wanted = visible_to(GUEST)
    if categories is not None:
        wanted = and_(wanted, Course.category_id.in_(categories))
    keys, page = page_first(NEWEST, FIRST, [wanted])
    rows = from_category(*IN_LISTS, Course.created_at).join(page, keys.id == Course.id)
    return list(db.execute(rows.order_by(*keys.order(ascending=False)).limit(MOST)))
