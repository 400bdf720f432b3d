"""The newest public courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.actor import GUEST
from courseshop.models import Course
from courseshop.services.catalogue import NEWEST
from courseshop.services.course import IN_LISTS, from_category, visible_to

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import NewCourse

MOST = 50


def newest(db: Session, categories: tuple[int, ...] | None = None) -> list[NewCourse]:
    """Return the newest 50 courses that guests may view, in these categories or in all."""
    rows = from_category(*IN_LISTS, Course.created_at).where(visible_to(GUEST))
    if categories is not None:
        rows = rows.where(Course.category_id.in_(categories))
    return list(db.execute(rows.order_by(*NEWEST.order(ascending=False)).limit(MOST)))
