"""Users, for plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.services import user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import UserRow


def find(db: Session, name: int | str) -> UserRow | None:
    """Return the user with this id or username; None if there is none."""
    return user.find_by_id(db, name) if isinstance(name, int) else user.find(db, name)
