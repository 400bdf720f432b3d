from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base


class ShareCount(Base):
    """How often a course was shared on a network, in total; not by whom or when."""

    __tablename__ = "share_count"

    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True
    )
    target: Mapped[str] = mapped_column(String(20), primary_key=True)
    shares: Mapped[int] = mapped_column(default=0)
