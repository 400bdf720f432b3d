"""The category of an imported course, which is created if the shop does not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slugify import slugify

from courseshop.schemas.category import CategoryDraft
from courseshop.services import category
from courseshop.services.words import bare

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.importing.course_file import NamedCategory
    from courseshop.models.rows import CategoryRow

# Leaves room for a number within the 80 characters of a slug.
LONGEST_SLUG = 70


def category_of(db: Session, named: NamedCategory) -> str:
    """Return the slug of the category with this slug or title, which is created if needed."""
    found = find(db, named)
    if found is None:
        text = named.title
        spelled = named.slug is None and slugify(text) == text
        title = text.replace("-", " ").capitalize() if spelled else text
        name = named.slug or free_slug(db, text)
        found = category.add(db, CategoryDraft(slug=name, title=title))
    return str(found.slug)


def find(db: Session, named: NamedCategory) -> CategoryRow | None:
    """Return the category with this slug or, if the file has no slug, with this slug or title."""
    if named.slug:
        return category.find(db, named.slug)
    text = named.title
    same_slug = category.find(db, base_of(text))
    if same_slug and bare(same_slug.title) == bare(text):
        return same_slug
    return category.find(db, text) or category.find_by_title(db, text)


def free_slug(db: Session, title: str) -> str:
    """Return a slug from the title that no category has: `c`, else `c-2`, and so on."""
    name, number = base_of(title), 1
    while category.find(db, name):
        number += 1
        name = f"{base_of(title)}-{number}"
    return name


def base_of(title: str) -> str:
    return slugify(title, max_length=LONGEST_SLUG, word_boundary=True) or "category"
