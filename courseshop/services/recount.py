"""Checks and repairs of the derived data for lists of courses: sort columns, tags and counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from courseshop.models import Course, CourseCount, CourseTag
from courseshop.services import facet
from courseshop.services.course_fields import sort_title
from courseshop.services.rating import score
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import UpdateBase
    from sqlalchemy.orm import Session

    from courseshop.models.rows import RecountedCourse

BATCH = 1_000
COLUMNS = (
    *(Course.id, Course.slug, Course.title, Course.sort_title, Course.score),
    *(Course.rating_sum, Course.rating_count, Course.status, Course.category_id),
    *(Course.level, Course.language, Course.price, Course.duration_minutes, Course.tags),
)


@dataclass(frozen=True)
class Fault:
    """An inconsistency: the path `where` it is, the `right` state as text, and how to `mend` it."""

    where: str
    right: str
    mend: Callable[[Session], None]


def _run(*statements: UpdateBase) -> Callable[[Session], None]:
    def run(db: Session) -> None:
        for statement in statements:
            db.execute(statement.execution_options(synchronize_session=False))

    return run


def faults(db: Session) -> list[Fault]:
    """Return all derived data that does not match its courses, in the whole catalog."""
    found, counted = [], Counter[facet.Fact]()
    for row, tags in _courses(db):
        counted.update(facet.facts(row._asdict()))
        found += [*_sorting(row), *_tags(row, tags)]
    return found + _counts(db, counted)


def _courses(db: Session) -> Iterator[tuple[RecountedCourse, set[str]]]:
    """Yield each course with its stored tags."""
    last = 0
    rows: list[RecountedCourse] = []
    while rows or not last:
        page = select(*COLUMNS).where(Course.id > last).order_by(Course.id).limit(BATCH)
        rows = list(db.execute(page))
        stored = defaultdict(set)
        these = CourseTag.course_id.in_([row.id for row in rows])
        for tag in db.execute(select(CourseTag.course_id, CourseTag.tag).where(these)):
            stored[tag.course_id].add(tag.tag)
        yield from ((row, stored[row.id]) for row in rows)
        last = rows[-1].id if rows else 1


def _sorting(row: RecountedCourse) -> list[Fault]:
    real = {
        "sort_title": sort_title(row.title),
        "score": score(row.rating_sum, row.rating_count),
    }
    wrong = {name: value for name, value in real.items() if value != getattr(row, name)}
    if not wrong:
        return []
    right = ", ".join(f"{name} is {value}" for name, value in wrong.items())
    # Computed by the database, because another repair may correct the counters before this one.
    right_now = {"score": score(Course.rating_sum, Course.rating_count)} if "score" in wrong else {}
    values = {**wrong, **right_now}
    mending = _run(update(Course).where(Course.id == row.id).values(values))
    return [Fault(f"/courses/{row.slug}", right, mending)]


def _tags(row: RecountedCourse, stored: set[str]) -> list[Fault]:
    real = {tag_of(tag) for tag in row.tags}
    if real == stored:
        return []
    gone = delete(CourseTag).where(CourseTag.course_id == row.id)
    added = [insert(CourseTag).values(course_id=row.id, tag=tag) for tag in sorted(real)]
    return [Fault(f"/courses/{row.slug}", f"found by {len(real)} tags", _run(gone, *added))]


def _counts(db: Session, counted: Counter[facet.Fact]) -> list[Fault]:
    rows = db.execute(select(CourseCount.kind, CourseCount.value, CourseCount.courses))
    stored = {(row.kind, row.value): row.courses for row in rows}
    return [
        Fault(
            "/courses",
            f"{counted[kind, value]} courses of {kind} {value}".rstrip(),
            _store(kind, value, counted[kind, value]),
        )
        for kind, value in sorted({*stored, *counted})
        if stored.get((kind, value), 0) != counted[kind, value]
    ]


def _store(kind: str, value: str, courses: int) -> Callable[[Session], None]:
    conditions = (CourseCount.kind == kind, CourseCount.value == value)
    new = insert(CourseCount).values(kind=kind, value=value, courses=courses)
    return _run(delete(CourseCount).where(*conditions), new)
