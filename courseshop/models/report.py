from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now


class Report(Base):
    """A user's report of a review, at most one per user; `outcome` is the moderators' decision."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("reason IN ('spam', 'offensive', 'off_topic', 'false', 'other')", "reason"),
        CheckConstraint("outcome IN ('approve', 'hide', 'dismiss')", "outcome"),
        UniqueConstraint("review_id", "user_id"),
        Index(None, "review_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    outcome: Mapped[str | None] = mapped_column(String(20))
