"""The tables by SQLAlchemy's ORM, for Flask and FastAPI: as its documentation declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Integer, String, Table, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from benchmarks.peers.page import Rated

if TYPE_CHECKING:
    from collections.abc import Sequence


class Base(DeclarativeBase):
    pass


def some(number: int, kind: Any) -> Any:
    """Return columns of a type."""
    return [mapped_column(kind) for _ in range(number)]


course_instructor = Table(
    "course_instructor",
    Base.metadata,
    Column("course_id", ForeignKey("course.id"), primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
    Column("position"),
)


class Category(Base):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug, title = some(2, String)


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username, name = some(2, String)

    totals: Mapped[InstructorCount] = relationship()


class InstructorCount(Rated, Base):
    """What an instructor's published courses add up to."""

    __tablename__ = "instructor_count"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    courses, students, rating_count, rating_sum = some(4, Integer)


class Course(Rated, Base):
    """`price` is in ten-thousandths."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    slug, title, subtitle, summary, level, language, status = some(7, String)
    about_markdown, about_html = some(2, String)
    price, duration_minutes, version, enrolled_count, rating_count, rating_sum = some(6, Integer)
    rating_1, rating_2, rating_3, rating_4, rating_5 = some(5, Integer)
    tags, outcomes, requirements, audience, outline = some(5, JSON)
    published_at, updated_at = some(2, DateTime)

    category: Mapped[Category] = relationship()
    instructors: Mapped[list[User]] = relationship(
        secondary=course_instructor, order_by=course_instructor.c.position
    )
    related: Mapped[list[RelatedCourse]] = relationship(
        foreign_keys="RelatedCourse.course_id", order_by="RelatedCourse.position"
    )


class RelatedCourse(Base):
    __tablename__ = "related_course"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    related_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    position: Mapped[int]
    wished: Mapped[bool]

    other: Mapped[Course] = relationship(foreign_keys=related_id)


class Review(Base):
    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    rating, helpful_count = some(2, Integer)
    text_markdown, text_html, status = some(3, String)
    verified: Mapped[bool]
    created_at, deleted_at = some(2, DateTime)

    author: Mapped[User | None] = relationship()


def find_course(session: Session, slug: str) -> Course | None:
    """Return a published course with all that its page shows of other tables: three queries."""
    related = selectinload(Course.related).joinedload(RelatedCourse.other)
    known = select(Course).where(Course.slug == slug, Course.status == "published")
    instructors = selectinload(Course.instructors).joinedload(User.totals)
    more = (joinedload(Course.category), instructors)
    return session.scalars(known.options(*more, related.joinedload(Course.category))).one_or_none()


def newest_reviews(session: Session, course: Course) -> Sequence[Review]:
    """Return the ten newest reviews, and one more where there are more."""
    known = select(Review).where(Review.course_id == course.id, Review.status == "published")
    newest = known.where(Review.deleted_at.is_(None)).options(joinedload(Review.author))
    newest = newest.order_by(Review.created_at.desc(), Review.id.desc())
    return session.scalars(newest.limit(11)).all()
