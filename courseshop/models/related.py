from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base


class RelatedCourse(Base):
    """A related course, as computed by `courseshop relate`; `position` 0 is the best match.

    `wished` means that the same people wish for both courses; it identifies no one. The other
    reasons, category and tags, are read from the courses themselves, so they are always current.
    """

    __tablename__ = "related_course"

    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True
    )
    related_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
    wished: Mapped[bool]
