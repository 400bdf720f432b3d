"""A shop with thousands of everything that lists show, stored as it would be after years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from courseshop.domain.actor import GUEST, Actor
from courseshop.models import (
    AuditEntry,
    Category,
    Course,
    CourseSlug,
    Enrolment,
    Invitation,
    Report,
    Review,
    User,
    Wish,
    Wishlist,
    course_instructor,
)
from courseshop.models.wishlist import new_key
from courseshop.services import instructor_count, recount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers import Shop
    from sqlalchemy.orm import Session

MANY = 5_000
# Rows as long as in life: planners read whole tables if these are small.
TEXT = "Good. " * 100
TITLE = "Backend " * 15
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = {"member": "student", "ann": "instructor", "mo": "moderator", "ada": "admin"}


def crowd(shop: Shop) -> dict[str, Actor]:
    """Fill an empty shop; return a guest and people who see more than a guest, by what they are.

    The first of the courses has all the reviews; one of its reviews has all the reports.
    """
    people = {name: shop.add_person(name, role).id for name, role in ROLES.items()}
    with shop.storing() as db:
        users = store(db, User, [user(n) for n in range(MANY)])
        rows = [{"slug": f"shelf-{n}", "title": f"Shelf {n}", "position": n} for n in range(30)]
        shelves = store(db, Category, rows)
        courses = store(db, Course, [course(n, shelves[n * 17 % 30]) for n in range(MANY)])
        slugs = [{"slug": f"many-{n}", "course_id": one} for n, one in enumerate(courses)]
        db.execute(insert(CourseSlug), slugs)
        fill_reviews(db, courses[0], users, people["member"])
        fill_accounts(db, courses, users, people)
        fill_wishes(db, courses, users, people["member"])
        count(db, courses[0])
    taught = frozenset(courses[:200])
    return {
        "guest": GUEST,
        "member": Actor(id=people["member"], role="student", enrolled_in=taught),
        "instructor": Actor(id=people["ann"], role="instructor", teaches=taught),
        "moderator": Actor(id=people["mo"], role="moderator"),
        "admin": Actor(id=people["ada"], role="admin"),
    }


def store(db: Session, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows and return their ids, in order."""
    before = set(db.scalars(select(model.id)))
    db.execute(insert(model), rows)
    return sorted(set(db.scalars(select(model.id))) - before)


def fill_reviews(db: Session, course_id: int, users: list[int], member_id: int) -> None:
    """Add a review of each user, reports of the first, and a held, old one of the member."""
    reviews = [review(n, course_id, one) for n, one in enumerate([*users, member_id])]
    reviews[-1] |= {"status": "pending", "rating": 5, "created_at": moment(9)}
    first = store(db, Review, reviews)[0]
    reports = [
        {"review_id": first, "user_id": one, "reason": "spam", "created_at": moment(n)}
        for n, one in enumerate(users)
    ]
    db.execute(insert(Report), reports)


def fill_accounts(
    db: Session, courses: list[int], users: list[int], people: Mapping[str, int]
) -> None:
    """Have Ann teach and the member attend 200 courses, and invite the member to all of them.

    One of the users teaches 1,000 courses. The member has few entries in the security log, all of
    them old.
    """
    taught = [{"course_id": one, "user_id": people["ann"], "position": 0} for one in courses[:200]]
    taught += [{"course_id": one, "user_id": users[0], "position": 1} for one in courses[:1_000]]
    db.execute(insert(course_instructor), taught)
    instructor_count.recount(db, [people["ann"], users[0]])
    attended = [{"course_id": one, "user_id": people["member"]} for one in courses[:200]]
    db.execute(insert(Enrolment), attended)
    invited = [
        {"course_id": one, "user_id": people["member"], "created_at": moment(n)}
        for n, one in enumerate(courses)
    ]
    db.execute(insert(Invitation), invited)
    entries = [entry(n, users[n % 50], users[n % 7]) for n in range(2 * MANY)]
    entries += [entry(n, people["member"], users[0]) for n in range(30)]
    entries += [entry(n, users[0], people["member"]) for n in range(30)]
    db.execute(insert(AuditEntry), entries)


def fill_wishes(db: Session, courses: list[int], users: list[int], member_id: int) -> None:
    """Put the newest 150 courses on lists of the member, and the next 30 on lists of many users."""
    own = db.scalar(select(Wishlist.id).where(Wishlist.default_of == member_id))
    others = store(db, Wishlist, [wishlist(member_id), wishlist(member_id)])
    wishes = [
        {"wishlist_id": (own, *others)[n % 3], "course_id": one, "title": TITLE, "position": n}
        for n, one in enumerate(courses[-150:])
    ]
    lists = store(db, Wishlist, [wishlist(one) for one in users])
    wishes += [
        {"wishlist_id": one, "course_id": course_id, "title": TITLE}
        for one in lists[:400]
        for course_id in courses[-180:-150]
    ]
    db.execute(insert(Wish), wishes)


def wishlist(owner_id: int) -> dict[str, Any]:
    return {"owner_id": owner_id, "key": new_key()}


def moment(n: int) -> datetime:
    return SINCE + timedelta(seconds=n)


def user(n: int) -> dict[str, Any]:
    return {"username": f"user-{n}", "username_look": f"user-{n}", "name": f"User {n}"}


def entry(n: int, actor_id: int, user_id: int) -> dict[str, Any]:
    ids = {"actor_id": actor_id, "user_id": user_id}
    return {"kind": "login", "facts": {}, "at": moment(n), **ids}


def course(n: int, category_id: int) -> dict[str, Any]:
    status = ("draft", "submitted", "archived")[n // 10 % 3] if n % 10 == 1 else "published"
    sorted_by = {"score": n * 7 % 5_000, "enrolled_count": n * 11 % 5_000}
    return {
        "slug": f"many-{n}",
        "title": f"Many {n}",
        "sort_title": f"many {n:05}",
        "about_html": TEXT,
        "category_id": category_id,
        "level": "beginner",
        "price": Decimal(n * 13 % 50),
        "status": status,
        "listed_at": moment(n),
        **sorted_by,
    }


def review(n: int, course_id: int, author_id: int) -> dict[str, Any]:
    held = n % 10 == 1
    return {
        "course_id": course_id,
        "author_id": author_id,
        "rating": n * 7 % 5 + 1,
        "text_markdown": TEXT,
        "status": ("pending", "hidden")[n // 10 % 2] if held else "published",
        "waiting_since": moment(n) if held else None,
        "created_at": moment(n),
        "helpful_count": n * 3 % 100,
    }


def count(db: Session, course_id: int) -> None:
    """Store the numbers that the shop's own writes would have stored."""
    stars = list(db.scalars(select(Review.rating).where(Review.status == "published")))
    numbers = {f"rating_{n}": stars.count(n) for n in range(1, 6)}
    total = {"rating_count": len(stars), "rating_sum": sum(stars)}
    db.execute(update(Course).where(Course.id == course_id).values(**numbers, **total))
    for fault in recount.faults(db):
        if fault.where == "/courses":
            fault.mend(db)
