from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now

# 128 bits, so that nobody finds a shared list by guessing its URL.
KEY_BYTES = 16


def new_key() -> str:
    """Return a random key of 22 URL-safe characters."""
    return secrets.token_urlsafe(KEY_BYTES)


class Wishlist(Base):
    """A user's list of courses.

    `version` changes with edits of the list itself, `stamp` also with its wishes. Each account has
    a default list from the start, on which `default_of` is the owner's id; it is null on others.
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
