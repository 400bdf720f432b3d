from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now

# 128 bits: whoever has the address of a shared list was given it.
KEY_BYTES = 16


def new_key() -> str:
    """Return 22 URL-safe characters that nobody guesses."""
    return secrets.token_urlsafe(KEY_BYTES)


class Wishlist(Base):
    """A named list of courses that somebody wishes for.

    `version` moves by edits of the list itself, `stamp` with its wishes too. `default_of` is the
    owner, for the one list that each account has from the start.
    """

    __tablename__ = "wishlist"
    __table_args__ = (
        CheckConstraint("visibility IN ('private', 'link', 'public')", "visibility"),
        Index(None, "owner_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(22), unique=True, default=new_key)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    default_of: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), unique=True
    )
    name: Mapped[str] = mapped_column(String(100), default="")
    visibility: Mapped[str] = mapped_column(String(20), default="private")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)
    stamp: Mapped[int] = mapped_column(default=first_stamp)
