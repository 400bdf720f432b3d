"""The slugs of courses: proposed, taken, and kept for good.

One table holds those that courses have and had, and its key makes them unique among all.
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

# So that a number or a random end fits in behind it.
LONGEST_PROPOSAL = 70
MOST_PROPOSALS = 20


def base_of(title: str) -> str:
    return slugify(title, max_length=LONGEST_PROPOSAL, word_boundary=True) or "course"


def proposals(db: Session, title: str, reserved: Collection[str]) -> Iterator[str]:
    """Yield slugs made of the title, each time one that is free by now: others propose too."""
    for _attempt in range(MOST_PROPOSALS):
        yield propose(db, title, reserved)


def propose(db: Session, title: str, reserved: Collection[str]) -> str:
    """Return a slug made of the title that no course has or had: `c`, else `c-2`, and so on."""
    base = base_of(title)
    names = [base, *(f"{base}-{number}" for number in range(2, 51))]
    known = {*db.scalars(select(CourseSlug.slug).where(CourseSlug.slug.in_(names))), *reserved}
    return next((name for name in names if name not in known), f"{base}-{token_hex(4)}")


def of_title(db: Session, title: str) -> str | None:
    """Return the slug of the first course with this title, among those that it would propose."""
    like = Course.slug.startswith(base_of(title), autoescape=True)
    rows = select(Course.slug).where(Course.title == title, like)
    return db.scalar(rows.order_by(Course.id).limit(1))


def check(name: str, reserved: Collection[str]) -> None:
    """Raise Refused for a name that pages and children use in the places where courses stand."""
    if name in reserved:
        raise Refused("slug", "reserved", _("This name is reserved for a page of the shop."))


def taken() -> Conflict:
    message = _("Another course has this address, or had it before. Choose a different one.")
    return Conflict("slug", "taken", message)


def unless_taken(db: Session, name: str) -> AbstractContextManager[None]:
    """Run an insert of the slug in a savepoint; raise Conflict when a course has or had it."""
    rival = select(CourseSlug.slug).where(CourseSlug.slug == name)
    return unique.unless_taken(db, rival, taken())


def take(db: Session, course_id: int, name: str, reserved: Collection[str]) -> None:
    """Make a slug the course's, if it was not before; the old one stays its own too."""
    check(name, reserved)
    had = exists().where(CourseSlug.slug == name, CourseSlug.course_id == course_id)
    if not db.scalar(select(had)):
        with unless_taken(db, name):
            db.execute(insert(CourseSlug).values(slug=name, course_id=course_id))
