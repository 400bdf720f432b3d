from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id, LongText, UtcDateTime
from courseshop.domain.clock import now


class Review(Base):
    """A student's review of a course; `author_id` is null if the author's account was deleted.

    A deleted review is not shown, but its author can restore it for an hour.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("course_id", "author_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", "rating"),
        CheckConstraint("status IN ('published', 'pending', 'hidden')", "status"),
        Index(None, "course_id", "status", "created_at", "id"),
        Index(None, "course_id", "status", "helpful_count", "id"),
        Index(None, "course_id", "status", "rating", "id"),
        # Lists of the reviews with a number of stars.
        Index(None, "course_id", "status", "rating", "created_at", "id"),
        Index(None, "course_id", "status", "rating", "helpful_count", "id"),
        Index(None, "author_id"),
        Index(None, "waiting_since", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL")
    )
    rating: Mapped[int]
    text_markdown: Mapped[str] = mapped_column(LongText, default="")
    text_html: Mapped[str] = mapped_column(LongText, default="")
    # The words of the text, as terms (see `courseshop.services.search.words`). Null for a review of
    # an earlier release that `init` has not yet indexed.
    terms: Mapped[str | None] = mapped_column(LongText)
    status: Mapped[str] = mapped_column(String(20), default="published")
    # When the review entered the moderation queue, because it was held or reported.
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(String(500), default="")
    verified: Mapped[bool] = mapped_column(default=False)
    helpful_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    version: Mapped[int] = mapped_column(default=1)
    stamp: Mapped[int] = mapped_column(default=first_stamp)


class ReviewVersion(Base):
    """A review's rating and text before an edit; `written_at` is when that text was written."""

    __tablename__ = "review_version"
    __table_args__ = (Index("ix_review_version_review_id", "review_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    rating: Mapped[int]
    text_markdown: Mapped[str] = mapped_column(LongText, default="")
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
