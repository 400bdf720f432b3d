"""The tables by SQLAlchemy's ORM, for Flask and FastAPI: as its documentation declares them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, ForeignKey, Table, select
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
    type_annotation_map = {list[str]: JSON, list[dict[str, Any]]: JSON}  # noqa: RUF012 - as documented


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
    slug: Mapped[str]
    title: Mapped[str]


class User(Base):
    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]


class Course(Rated, Base):
    """`price` is in cents."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    about_markdown: Mapped[str]
    about_html: Mapped[str]
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    level: Mapped[str]
    language: Mapped[str]
    duration_minutes: Mapped[int]
    price: Mapped[int]
    tags: Mapped[list[str]]
    outcomes: Mapped[list[str]]
    requirements: Mapped[list[str]]
    audience: Mapped[list[str]]
    outline: Mapped[list[dict[str, Any]]]
    status: Mapped[str]
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    version: Mapped[int]
    enrolled_count: Mapped[int]
    rating_count: Mapped[int]
    rating_sum: Mapped[int]
    rating_1: Mapped[int]
    rating_2: Mapped[int]
    rating_3: Mapped[int]
    rating_4: Mapped[int]
    rating_5: Mapped[int]

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
    rating: Mapped[int]
    text_markdown: Mapped[str]
    text_html: Mapped[str]
    status: Mapped[str]
    verified: Mapped[bool]
    helpful_count: Mapped[int]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    author: Mapped[User | None] = relationship()


def find_course(session: Session, slug: str) -> Course | None:
    """Return a published course with all that its page shows of other tables: three queries."""
    related = selectinload(Course.related).joinedload(RelatedCourse.other)
    known = select(Course).where(Course.slug == slug, Course.status == "published")
    more = (joinedload(Course.category), selectinload(Course.instructors))
    return session.scalars(known.options(*more, related.joinedload(Course.category))).one_or_none()


def newest_reviews(session: Session, course: Course) -> Sequence[Review]:
    """Return the ten newest reviews, and one more where there are more."""
    known = select(Review).where(Review.course_id == course.id, Review.status == "published")
    newest = known.where(Review.deleted_at.is_(None)).options(joinedload(Review.author))
    newest = newest.order_by(Review.created_at.desc(), Review.id.desc())
    return session.scalars(newest.limit(11)).all()
