from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import Id, Money, UtcDateTime
from courseshop.domain.clock import now


class PriceChange(Base):
    """A price change of a course, shown to users who have the course on a wishlist."""

    __tablename__ = "price_change"
    __table_args__ = (Index(None, "course_id", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    old: Mapped[Decimal] = mapped_column(Money)
    new: Mapped[Decimal] = mapped_column(Money)
