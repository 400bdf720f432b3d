from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base


class InstructorCount(Base):
    """The totals of an instructor's published courses; `students` counts enrolments.

    They are stored, because an instructor may teach thousands of courses. A user without a row
    teaches none.
    """

    __tablename__ = "instructor_count"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    courses: Mapped[int] = mapped_column(default=0)
    students: Mapped[int] = mapped_column(default=0)
    rating_count: Mapped[int] = mapped_column(default=0)
    rating_sum: Mapped[int] = mapped_column(default=0)
