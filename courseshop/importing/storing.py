"""Find the course that an imported file describes, and create or change it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from slugify import slugify

from courseshop.database.stale import ensure_present
from courseshop.domain.actor import OPERATOR
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.schemas.base import CHECKED
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.course import CourseDraft
from courseshop.services import category, course, instructor, review, slug, status, user

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request
    from courseshop.importing.course_file import CourseFile, NamedCategory, ReviewLine
    from courseshop.models.rows import CourseRow
    from courseshop.schemas.course import Status


class Target(NamedTuple):
    """The course that a file describes.

    `row` is the existing course, or None. `slug` is the course's slug after the import, or None to
    make one from the title. `named` is False if the file has neither a slug nor an id: such a file
    may add a course, but never change one. `status` is the status after the import, or None to keep
    the current one.
    """

    row: CourseRow | None
    slug: str | None
    named: bool
    status: Status | None = None


def find(db: Session, facts: CourseFile, path: Path) -> Target:
    """Return the course that has or had the file's slug, or was imported with its id.

    If the file has neither, a course with its title may have been created from it, and is returned.
    `store` raises Conflict if the file would change that course. If the title has no letters or
    digits, a new course gets its slug from the file name.
    """
    if facts.slug or facts.id:
        return find_named(db, facts)
    wanted = slug.of_title(db, facts.title)
    if wanted is None and not slugify(facts.title):
        wanted = slugify(path.stem, max_length=80) or None
    row = find_row(db, wanted)
    return Target(row, row.slug if row else wanted, named=False)


def find_named(db: Session, facts: CourseFile) -> Target:
    """Return the course with the file's slug or id. Raises Conflict if these are two courses."""
    by_slug = find_row(db, facts.slug)
    by_id = find_row(db, alias(facts.id)) if facts.id else None
    if by_slug and by_id and by_slug.id != by_id.id:
        message = _("The course with this id is ${slug}.")
        raise Conflict("id", "other_course", message, slug=by_id.slug)
    return Target(by_slug or by_id, by_slug.slug if by_slug else facts.slug, named=True)


def find_row(db: Session, slug_or_alias: str | None) -> CourseRow | None:
    """Return the course that has or had this slug."""
    current = slug_or_alias and course.find_former(db, OPERATOR, slug_or_alias)
    return course.find(db, OPERATOR, current) if current else None


def alias(import_id: str) -> str:
    """Return the former slug that stands for the id that a course was imported with.

    Former slugs are unique, and stay with their course when its title and slug change.
    """
    return f"id-{hashlib.sha256(import_id.encode()).hexdigest()[:32]}"


def store(
    request: Request, facts: CourseFile, target: Target, reserved: frozenset[str]
) -> tuple[str, str]:
    """Create or change a course, and add its new reviews; return the outcome and its path.

    An existing course keeps the values of fields that the file leaves out. Raises Conflict if a
    file with neither a slug nor an id would change one.
    """
    db, old = request.db, target.row
    draft = draft_of(db, facts, target)
    if old:
        own_slug = target.slug or old.slug
        edited = course.change(db, old, draft.model_dump(include=draft.model_fields_set), reserved)
    else:
        own_slug = add(db, facts, target, draft, reserved)
        edited = False
    row = ensure_present(course.find(db, OPERATOR, own_slug), own_slug)
    moved = move(request, row, facts, target.status)
    if not moved and status.redate(db, row, facts.published):
        edited = True
    if add_people_and_reviews(db, row, facts):
        edited = True
    # --publish is the operator's decision, not the file's.
    if old and not target.named and (edited or (moved and facts.status)):
        raise same_title(row.slug)
    if facts.id:
        slug.take(db, row.id, alias(facts.id), reserved)
    outcome = "changed" if edited or moved else "unchanged"
    return outcome if old else "created", f"/courses/{own_slug}"


def add(
    db: Session,
    facts: CourseFile,
    target: Target,
    draft: CourseDraft,
    reserved: frozenset[str],
) -> str:
    """Add a course, published at the file's time or now, or else as a draft; return its slug."""
    at = (facts.published or now()) if target.status == "published" else None
    return course.add(db, OPERATOR, draft, reserved, at)


def same_title(own_slug: str) -> Conflict:
    message = _(
        "There is another course with this title, ${slug}. To change it, add its slug to the file; "
        "to add a course, add a different slug. A text file copied from a page has no slug; use a "
        "Markdown file."
    )
    return Conflict("slug", "same_title", message, slug=own_slug)


def draft_of(db: Session, facts: CourseFile, target: Target) -> CourseDraft:
    """Return the fields that the file sets; a new course has defaults for the others."""
    fixed = {"title": facts.title, "category": category_of(db, facts.category)}
    wanted = {"slug": target.slug} if target.slug else {}
    fields = {**(facts.model_extra or {}), **fixed, **wanted}
    # The values were checked before, with the shop's currency.
    return CourseDraft.model_validate(fields, context={CHECKED: True})


def add_people_and_reviews(db: Session, row: CourseRow, facts: CourseFile) -> bool:
    """Apply the file's instructors and reviews, and return whether anything changed."""
    changed = False
    if facts.instructors is not None:
        changed = instructor.set_all(db, row.id, instructor.ids_of(db, facts.instructors))
    return bool(add_reviews(db, row.id, facts.reviews)) or changed


def move(request: Request, row: CourseRow, facts: CourseFile, new: Status | None) -> bool:
    """Change the status of a course to `new`, if any; return whether it changed."""
    if not new or new == row.status:
        return False
    rules = status.Rules(OPERATOR, request.settings.publishing)
    return status.move(request.db, rules, row, new, at=facts.published)


def category_of(db: Session, named: NamedCategory) -> str:
    """Return the slug of the category with this slug or title, which is created if needed."""
    if named.slug:
        if category.find(db, named.slug) is None:
            category.add(db, CategoryDraft(slug=named.slug, title=named.title))
        return named.slug
    text = named.title
    found = category.find(db, text) or category.find_by_title(db, text)
    if found is None:
        title = text if slugify(text) != text else text.replace("-", " ").capitalize()
        found = category.add(db, CategoryDraft(slug=slugify(text), title=title))
    return str(found.slug)


def add_reviews(db: Session, course_id: int, lines: list[ReviewLine]) -> int:
    """Add the reviews of authors who have not reviewed the course yet; return how many."""
    known = review.authors_of(db, course_id)
    new = [line for line in lines if line.by not in known]
    for line in new:
        author = ensure_present(user.find(db, line.by), line.by)
        review.add(db, course_id, author.id, line, line.at)
    return len(new)
