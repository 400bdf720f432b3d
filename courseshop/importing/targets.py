"""Find the course that a file describes, and check whether the file may change it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from slugify import slugify

from courseshop.domain.actor import OPERATOR
from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.importing.reading import PAGE
from courseshop.services import course, instructor, review, slug, status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request
    from courseshop.importing.course_file import CourseFile
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


def find(db: Session, facts: CourseFile, path: Path, *, publish: bool) -> Target:
    """Return the course that has or had the file's slug, or was imported with its id.

    If the file has neither, a course with its title may have been created from it, and is returned;
    the file may not change that course. If the title has no letters or digits, a new course gets
    its slug from the file name. Raises Conflict if the slug and the id belong to two courses.
    """
    target = find_named(db, facts) if facts.slug or facts.id else find_namesake(db, facts, path)
    return target._replace(status=wanted_status(facts, path, target, publish=publish))


def find_namesake(db: Session, facts: CourseFile, path: Path) -> Target:
    name = slug.of_title(db, facts.title)
    if name is None and not slugify(facts.title):
        name = slugify(path.stem, max_length=80) or None
    row = find_row(db, name)
    return Target(row, row.slug if row else name, named=False)


def find_named(db: Session, facts: CourseFile) -> Target:
    """Return the course with the file's slug or id. Raises Conflict if these are two courses."""
    of_slug = find_row(db, facts.slug)
    of_id = find_row(db, alias(facts.id)) if facts.id else None
    if of_slug and of_id and of_slug.id != of_id.id:
        message = _("This id belongs to a different course, ${slug}.")
        raise Conflict("id", "other_course", message, slug=of_id.slug)
    row = of_slug or of_id
    return Target(row, of_slug.slug if of_slug else facts.slug, named=True)


def find_row(db: Session, name: str | None) -> CourseRow | None:
    """Return the course that has or had this slug."""
    now_called = name and course.find_former(db, OPERATOR, name)
    return course.find(db, OPERATOR, now_called) if now_called else None


def alias(name: str) -> str:
    """Return the former slug that stands for the id that a course was imported with.

    Former slugs are unique, and stay with their course when its title and slug change.
    """
    return f"id-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def wanted_status(facts: CourseFile, path: Path, target: Target, *, publish: bool) -> Status | None:
    """Return the status of the course after the import; None keeps that of an existing course.

    A copied page becomes a draft, because its text must be compared with the original first.
    """
    if facts.status or publish:
        return facts.status or "published"
    if target.row:
        return None
    return "draft" if path.suffix.lower() == PAGE else "published"


def refusals(request: Request, facts: CourseFile, target: Target, path: Path) -> Iterator[Conflict]:
    """Yield the reasons why the file may not change the course, before anything is stored."""
    row = target.row
    yield from reviews_by_instructors(request.db, facts, row)
    if row is None or target.status in {None, row.status}:
        return
    # --publish is the operator's decision, not the file's.
    own_draft = path.suffix.lower() == PAGE and row.status == "draft"
    if not target.named and not own_draft:
        yield same_title(row.slug)
    try:
        rules = status.Rules(OPERATOR, request.settings.publishing)
        status.refuse(rules, row.status, target.status)
    except Conflict as refused:
        yield refused


def reviews_by_instructors(
    db: Session, facts: CourseFile, row: CourseRow | None
) -> Iterator[Conflict]:
    """Yield the new reviews by people who teach the course."""
    teachers, known = set(facts.instructors or []), set()
    if row:
        known = review.authors_of(db, row.id)
        if facts.instructors is None:
            teachers = {one.username for one in instructor.of_courses(db, [row.id])[row.id]}
    message = _("${by} teaches this course, so they can't review it.")
    for line in facts.reviews:
        if line.by in teachers and line.by not in known:
            yield Conflict("reviews", "own_course", message, by=line.by)


def same_title(name: str) -> Conflict:
    message = _(
        "Another course, ${slug}, already has this title. To change that course, put its slug into "
        "the file; to create a new one, put in a different slug. The plain-text copy of a page has "
        "no slug; use a Markdown file."
    )
    return Conflict("slug", "same_title", message, slug=name)
