"""Demo data: people, categories, accounts, and a folder of courses for the importer."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import yaml

from courseshop.domain.actor import OPERATOR
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.user import Role, UserDraft
from courseshop.services import audit, category, course, user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.protection.passwords import Passwords

HERE = Path(__file__).parent


def missing_courses(db: Session) -> list[Path]:
    """Return the files of the demo courses that the shop does not have yet.

    Each file is named after the slug of its course. Existing courses are never imported again,
    because someone may have edited them.
    """
    files = sorted((HERE / "courses").glob("*.md"))
    return [path for path in files if course.find(db, OPERATOR, path.stem) is None]


def people() -> dict[str, dict[str, str]]:
    """Return the names of the demo's instructors and students, by username."""
    found: dict[str, dict[str, str]] = yaml.safe_load((HERE / "people.yaml").read_text("utf-8"))
    return found


def load_people_and_categories(db: Session) -> None:
    """Add the demo categories and people that do not exist yet."""
    categories: dict[str, str] = yaml.safe_load((HERE / "categories.yaml").read_text("utf-8"))
    for slug, title in categories.items():
        if category.find(db, slug) is None:
            category.add(db, CategoryDraft(slug=slug, title=title))
    for group, names in people().items():
        for username, name in names.items():
            if user.find(db, username) is None:
                role = group.removesuffix("s")
                user.add(db, UserDraft(username=username, name=name, role=role))


def add_accounts(db: Session, passwords: Passwords) -> dict[str, str]:
    """Add the missing demo accounts, one for each role; return their passwords by username."""
    made = {}
    for role in get_args(Role):
        username = f"demo-{role}"
        if user.find(db, username) is None:
            password = secrets.token_urlsafe(12)
            draft = UserDraft(username=username, name=f"Demo {role.title()}", role=role)
            row = user.add(
                db,
                draft,
                password_hash=passwords.hash(password),
                email=f"{username}@shop.example",
            )
            audit.record(db, OPERATOR, "registered", row.id, role=role)
            made[username] = password
    return made
