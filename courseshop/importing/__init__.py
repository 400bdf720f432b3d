"""Import of courses from Markdown with front matter, JSON, or the text of a scraped course page.

Each file is parsed into a `CourseFile`. `run` stores them with the shop's own services.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from slugify import slugify
from translationstring import TranslationString

from courseshop.database.stale import ensure_present
from courseshop.domain.actor import OPERATOR
from courseshop.domain.clock import now
from courseshop.domain.errors import Refused
from courseshop.domain.shop import shop_of
from courseshop.importing import markdown, scraped, structured
from courseshop.schemas.base import Line, Moment, Slug, Username
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.course import CourseDraft, Status
from courseshop.schemas.review import ReviewDraft
from courseshop.services import category, course, instructor, review, slug, status, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request
    from courseshop.models.rows import CourseRow

    # The content of a file before `CourseFile` validates it.
    Facts = Mapping[str, object]

READERS: dict[str, Callable[[str], Facts]] = {
    ".md": markdown.read,
    ".json": structured.read,
    ".txt": scraped.read,
}
LARGEST = 1_000_000


class ReviewLine(ReviewDraft):
    """A review in a file, with its author (`by`) and time (`at`)."""

    by: Username
    at: Moment


class CategoryRef(BaseModel):
    """A category as in the shop's JSON."""

    slug: Slug
    title: Line = Field(min_length=1)


class CourseFile(BaseModel):
    """A parsed file: these fields, and as extras the other fields of a `CourseDraft`."""

    model_config = ConfigDict(extra="allow")

    slug: Slug | None = None
    title: Line
    category: CategoryRef | Line = Field(description="slug or title, or both: `{slug, title}`")
    status: Status | None = None
    instructors: list[Username] | None = Field(None, max_length=instructor.MOST)
    published: Moment | None = None
    currency: str | None = None
    reviews: list[ReviewLine] = Field(default_factory=list)

    @field_validator("reviews")
    @classmethod
    def _one_each(cls, lines: list[ReviewLine]) -> list[ReviewLine]:
        for name, times in Counter(line.by for line in lines).items():
            if times > 1:
                raise ValueError(f"{name} reviews the course {times} times")
        return lines

    @field_validator("published")
    @classmethod
    def _is_past(cls, moment: datetime | None) -> datetime | None:
        if moment and moment > now():
            raise ValueError("is in the future")
        return moment


@dataclass(frozen=True)
class Report:
    """The outcome of a file (created, changed, unchanged, refused), and the path or the reason."""

    path: Path
    outcome: str
    detail: str = ""


def run(request: Request, paths: Iterable[Path]) -> list[Report]:
    """Import files in the request's transaction, and return a report for each.

    After a refused file the others are still imported, for their reports. The caller must then roll
    back the transaction.
    """
    reserved = shop_of(request.registry).reserved_slugs
    seen: dict[str, Path] = {}
    return [import_file(request, path, reserved, seen) for path in paths]


def import_file(
    request: Request, path: Path, reserved: frozenset[str], seen: dict[str, Path]
) -> Report:
    """Import a file. `seen` maps the slug, or else the title, to the first file that has it."""
    try:
        facts = read(path)
        owner = seen.setdefault(facts.slug or facts.title, path)
        check(facts, request.settings.currency, owner, path)
        with request.db.begin_nested():
            return Report(path, *store(request, facts, find(request.db, facts, path), reserved))
    except (ValidationError, Refused, ValueError, OSError) as error:
        return Report(path, "refused", reason(error))


def find(db: Session, facts: CourseFile, path: Path) -> tuple[CourseRow | None, str | None]:
    """Return the existing course of a file (None for a new one), and the slug of the course.

    A course is found by its current or a former slug or, if the file has no slug, by its title. If
    the title of a new course contains no letters or digits, its slug comes from the file name. The
    slug is None if it has to be derived from the title.
    """
    name = facts.slug or slug.of_title(db, facts.title)
    if name is None and not slugify(facts.title):
        name = slugify(path.stem, max_length=80) or None
    now_called = name and course.find_former(db, OPERATOR, name)
    row = course.find(db, OPERATOR, now_called) if now_called else None
    return row, row.slug if row else name


