"""Admins: the shop always keeps at least one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.models import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def keep_one(db: Session, *, besides: int) -> None:
    """Raise Conflict if no other account is an admin.

    Call it before an admin loses the role or the account. The other admins stay locked until the
    transaction ends, so that the last two admins cannot lose their roles at the same time.
    """
    others = list(db.scalars(select(User.id).where(User.role == "admin", User.id != besides)))
    locked = select(User.role).where(User.id.in_(others)).order_by(User.id)
    if "admin" not in set(db.scalars(locked.with_for_update(key_share=True))):
        message = _("This is the last admin. Make someone else an admin first.")
        raise Conflict("role", "last_admin", message)
