from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import JsonValue
from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id, LongText, Money, UtcDateTime
from courseshop.domain.clock import now

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from courseshop.schemas.course import SectionOut

course_instructor = Table(
    "course_instructor",
    Base.metadata,
    Column("course_id", ForeignKey("course.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False, default=0),
    Index(None, "user_id"),
)


LOOKED_UP = ("category_id", "level", "language")
FILTERED = (*LOOKED_UP, "price", "duration_minutes", "rating_count", "rating_sum")


def in_lists_of(name: str) -> list[str]:
    """Return the columns of the index for lists filtered by one value of the column `name`."""
    return [name, "status", "listed_at", "id", *(other for other in FILTERED if other != name)]


class Outline(TypeDecorator["list[SectionOut]"]):
    """An outline as JSON. Lessons stored by an earlier release have no id: it is read as None."""

    impl = JSON
    cache_ok = True

    def process_result_value(
        self,
        value: list[SectionOut] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> list[SectionOut] | None:
        for section in value or ():
            for lesson in section["lessons"]:
                lesson.setdefault("id", None)
        return value


class Course(Base):
    """A course, with the counters of its students and reviews.

    `version` and `updated_at` change only with edits; `stamp` changes in every transaction that
    changes what a page shows. `listed_at` sorts the catalog: it is the time of publication or,
    before that, of creation or submission. `outline` is a list of sections, each
    `{"title", "lessons": [{"id", "title", "minutes"}]}`. `score` sorts by rating, in thousandths of
    a star. `sort_title` sorts by title: it is the case-folded title without accents.
    """

    __tablename__ = "course"
    __table_args__ = (
        CheckConstraint("level IN ('all', 'beginner', 'intermediate', 'advanced')", "level"),
        CheckConstraint("status IN ('draft', 'submitted', 'published', 'archived')", "status"),
        CheckConstraint("price >= 0", "price"),
        CheckConstraint(
            "rating_count = rating_1 + rating_2 + rating_3 + rating_4 + rating_5", "rating"
        ),
        # Covering index in list order: filtering and counting read no rows.
        Index("ix_course_lists", "status", "listed_at", "id", *FILTERED),
        # The same for lists filtered by one of these columns. That column comes first: if "status"
        # did, planners would use the index above.
        *(Index(f"ix_course_lists_{name}", *in_lists_of(name)) for name in LOOKED_UP),
        Index(None, "listed_at", "id"),
        Index(None, "category_id", "listed_at", "id"),
        Index(None, "status", "score", "id"),
        Index(None, "status", "enrolled_count", "id"),
        Index(None, "status", "price", "id"),
        Index(None, "status", "sort_title", "id"),
        Index(None, "language", "listed_at", "id"),
        # Covering index for the sitemap, which would otherwise read rows with long texts.
        Index(None, "status", "id", "slug", "updated_at", "version"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    sort_title: Mapped[str] = mapped_column(String(200), default="")
    subtitle: Mapped[str] = mapped_column(String(150), default="", server_default="")
    summary: Mapped[str] = mapped_column(String(500), default="")
    about_markdown: Mapped[str] = mapped_column(LongText, default="")
    about_html: Mapped[str] = mapped_column(LongText, default="")
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    level: Mapped[str] = mapped_column(String(20), default="all")
    language: Mapped[str] = mapped_column(String(20), default="en")
    duration_minutes: Mapped[int] = mapped_column(default=0)
    price: Mapped[Decimal] = mapped_column(Money, default=Decimal("0.00"))
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    outcomes: Mapped[list[str]] = mapped_column(JSON, default=list)
    requirements: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[list[str]] = mapped_column(JSON, default=list)
    outline: Mapped[list[dict[str, JsonValue]]] = mapped_column(Outline, default=list)
    status: Mapped[str] = mapped_column(String(20), default="draft")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    listed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)
    stamp: Mapped[int] = mapped_column(default=first_stamp)
    enrolled_count: Mapped[int] = mapped_column(default=0)
    rating_count: Mapped[int] = mapped_column(default=0)
    rating_sum: Mapped[int] = mapped_column(default=0)
    rating_1: Mapped[int] = mapped_column(default=0)
    rating_2: Mapped[int] = mapped_column(default=0)
    rating_3: Mapped[int] = mapped_column(default=0)
    rating_4: Mapped[int] = mapped_column(default=0)
    rating_5: Mapped[int] = mapped_column(default=0)
    hidden_count: Mapped[int] = mapped_column(default=0)
    score: Mapped[int] = mapped_column(default=3_500)


class CourseTag(Base):
    """A tag of a course, case-folded and without accents, for finding courses by tag."""

    __tablename__ = "course_tag"
    __table_args__ = (Index(None, "course_id"),)

    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), primary_key=True
    )


class CourseCount(Base):
    """The number of published courses with a filter value, such as the level "beginner".

    The numbers are stored because counting on each request would get slower as the shop grows.
    """

    __tablename__ = "course_count"
    __table_args__ = (Index(None, "kind", "courses"),)

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(40), primary_key=True)
    courses: Mapped[int] = mapped_column(default=0)


class CourseSlug(Base):
    """A current or former slug of a course; former slugs are kept so that old links still work.

    The primary key makes slugs unique among all current and former ones.
    """

    __tablename__ = "course_slug"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
