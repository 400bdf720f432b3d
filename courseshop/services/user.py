from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from courseshop.errors import Conflict
from courseshop.i18n import _
from courseshop.models import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.schemas.user import UserDraft

COLUMNS = (User.id, User.username, User.name, User.role, User.stamp)


def find(db: Session, username: str) -> Any | None:
    return db.execute(select(*COLUMNS).where(User.username == username)).one_or_none()


def add(db: Session, draft: UserDraft) -> Any:
    """Return the new person's row. Raises Conflict when the username is taken."""
    try:
        with db.begin_nested():
            db.execute(insert(User).values(draft.model_dump()))
    except IntegrityError:
        raise Conflict("username", "taken", _("Somebody has this username already.")) from None
    return find(db, draft.username)
