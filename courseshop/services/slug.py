"""The slugs of courses: proposed from titles, claimed, and never given to another course.

One table has all current and former slugs; its primary key makes them unique.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from slugify import slugify
from sqlalchemy import exists, insert, select

from courseshop.domain.errors import Conflict, Refused
from courseshop.domain.i18n import _
from courseshop.models import Course, CourseSlug
from courseshop.services import unique

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

# Leaves room for a number or random suffix.
LONGEST_PROPOSAL = 70
MOST_PROPOSALS = 20


def base_of(title: str) -> str:
    return slugify(title, max_length=LONGEST_PROPOSAL, word_boundary=True) or "course"


def proposals(db: Session, title: str, reserved: Collection[str]) -> Iterator[str]:
    """Yield slugs from the title, each free at that moment; concurrent requests may claim it."""
    for _attempt in range(MOST_PROPOSALS):
        yield propose(db, title, reserved)


def propose(db: Session, title: str, reserved: Collection[str]) -> str:
    """Return a slug from the title that no course has or had: `c`, else `c-2`, and so on.

    If all names up to `c-50` are taken, it gets a random suffix.
    """
    base = base_of(title)
    names = [base, *(f"{base}-{number}" for number in range(2, 51))]
    known = {*db.scalars(select(CourseSlug.slug).where(CourseSlug.slug.in_(names))), *reserved}
    return next((name for name in names if name not in known), f"{base}-{token_hex(4)}")


def of_title(db: Session, title: str) -> str | None:
    """Return the slug of the first course with this title and a slug made from it, else None."""
    like = Course.slug.startswith(base_of(title), autoescape=True)
    rows = select(Course.slug).where(Course.title == title, like)
    return db.scalar(rows.order_by(Course.id).limit(1))


def check(name: str, reserved: Collection[str]) -> None:
    """Raise Refused for a name that a page or child uses in a place that contains courses."""
    if name in reserved:
        raise Refused("slug", "reserved", _("This name is reserved for a page of the shop."))


def taken() -> Conflict:
    message = _("Another course has this address, or had it before. Choose a different one.")
    return Conflict("slug", "taken", message)


def refuse_taken(db: Session, name: str, course_id: int | None = None) -> None:
    """Raise Conflict early if a course other than `course_id` has or had the slug."""
    owner = db.scalar(select(CourseSlug.course_id).where(CourseSlug.slug == name))
    if owner not in {None, course_id}:
        raise taken()


def unless_taken(db: Session, name: str) -> AbstractContextManager[None]:
    """Run an insert of the slug in a savepoint; raise Conflict if a course has or had it."""
    rival = select(CourseSlug.slug).where(CourseSlug.slug == name)
    return unique.unless_taken(db, rival, taken())


def take(db: Session, course_id: int, name: str, reserved: Collection[str]) -> None:
    """Claim a slug for a course, which also keeps its former slugs.

    Raises Refused if the name is reserved, and Conflict if another course has or had it.
    """
    check(name, reserved)
    had = exists().where(CourseSlug.slug == name, CourseSlug.course_id == course_id)
    if not db.scalar(select(had)):
        with unless_taken(db, name):
            db.execute(insert(CourseSlug).values(slug=name, course_id=course_id))
