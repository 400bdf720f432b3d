from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from benchmarks.peers.sql.models import Course, RelatedCourse, Reply, Review
from benchmarks.peers.wording import NETWORKS, reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

MOST_RELATED = 6


def find_course(session: Session, slug: str) -> Course | None:
    """Return a published course with all that its page shows of other tables: three queries."""
    related = selectinload(Course.related).joinedload(RelatedCourse.course)
    return session.scalars(
        select(Course)
        .where(Course.slug == slug, Course.status == "published")
        .options(
            joinedload(Course.category),
            selectinload(Course.instructors),
            related.joinedload(Course.category),
        )
    ).one_or_none()


def newest_reviews(session: Session, course: Course) -> Sequence[Review]:
    """Return the ten newest reviews, and one more where there are more."""
    return session.scalars(
        select(Review)
        .where(Review.course_id == course.id, Review.status == "published")
        .where(Review.deleted_at.is_(None))
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(11)
        .options(joinedload(Review.author), joinedload(Review.reply).joinedload(Reply.author))
    ).all()


def related_of(course: Course) -> list[tuple[Course, list[str]]]:
    """Return the courses that go with this one, each with the reasons."""
    found = []
    for one in course.related:
        same = one.course.category_id == course.category_id
        why = reasons(course.tags, one.course.tags, wished=one.wished, same_category=same)
        if why and one.course.status == "published":
            found.append((one.course, why))
    return found[:MOST_RELATED]


def page_of(session: Session, course: Course) -> dict[str, Any]:
    """Return what the template of a course needs."""
    reviews = newest_reviews(session, course)
    return {
        "course": course,
        "related": related_of(course),
        "reviews": reviews[:10],
        "more": len(reviews) > 10,
        "networks": NETWORKS,
    }
