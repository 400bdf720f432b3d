"""Move the stamps of rows whose pages change, although the rows themselves do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from courseshop.models import Course, Reply, Review, User, course_instructor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

# Databases limit the number of parameters of a statement.
BATCH = 500


def touch(db: Session, noun: type, ids: Iterable[int]) -> None:
    """Move the stamps of these courses, reviews or people, and of the courses that show them.

    So their cached pages and ETags change. `noun` is the class of their places: `Course`, `Review`
    or `Person` of `courseshop.resources`. Raises ValueError for another one.
    """
    move = MOVES.get(noun.__name__)
    if move is None:
        raise ValueError(f"touch takes {', '.join(MOVES)}, not {noun.__name__}")
    some = sorted(set(ids))
    for start in range(0, len(some), BATCH):
        move(db, some[start : start + BATCH])


def touch_courses(db: Session, ids: Collection[int]) -> None:
    _move(db, Course, Course.id.in_(ids))


def touch_reviews(db: Session, ids: Collection[int]) -> None:
    # The course's row is always locked first, to avoid deadlocks.
    of_them = select(Review.course_id).where(Review.id.in_(ids))
    _move(db, Course, Course.id.in_(list(db.scalars(of_them))))
    _move(db, Review, Review.id.in_(ids))


def touch_people(db: Session, ids: Collection[int]) -> None:
    _move(db, User, User.id.in_(ids))
    touch_courses_of(db, ids)


def touch_courses_of(db: Session, user_ids: Collection[int]) -> None:
    """Move the stamps of all courses whose pages show the name of one of these users."""
    given = select(course_instructor.c.course_id).where(course_instructor.c.user_id.in_(user_ids))
    reviewed = select(Review.course_id).where(Review.author_id.in_(user_ids))
    replied = select(Review.course_id).join(Reply).where(Reply.author_id.in_(user_ids))
    shown = given.union(reviewed, replied).subquery()
    _move(db, Course, Course.id.in_(select(shown.c.course_id)))


def _move(db: Session, model: type[Course | Review | User], condition: ColumnElement[bool]) -> None:
    moved = update(model).where(condition).values(stamp=model.stamp + 1)
    db.execute(moved.execution_options(synchronize_session=False))


MOVES = {"Course": touch_courses, "Review": touch_reviews, "Person": touch_people}
