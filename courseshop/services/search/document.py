"""The search index: the texts of courses, updated in the transaction that changes a course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from courseshop.domain import markdown
from courseshop.models import Course, CourseText, User, course_instructor
from courseshop.schemas import course as schemas
from courseshop.services.search import vocabulary
from courseshop.services.search.words import field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy.orm import Session

    from courseshop.models.rows import IndexedCourse, SearchedCourse

# The fields of a course whose text is in the document's "body", besides `about`.
TEXTS = tuple(name for name, one in schemas.FIELDS.items() if one.searched)
SEARCHED = (
    Course.title,
    *(getattr(Course, name) for name in TEXTS),
    Course.about_html,
    Course.tags,
)
FIELDS = ("title", "people", "tags", "body")
BATCH = 500


def is_searched(names: Collection[str]) -> bool:
    """Return whether any of these columns of a course is searchable."""
    return any(column.key in names for column in SEARCHED)


def index(db: Session, course_id: int) -> None:
    """Update a course's search document; call it after each change of the course.

    The caller must have locked the course's row, for example by updating it.
    """
    row = db.execute(select(Course.id, *SEARCHED).where(Course.id == course_id)).one()
    names = _names(db, [course_id])[course_id]
    _store(db, course_id, _document(row, names))
    vocabulary.note(db, [row.title, *names, *row.tags, *_body(row)])


def index_after(db: Session, last: int) -> int | None:
    """Index the next courses after the id `last` again; return the last id, None at the end."""
    some = select(Course.id).where(Course.id > last).order_by(Course.id).limit(BATCH)
    ids = list(db.scalars(some.with_for_update()))
    for course_id in ids:
        index(db, course_id)
    return ids[-1] if ids else None


def index_people(db: Session, course_ids: Iterable[int]) -> None:
    """Update the instructors' names in the search documents of these courses."""
    ids = sorted(course_ids)
    for start in range(0, len(ids), BATCH):
        for course_id, names in _names(db, ids[start : start + BATCH]).items():
            _update(db, course_id, {"people": field(names)})
            vocabulary.note(db, names)


def wrong(db: Session) -> list[IndexedCourse]:
    """Return the id and slug of each course whose search document differs from its texts."""
    return [row for row, document, stored in _compared(db) if document != stored]


def _compared(db: Session) -> Iterator[tuple[IndexedCourse, dict[str, str], dict[str, str]]]:
    stored = [getattr(CourseText, name).label(f"stored_{name}") for name in FIELDS]
    rows = select(Course.id, Course.slug, *SEARCHED, *stored).outerjoin(CourseText)
    some, last = rows.order_by(Course.id).limit(BATCH), 0
    while found := db.execute(some.where(Course.id > last)).all():
        people, last = _names(db, [row.id for row in found]), found[-1].id
        for row in found:
            known = {name: getattr(row, f"stored_{name}") for name in FIELDS}
            yield row, _document(row, people[row.id]), known


def _names(db: Session, course_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of each course's instructors, by course id."""
    table = course_instructor.c
    rows = select(table.course_id, User.name).join(User, User.id == table.user_id)
    names: dict[int, list[str]] = {course_id: [] for course_id in course_ids}
    in_order = rows.where(table.course_id.in_(names)).order_by(table.position, User.id)
    for course_id, name in db.execute(in_order):
        names[course_id].append(name)
    return names


def _body(row: SearchedCourse) -> list[str]:
    return [*(getattr(row, name) for name in TEXTS), markdown.plain(row.about_html)]


def _document(row: SearchedCourse, names: list[str]) -> dict[str, str]:
    texts = {"title": [row.title], "people": names, "tags": row.tags, "body": _body(row)}
    return {name: field(texts[name]) for name in FIELDS}


def _store(db: Session, course_id: int, document: dict[str, str]) -> None:
    if not _update(db, course_id, document):
        db.execute(insert(CourseText).values(course_id=course_id, **document))


def _update(db: Session, course_id: int, fields: dict[str, str]) -> bool:
    """Store the `fields` that changed, because each write makes the database update its index.

    Returns False if the course has no document yet.
    """
    columns = [getattr(CourseText, name) for name in fields]
    row = db.execute(select(*columns).where(CourseText.course_id == course_id)).one_or_none()
    known = {} if row is None else row._asdict()
    changed = {name: text for name, text in fields.items() if known.get(name) != text}
    if row is not None and changed:
        statement = update(CourseText).where(CourseText.course_id == course_id).values(changed)
        db.execute(statement.execution_options(synchronize_session=False))
    return row is not None
