from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base


class RelatedCourse(Base):
    """A course that goes with another, as `courseshop relate` found; `position` 0 fits best.

    `wished` says that the same people wish for both, and of no one who. The other reasons, category
    and tags, are read from the courses themselves, so that they are true whenever they are shown.
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
