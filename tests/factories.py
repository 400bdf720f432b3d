"""Test data, created through the services rather than over HTTP.

Each function takes the session of an open transaction and stores the same rows as the corresponding
page; `test_factories` checks that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.domain.actor import OPERATOR, Actor
from courseshop.protection.passwords import Passwords
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.review import ReviewDraft
from courseshop.schemas.token import TokenDraft
from courseshop.schemas.user import UserDraft
from courseshop.services import (
    audit,
    category,
    course,
    enrolment,
    mail,
    review,
    session,
    status,
    token,
    user,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.settings import Settings

PASSWORD = "seven wet llamas sing"
PASSWORD_HASH = Passwords(1).hash(PASSWORD)


def shelve(db: Session, slug: str = "things") -> None:
    """Create the category with this slug unless it exists."""
    if category.find(db, slug) is None:
        category.add(db, CategoryDraft(slug=slug, title=slug.title()))


def register(db: Session, username: str, shop: Settings, address: str) -> tuple[int, str]:
    """Register an account with PASSWORD, as a user would; return its id and session secret."""
    email, mailed = f"{username}@example.com", {"locale": "en", "base_url": "http://localhost"}
    draft = UserDraft(username=username, name=username.title())
    row = user.add(db, draft, password_hash=PASSWORD_HASH, pending_email=email)
    owner = Actor(id=row.id, address=address)
    audit.record(db, owner, "registered", row.id)
    mail.queue(db, "confirm", email, user_id=row.id, **mailed)
    return row.id, session.start(db, owner, row.id, "?", shop)


def add_account(db: Session, username: str, role: str = "student") -> int:
    """Create an account with a confirmed email address and no password; return its id."""
    draft = UserDraft(username=username, name=username.title(), role=role)
    return int(user.add(db, draft, email=f"{username}@example.com").id)


def add_token(db: Session, user_id: int) -> str:
    """Create an API token with write scope, as the command line does; return it."""
    return token.add(db, OPERATOR, user_id, TokenDraft(name="test", scope="write"))[1]


def write_course(db: Session, author_id: int, **words: Any) -> Any:
    """Store a draft course by the author and return its row; `words` are fields of CourseDraft."""
    draft = CourseDraft.model_validate(words)
    slug = course.add(db, Actor(id=author_id), draft, set())
    return course.find_written(db, slug)


def publish(db: Session, slug: str) -> None:
    """Publish a course as a moderator whose account has been deleted."""
    rules = status.Rules(Actor(role="moderator"), "moderators")
    status.move(db, rules, course.find_written(db, slug), "published")


def enrol(db: Session, user_id: int, slug: str) -> None:
    """Enrol a user in a published, free course."""
    enrolment.enrol(db, Actor(id=user_id), course.find_written(db, slug))


def write_review(db: Session, user_id: int, slug: str, rating: int, text: str = "") -> int:
    """Store a review by a student of the course, and return its id."""
    row = course.find_written(db, slug)
    student = Actor(id=user_id, enrolled_in=frozenset({row.id}))
    return review.write(db, student, row.id, ReviewDraft(rating=rating, text=text))
