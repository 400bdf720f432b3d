from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.db import Base, Id, LongText, UtcDateTime, now


class Review(Base):
    """What one student says of one course; the author is null once the account is gone."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("course_id", "author_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", "rating"),
        CheckConstraint("status IN ('published', 'pending', 'hidden')", "status"),
        Index(None, "course_id", "status", "created_at", "id"),
        Index(None, "author_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL")
    )
    rating: Mapped[int]
    text_markdown: Mapped[str] = mapped_column(LongText, default="")
    text_html: Mapped[str] = mapped_column(LongText, default="")
    status: Mapped[str] = mapped_column(String(20), default="published")
    verified: Mapped[bool] = mapped_column(default=False)
    helpful_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    stamp: Mapped[int] = mapped_column(default=1)
