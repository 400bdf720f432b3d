"""Store an imported course: create it, or change an existing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courseshop.database.stale import ensure_present
from courseshop.domain.actor import OPERATOR
from courseshop.domain.clock import now
from courseshop.importing.categories import category_of
from courseshop.importing.targets import alias, same_title
from courseshop.schemas.base import CHECKED
from courseshop.schemas.course import CourseDraft
from courseshop.services import course, instructor, review, slug, status, user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request
    from courseshop.importing.course_file import CourseFile, ReviewLine
    from courseshop.importing.targets import Target
    from courseshop.models.rows import CourseRow
    from courseshop.schemas.course import Status


class Stored(NamedTuple):
    """The outcome of storing a file (created, changed or unchanged), and its course."""

    outcome: str
    path: str
    course_id: int


def store(request: Request, facts: CourseFile, target: Target, reserved: frozenset[str]) -> Stored:
    """Create or change a course, and add its new reviews.

    An existing course keeps the values of fields that the file leaves out. Raises Conflict if a
    file with neither a slug nor an id would change one.
    """
    db, old = request.db, target.row
    draft = draft_of(db, facts, target)
    if old:
        sent = draft.model_dump(include=draft.model_fields_set)
        own_slug, edited = target.slug or old.slug, course.change(db, old, sent, reserved)
    else:
        own_slug, edited = add(db, facts, target, draft, reserved), False
    row = ensure_present(course.find(db, OPERATOR, own_slug), own_slug)
    moved = move(request, row, facts, target.status)
    redated = not moved and status.redate(db, row, facts.published)
    edited = add_people_and_reviews(db, row, facts) or redated or edited
    if old and not target.named and edited:
        raise same_title(row.slug)
    if facts.id:
        slug.take(db, row.id, alias(facts.id), reserved)
    outcome = "changed" if edited or moved else "unchanged"
    return Stored(outcome if old else "created", f"/courses/{own_slug}", row.id)


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


def draft_of(db: Session, facts: CourseFile, target: Target) -> CourseDraft:
    """Return the fields that the file sets; a new course has defaults for the other fields."""
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


def add_reviews(db: Session, course_id: int, lines: list[ReviewLine]) -> int:
    """Add the reviews of authors who have not reviewed the course yet; return how many."""
    known = review.authors_of(db, course_id)
    new = [line for line in lines if line.by not in known]
    for line in new:
        author = ensure_present(user.find(db, line.by), line.by)
        review.add(db, course_id, author.id, line, line.at)
    return len(new)
