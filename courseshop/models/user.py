from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a hurried reader takes for one another, of the characters that a username may have.
LOOKALIKES = str.maketrans({"0": "o", "1": "l", "_": "-", ".": "-"})


def confusable_form(username: str) -> str:
    """Return what a username looks like: two that look the same cannot both be had.

    After the skeletons of Unicode Technical Standard 39, section 4, for the few characters of a
    username: `ann.lee` looks like `ann_lee`, `bi11` like `bill`, `carnen` like `camen`.
    """
    return username.translate(LOOKALIKES).replace("rn", "m").replace("vv", "w")


class Insertion(Protocol):
    """What SQLAlchemy tells a default of the row that is inserted; its own class has no types."""

    def get_current_parameters(self) -> Mapping[str, str]: ...


def _look_of_the_row(context: Insertion) -> str:
    return confusable_form(context.get_current_parameters()["username"])


class User(Base):
    """An account. `stamp` moves when what a page shows of it changes.

    `email` is confirmed and belongs to one account; `pending_email` is only claimed, perhaps by
    several. Both are in lower case. Without `password_hash` nobody can log in.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ('student', 'instructor', 'moderator', 'admin')", "role"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    username_look: Mapped[str] = mapped_column(String(40), unique=True, default=_look_of_the_row)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    pending_email: Mapped[str | None] = mapped_column(String(254), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), default="student")
    stamp: Mapped[int] = mapped_column(default=first_stamp)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
