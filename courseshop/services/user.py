from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from courseshop.errors import Conflict
from courseshop.i18n import _
from courseshop.models import User
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.schemas.user import UserDraft

COLUMNS = (User.id, User.username, User.name, User.role, User.stamp)


def find(db: Session, username: str) -> Any | None:
    return db.execute(select(*COLUMNS).where(User.username == username)).one_or_none()


def add(db: Session, draft: UserDraft) -> Any:
    """Return the new person's row. Raises Conflict when the username is taken."""
    refusal = Conflict("username", "taken", _("Somebody has this username already."))
    rival = select(User.id).where(User.username == draft.username)
    with unless_taken(db, rival, refusal):
        db.execute(insert(User).values(draft.model_dump()))
    return find(db, draft.username)
