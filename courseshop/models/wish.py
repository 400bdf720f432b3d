from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import LongText, UtcDateTime
from courseshop.domain.clock import now


class Wish(Base):
    """A course on a wishlist; `title` is shown when the course is no longer visible."""

    __tablename__ = "wish"
    __table_args__ = (Index(None, "course_id"),)

    wishlist_id: Mapped[int] = mapped_column(
        ForeignKey("wishlist.id", ondelete="CASCADE"), primary_key=True
    )
    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True
    )
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(1000), default="")
    # Null if there is no note, or if an earlier release has stored it.
    note_html: Mapped[str | None] = mapped_column(LongText)
    position: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=first_stamp)
