from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now

if TYPE_CHECKING:
    from collections.abc import Mapping

# Characters that a hurried reader confuses, among those that a username may contain.
LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "_": "-", ".": "-"})


def confusable_form(username: str) -> str:
    """Return the confusable form of a username, which no two accounts may share.

    It follows the skeletons of Unicode Technical Standard 39, section 4, for the few characters
    allowed in a username: `ann.lee` looks like `ann_lee`, `al1ce` like `alice`, `carnen` like
    `camen`. In many fonts `1`, `l` and the capital of `i` are the same stroke.
    """
    return username.translate(LOOKALIKES).replace("rn", "m").replace("vv", "w")


class Insertion(Protocol):
    """The context that SQLAlchemy passes to a column default; its own class is untyped."""

    def get_current_parameters(self) -> Mapping[str, str]: ...


def _confusable_form_of(context: Insertion) -> str:
    return confusable_form(context.get_current_parameters()["username"])


class User(Base):
    """A user account. `stamp` changes with anything that pages show of the account.

    `email` is confirmed and unique. `pending_email` is claimed but not confirmed, and several
    accounts may claim the same address. Both are lowercase. Nobody can log in to an account
    that has no `password_hash`.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ('student', 'instructor', 'moderator', 'admin')", "role"),
        Index(None, "role", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    username_look: Mapped[str] = mapped_column(String(40), unique=True, default=_confusable_form_of)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    pending_email: Mapped[str | None] = mapped_column(String(254), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), default="student")
    stamp: Mapped[int] = mapped_column(default=first_stamp)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
