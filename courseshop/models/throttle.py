from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import UtcDateTime


class Throttle(Base):
    """The number of attempts under a key in a time window that ends at `expires_at`."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
