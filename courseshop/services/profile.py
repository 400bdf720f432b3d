"""Accounts as their public profiles show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from courseshop.models import InstructorCount, User
from courseshop.services import people
from courseshop.services.instructor_count import TOTALS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import ProfileRow


def find(db: Session, username: str) -> ProfileRow | None:
    """Return an account with the totals of the published courses that the user teaches."""
    rows = select(*people.COLUMNS, *TOTALS).where(User.username == username)
    joined = rows.outerjoin(InstructorCount, InstructorCount.user_id == User.id)
    return db.execute(joined).one_or_none()
