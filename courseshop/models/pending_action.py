from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import Id, LongText, UtcDateTime
from courseshop.domain.clock import now


class PendingForm(Base):
    """A form that a guest submitted, stored until the guest logs in."""

    __tablename__ = "begun"
    __table_args__ = (Index(None, "address", "created_at"), Index(None, "created_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    path: Mapped[str] = mapped_column(String(1_000))
    body: Mapped[str] = mapped_column(LongText)
    address: Mapped[str] = mapped_column(String(45), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
