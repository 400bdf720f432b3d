"""The demo catalogue: one Markdown file for each course, with its facts and reviews in front."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import click
import frontmatter
import yaml

from courseshop import traversal
from courseshop.resources import Courses
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.review import ReviewDraft
from courseshop.schemas.user import UserDraft
from courseshop.services import category, course, review, user

HERE = files(__package__)


def load(request: Any) -> int:
    """Add what is missing of the demo, by the services that the shop uses; return how many courses.

    A course that is there already is left as it is, whatever was changed in it.
    """
    db = request.db
    load_categories(db)
    ids = load_people(db)
    reserved = traversal.reserved_names(request.registry, Courses)
    paths = sorted(HERE.joinpath("courses").iterdir(), key=lambda path: path.name)
    with click.progressbar(paths, label="Demo") as bar:
        return sum(load_course(request, path, ids, reserved) for path in bar)


def load_categories(db: Any) -> None:
    shelves = yaml.safe_load(HERE.joinpath("categories.yaml").read_text("utf-8"))
    for slug, title in shelves.items():
        if category.find(db, slug) is None:
            category.add(db, CategoryDraft(slug=slug, title=title))


def load_people(db: Any) -> dict[str, int]:
    people = yaml.safe_load(HERE.joinpath("people.yaml").read_text("utf-8"))
    ids = {}
    for role, names in (("instructor", people["instructors"]), ("student", people["students"])):
        for username, name in names.items():
            draft = UserDraft(username=username, name=name, role=role)
            ids[username] = (user.find(db, username) or user.add(db, draft)).id
    return ids


def load_course(request: Any, path: Any, ids: dict[str, int], reserved: set[str]) -> bool:
    document = frontmatter.loads(path.read_text("utf-8"))
    facts: dict[str, Any] = dict(document.metadata)
    reviews = facts.pop("reviews")
    slug = path.name.removesuffix(".md")
    if course.find(request.db, request.actor, slug) is not None:
        return False
    draft = CourseDraft(slug=slug, about=document.content, **facts)
    row = course.add(request.db, request.actor, draft, reserved)
    for one in reviews:
        written = ReviewDraft(rating=one["rating"], text=one["text"])
        review.add(request.db, row.id, ids[one["by"]], written, one["at"])
    return True
