from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import LongText

# PostgreSQL uses the key for what begins with some letters only where it sorts by code.
Term = String(84).with_variant(String(84, collation="C"), "postgresql")


class CourseText(Base):
    """What is searched of a course, as terms: see `courseshop.services.search.words`.

    The migration puts a full-text index on the four fields, which the database itself keeps right.
    """

    __tablename__ = "course_text"

    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title: Mapped[str] = mapped_column(LongText)
    people: Mapped[str] = mapped_column(LongText)
    tags: Mapped[str] = mapped_column(LongText)
    body: Mapped[str] = mapped_column(LongText)


class SearchWord(Base):
    """A word of some course, past ones too, as it was written where it was first seen.

    Rows are only added, so that two who edit courses never wait for each other's counting.
    """

    __tablename__ = "search_word"

    term: Mapped[str] = mapped_column(Term, primary_key=True)
    word: Mapped[str] = mapped_column(String(84))
