from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.db import Base, Id, UtcDateTime, now


class User(Base):
    """An account. `stamp` moves when what others see of it changes."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ('student', 'instructor', 'moderator', 'admin')", "role"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20), default="student")
    stamp: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
