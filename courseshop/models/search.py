from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import LongText

# PostgreSQL uses the primary key's index for prefix searches only with the collation C.
Term = String(84).with_variant(String(84, collation="C"), "postgresql")


class CourseText(Base):
    """The searchable text of a course, as terms (see `courseshop.services.search.words`).

    The migration creates a full-text index on the four fields; the database keeps it up to date.
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
    """A word from current or former texts of courses, spelled as it first occurred.

    Rows are only added and hold no counts, so concurrent edits of courses never block each other.
    """

    __tablename__ = "search_word"

    term: Mapped[str] = mapped_column(Term, primary_key=True)
    word: Mapped[str] = mapped_column(String(84))
