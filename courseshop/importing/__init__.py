"""Courses from files: Markdown with front matter, JSON, or the text of a scraped course page.

Each format becomes one `CourseFile`; `run` stores them by the services that the shop uses, all
of them or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from slugify import slugify
from translationstring import TranslationString

from courseshop import traversal
from courseshop.actor import OPERATOR
from courseshop.errors import Refused
from courseshop.importing import markdown, scraped, structured
from courseshop.resources import Courses
from courseshop.schemas import Username  # noqa: TC001 - pydantic reads it
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.review import ReviewDraft
from courseshop.services import category, course, review, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    ".md": markdown.read,
    ".json": structured.read,
    ".txt": scraped.read,
}
LARGEST = 1_000_000


class ReviewLine(ReviewDraft):
    """A review as it stands in a file: who wrote it, and when."""

    by: Username
    at: AwareDatetime


class CourseFile(BaseModel):
    """What a file says of one course, besides the facts of a `CourseDraft`."""

    model_config = ConfigDict(extra="allow")

    slug: str | None = None
    title: str
    category: str = Field(min_length=1, max_length=100, description="slug or title")
    status: str = "published"
    reviews: list[ReviewLine] = Field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What became of one file: made, changed, unchanged, or refused with the reason."""

    path: Path
    outcome: str
    detail: str = ""


def run(request: Any, paths: Iterable[Path]) -> list[Report]:
    """Import these files in the request's transaction and report on each.

    One that is refused leaves the others to be reported on too; the caller undoes them all.
    """
    reserved = traversal.reserved_names(request.registry, Courses)
    return [import_file(request.db, path, reserved) for path in paths]


def import_file(db: Session, path: Path, reserved: set[str]) -> Report:
    try:
        facts = read(path)
        with db.begin_nested():
            return Report(path, *store(db, facts, path.stem, reserved))
    except (ValidationError, Refused, ValueError, OSError) as error:
        return Report(path, "refused", reason(error))


def read(path: Path) -> CourseFile:
    """Return what the file says. Raises OSError, ValueError or ValidationError (a ValueError)."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"not one of {', '.join(READERS)}")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"larger than {LARGEST} bytes")
    return CourseFile.model_validate(reader(path.read_text("utf-8")))


def store(db: Session, facts: CourseFile, name: str, reserved: set[str]) -> tuple[str, str]:
    """Make or change the course, and add the reviews that are not there yet."""
    slug = facts.slug or slug_of(facts.title, name)
    shelf = shelf_of(db, facts.category)
    row = course.find(db, OPERATOR, slug)
    draft = CourseDraft.model_validate(
        {
            **facts.model_extra,  # type: ignore[dict-item]
            "slug": slug,
            "title": facts.title,
            "category": shelf,
            "published": published(facts, row),
        }
    )
    if row is None:
        course_id, outcome = course.add(db, draft, reserved), "made"
    else:
        course_id, outcome = row.id, "changed" if course.change(db, row, draft) else "unchanged"
    if add_reviews(db, course_id, facts.reviews) and outcome == "unchanged":
        outcome = "changed"
    return outcome, f"/courses/{slug}"


def slug_of(title: str, name: str) -> str:
    """Return a slug from the title, or from the file's name where a title has no letters."""
    return slugify(title, max_length=80, word_boundary=True) or slugify(name, max_length=80)


def published(facts: CourseFile, row: Any) -> Any:
    """Return when the course was published: as the file says, as it was, or now."""
    if facts.status != "published":
        return None
    said = (facts.model_extra or {}).get("published")
    return said or (row and row.published_at) or datetime.now(UTC)


def shelf_of(db: Session, named: str) -> str:
    """Return the slug of the category with this slug or title, which is made if there is none."""
    found = category.find(db, named) or category.find_by_title(db, named)
    if found is None:
        title = named if slugify(named) != named else named.replace("-", " ").capitalize()
        found = category.add(db, CategoryDraft(slug=slugify(named), title=title))
    return str(found.slug)


def add_reviews(db: Session, course_id: int, lines: list[ReviewLine]) -> int:
    """Add the reviews of people who have not reviewed the course yet; return how many."""
    known = review.authors_of(db, course_id)
    new = [line for line in lines if line.by not in known]
    for line in new:
        author = user.find(db, line.by)
        if author is None:
            raise ValueError(f"reviews: nobody has the username {line.by}")
        review.add(db, course_id, author.id, line, line.at)
    return len(new)


def reason(error: Exception) -> str:
    """Return what is wrong with a file, in one line that names the field."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False)
        return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
    if isinstance(error, Refused):
        message = TranslationString(error.message, mapping=error.parameters).interpolate()
        return f"{error.field}: {message}"
    if isinstance(error, UnicodeDecodeError):
        return "not text in UTF-8"
    return str(error)
