"""Activity of the people of the demo: enrolments, courses, wishes, and a reported review."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from courseshop.database.stale import ensure_present
from courseshop.demo import people
from courseshop.domain.actor import OPERATOR, Actor
from courseshop.domain.clock import now
from courseshop.models import Course, Enrolment, Review, User, course_instructor
from courseshop.schemas.report import ReportDraft
from courseshop.services import (
    course,
    instructor,
    instructor_count,
    report,
    review,
    user,
    wish,
    wishlist,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue

STUDENT, INSTRUCTOR = "demo-student", "demo-instructor"
TAUGHT = ("http-properly", "sketching-interfaces-on-paper")
ATTENDED = (
    "note-taking-that-survives-the-week", "sourdough-without-the-fuss",
    "statistics-youll-actually-use",
)  # fmt: skip
WISHED = {
    "modern-css-layout": "For the new website.",
    "everyday-italian-a-first-course": "Before the trip to Bologna.",
    "darkroom-days": "",
}
REPORTED = ("sourdough-without-the-fuss", "laura-benitez", "This is about a neighbor's coffee.")
LONGEST_WISHLIST = 10
# Most people review a course some days after they have enrolled.
BEFORE_REVIEW = timedelta(days=9)
# How many minutes people have had their accounts before they first enrol or publish a course.
BEFORE_FIRST_COURSE = range(1_440, 43_200)


def add_activity(db: Session, added: set[str]) -> None:
    """Let people use those courses, by slug, that the demo has just added."""
    enrol_all(db, added)
    if added:
        backdate_accounts(db)
    student = actor(db, STUDENT)
    for slug in added & set(TAUGHT):
        instructor.join(db, course_id(db, slug), actor(db, INSTRUCTOR).id or 0)
    for slug, note in WISHED.items():
        if slug in added:
            owned = ensure_present(wishlist.find_default(db, student.id or 0), "default")
            row = ensure_present(course.find(db, OPERATOR, slug), slug)
            wish.put(db, owned, row, wish.WishChange(note), LONGEST_WISHLIST)
    if REPORTED[0] in added:
        report_review(db, student)


def enrol_all(db: Session, added: set[str]) -> None:
    """Enrol reviewers before their reviews, other students, and the demo student."""
    ids = select(Course.id).where(Course.slug.in_(added))
    enrolled = [one for slug in sorted(added) for one in enrolments(db, slug)]
    if not enrolled:
        return
    db.execute(insert(Enrolment), enrolled)
    db.execute(update(Review).where(Review.course_id.in_(ids)).values(verified=True))
    students = select(func.count()).where(Enrolment.course_id == Course.id).scalar_subquery()
    counted = {"enrolled_count": students, "stamp": Course.stamp + 1}
    db.execute(update(Course).where(Course.slug.in_(added)).values(counted))
    for this in list(db.scalars(ids)):
        instructor_count.recount_course(db, this)


def enrolments(db: Session, slug: str) -> Iterator[dict[str, SqlValue]]:
    """Yield the enrolments in a course: its reviewers, and a third as many others.

    A course without reviews has no students, unless the demo student attends it.
    """
    this = course_id(db, slug)
    opened = ensure_present(db.scalar(select(Course.published_at).where(Course.id == this)), slug)
    reviews = select(Review.author_id, Review.created_at).where(Review.course_id == this)
    times = {author: max(opened, at - BEFORE_REVIEW) for author, at in db.execute(reviews)}
    students = User.username.in_(people()["students"])
    others = select(User.id).where(students, User.id.not_in(list(times)))
    # The same people each time, because the order of pages depends on them.
    chosen = Random(slug)  # noqa: S311 - no secret
    strangers = list(db.scalars(others.order_by(User.id)))
    some = chosen.sample(strangers, min(len(times) // 3, len(strangers)))
    times |= {one: chosen.choice(sorted(times.values())) for one in some}
    for user_id, at in times.items():
        yield {"course_id": this, "user_id": user_id, "created_at": at}
    if slug in ATTENDED:
        yield {"course_id": this, "user_id": actor(db, STUDENT).id, "created_at": now()}


def backdate_accounts(db: Session) -> None:
    """Set when the people's accounts were created: before they first enrolled or published."""
    first: dict[int, datetime] = {}
    enrolled = select(Enrolment.user_id, func.min(Enrolment.created_at))
    published = select(course_instructor.c.user_id, func.min(Course.published_at)).join(
        Course, Course.id == course_instructor.c.course_id
    )
    for rows in (
        enrolled.group_by(Enrolment.user_id),
        published.where(Course.published_at.is_not(None)).group_by(course_instructor.c.user_id),
    ):
        for user_id, at in db.execute(rows):
            first[user_id] = min(at, first.get(user_id, at))
    names = [name for group in people().values() for name in group]
    for user_id, name in db.execute(select(User.id, User.username).where(User.username.in_(names))):
        if user_id in first:
            earlier = Random(name).choice(BEFORE_FIRST_COURSE)  # noqa: S311 - no secret
            created = first[user_id] - timedelta(minutes=earlier)
            db.execute(update(User).where(User.id == user_id).values(created_at=created))


def report_review(db: Session, student: Actor) -> None:
    """Let the demo student report a review, so that the moderators have something to decide."""
    slug, author, comment = REPORTED
    author_id = actor(db, author).id
    which = (Review.course_id == course_id(db, slug), Review.author_id == author_id)
    review_id = ensure_present(db.scalar(select(Review.id).where(*which)), author)
    row = review.of_ids(db, [review_id])[review_id]
    report.add(db, student, row, ReportDraft(reason="off_topic", comment=comment))


def course_id(db: Session, slug: str) -> int:
    return ensure_present(db.scalar(select(Course.id).where(Course.slug == slug)), slug)


def actor(db: Session, username: str) -> Actor:
    row = ensure_present(user.find(db, username), username)
    return Actor(id=row.id, username=row.username, role=row.role, name=row.name)