def check(facts: CourseFile, currency: str, owner: Path, path: Path) -> None:
    """Raise ValueError for a second file of the same course, or a price in another currency."""
    if owner != path:
        raise ValueError(f"slug: {owner} contains the same course")
    if facts.currency not in {None, currency}:
        raise ValueError(f"price: in {facts.currency}, but the shop's currency is {currency}")


def read(path: Path) -> CourseFile:
    """Parse and validate a file. Raises OSError, ValueError or ValidationError (a ValueError)."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"unknown file type; expected one of {', '.join(READERS)}")
    if not path.is_file():
        raise ValueError("not a file")
    with path.open(encoding="utf-8-sig") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"longer than {LARGEST} characters")
    return CourseFile.model_validate(reader(text))


def store(
    request: Request,
    facts: CourseFile,
    found: tuple[CourseRow | None, str | None],
    reserved: frozenset[str],
) -> tuple[str, str]:
    """Create or change the course that `find` returned, and add its new reviews.

    Returns the outcome, and the path of the course.
    An existing course keeps the values of fields that the file leaves out.
    """
    db, (row, name) = request.db, found
    known = course.draft_of(row) if row else {}
    named = {"slug": name, "title": facts.title, "category": category_of(db, facts.category)}
    draft = CourseDraft.model_validate({**known, **(facts.model_extra or {}), **named})
    if row is None:
        made = course.add(db, OPERATOR, draft, reserved, published(facts))
        settle(request, ensure_present(course.find(db, OPERATOR, made), made), facts)
        return "created", f"/courses/{made}"
    changed = course.change(db, row, draft, reserved)
    now_is = ensure_present(course.find(db, OPERATOR, row.slug), row.slug)
    changed = settle(request, now_is, facts) or changed
    return "changed" if changed else "unchanged", f"/courses/{row.slug}"


def settle(request: Request, row: CourseRow, facts: CourseFile) -> bool:
    """Apply the file's status, instructors and reviews, and return whether anything changed."""
    db, changed = request.db, False
    rules = status.Rules(OPERATOR, request.settings.publishing)
    if facts.status and facts.status != row.status:
        changed = status.move(db, rules, row, facts.status, at=facts.published)
    else:
        changed = status.redate(db, row, facts.published)
    if facts.instructors is not None:
        people = instructor.ids_of(db, facts.instructors)
        changed = instructor.set_all(db, row.id, people) or changed
    return bool(add_reviews(db, row.id, facts.reviews)) or changed


def published(facts: CourseFile) -> datetime | None:
    """Return the publication time of a new course: the file's, or now; None if not published."""
    return (facts.published or now()) if facts.status in {None, "published"} else None


def category_of(db: Session, named: CategoryRef | str) -> str:
    """Return the slug of the category with this slug or title; create the category if needed."""
    if isinstance(named, CategoryRef):
        if category.find(db, named.slug) is None:
            category.add(db, CategoryDraft(slug=named.slug, title=named.title))
        return named.slug
    if not slugify(named):
        raise ValueError("category: has neither letters nor digits")
    found = category.find(db, named) or category.find_by_title(db, named)
    if found is None:
        title = named if slugify(named) != named else named.replace("-", " ").capitalize()
        found = category.add(db, CategoryDraft(slug=slugify(named), title=title))
    return str(found.slug)


def add_reviews(db: Session, course_id: int, lines: list[ReviewLine]) -> int:
    """Add the reviews of authors who have not reviewed the course yet, and return their number."""
    known = review.authors_of(db, course_id)
    new = [line for line in lines if line.by not in known]
    for line in new:
        author = user.find(db, line.by)
        if author is None:
            raise ValueError(f"reviews: there is no user called {line.by}")
        review.add(db, course_id, author.id, line, line.at)
    return len(new)


def reason(error: Exception) -> str:
    """Return an error as one line that names the field at fault."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False)
        return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
    if isinstance(error, Refused):
        message = TranslationString(error.message, mapping=error.parameters).interpolate()
        return f"{error.field}: {message}"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    return str(error)
