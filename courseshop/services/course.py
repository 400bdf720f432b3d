from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, or_, select, true, update

from courseshop.db import now
from courseshop.errors import Conflict, Refused
from courseshop.events import CoursePublished, publish
from courseshop.i18n import _
from courseshop.models import Category, Course, User, course_instructor
from courseshop.services import markdown
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import unless_taken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from courseshop.actor import Actor
    from courseshop.schemas import PageQuery
    from courseshop.schemas.course import CourseDraft

NEWEST = Keyset(Course.listed_at, Course.id, "listed_at")
IN_LISTS = (
    Course.id,
    Course.slug,
    Course.title,
    Course.summary,
    Course.level,
    Course.language,
    Course.duration_minutes,
    Course.price,
    Course.status,
    Course.published_at,
    Course.updated_at,
    Course.listed_at,
    Course.version,
    Course.stamp,
    Course.enrolled_count,
    Course.rating_count,
    Course.rating_sum,
    Course.rating_1,
    Course.rating_2,
    Course.rating_3,
    Course.rating_4,
    Course.rating_5,
    Category.slug.label("category_slug"),
    Category.title.label("category_title"),
    Category.stamp.label("category_stamp"),
)


class Choice(NamedTuple):
    """Which courses a list is of; each of the `words` is in title or summary, in any case."""

    category_id: int | None = None
    instructor_id: int | None = None
    words: str = ""


EVERYTHING = Choice()


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the rule of `Course.__acl__` for "view", as SQL."""
    if actor.moderates:
        return true()
    if not actor.teaches:
        # An OR with nothing would keep SQLite from the index.
        return Course.status == "published"
    return or_(Course.status == "published", Course.id.in_(sorted(actor.teaches)))


def find(db: Session, actor: Actor, slug: str) -> Any | None:
    """Return all columns of the course and its category's, None where the actor may not view."""
    columns = (*IN_LISTS, Course.about_markdown, Course.about_html)
    return db.execute(
        _from_category(*columns).where(Course.slug == slug, visible_to(actor))
    ).one_or_none()


def listing(
    db: Session,
    actor: Actor,
    query: PageQuery,
    choice: Choice = EVERYTHING,
) -> Slice:
    """Return a page of the courses that the actor may view and the choice takes, newest first."""
    rows = _from_category(*IN_LISTS).where(visible_to(actor))
    if choice.category_id is not None:
        rows = rows.where(Course.category_id == choice.category_id)
    if choice.instructor_id is not None:
        taught = course_instructor.c.course_id == Course.id
        rows = rows.join(course_instructor, taught).where(
            course_instructor.c.user_id == choice.instructor_id
        )
    for word in choice.words.split():
        found = or_(
            Course.title.icontains(word, autoescape=True),
            Course.summary.icontains(word, autoescape=True),
        )
        rows = rows.where(found)
    return paginate(db, rows, NEWEST, query)


def _from_category(*columns: Any) -> Select[Any]:
    return select(*columns).join(Category, Course.category_id == Category.id)


def instructors_of(db: Session, course_ids: Iterable[int]) -> dict[int, list[Any]]:
    """Return username and name of each course's instructors, by the course's id: one query."""
    found: dict[int, list[Any]] = {course_id: [] for course_id in course_ids}
    if not found:
        return found
    rows = db.execute(
        select(course_instructor.c.course_id, User.username, User.name)
        .join(User, User.id == course_instructor.c.user_id)
        .where(course_instructor.c.course_id.in_(list(found)))
        .order_by(course_instructor.c.position, User.id)
    )
    for row in rows:
        found[row.course_id].append(row)
    return found


def add(db: Session, draft: CourseDraft, reserved: Collection[str]) -> int:
    """Store a new course and return its id; it is published if the draft says when, else a draft.

    `reserved` are the names that pages and children use in the places where courses stand.
    Raises Refused when the slug is one of them or a category or instructor is not known,
    Conflict when the slug is taken.
    """
    if draft.slug in reserved:
        raise Refused("slug", "reserved", _("The shop uses this name for a page of its own."))
    facts = _columns(db, draft)
    instructor_ids = _ids_of(db, draft.instructors)
    moment = draft.published or now()
    stamps = {"created_at": moment, "updated_at": moment, "listed_at": moment}
    refusal = Conflict("slug", "taken", _("A course has this slug already."))
    with unless_taken(db, select(Course.id).where(Course.slug == draft.slug), refusal):
        inserted: Any = db.execute(insert(Course).values(**facts, **stamps))
    course_id = int(inserted.inserted_primary_key[0])
    _set_instructors(db, course_id, instructor_ids)
    if draft.published:
        publish(db, CoursePublished(course_id))
    return course_id


def change(db: Session, row: Any, draft: CourseDraft) -> bool:
    """Make the course of `row` (the columns of `find`) what the draft says; tell if it differed.

    An edit moves `version`, `stamp` and `updated_at`. Raises Refused as `add` does.
    """
    facts = _columns(db, draft)
    instructor_ids = _ids_of(db, draft.instructors)
    same_people = instructor_ids == _instructor_ids(db, row.id)
    known = {name: getattr(row, name, facts["category_id"]) for name in facts}
    if same_people and row.category_slug == draft.category and known == facts:
        return False
    moved = {"version": Course.version + 1, "stamp": Course.stamp + 1, "updated_at": now()}
    listed = {"listed_at": draft.published} if draft.published else {}
    db.execute(
        update(Course)
        .where(Course.id == row.id)
        .values({**facts, **moved, **listed})
        .execution_options(synchronize_session=False)
    )
    if draft.published and row.status != "published":
        publish(db, CoursePublished(row.id))
    if not same_people:
        db.execute(delete(course_instructor).where(course_instructor.c.course_id == row.id))
        _set_instructors(db, row.id, instructor_ids)
    return True


def _columns(db: Session, draft: CourseDraft) -> dict[str, Any]:
    """Return what a draft decides, as columns."""
    category_id = db.scalar(select(Category.id).where(Category.slug == draft.category))
    if category_id is None:
        raise Refused("category", "unknown", _("There is no such category."))
    decided = draft.model_dump(exclude={"about", "category", "instructors", "published"})
    return {
        **decided,
        "about_markdown": draft.about,
        "about_html": markdown.render(draft.about),
        "category_id": category_id,
        "status": "published" if draft.published else "draft",
        "published_at": draft.published,
    }


def _set_instructors(db: Session, course_id: int, user_ids: list[int]) -> None:
    rows = [
        {"course_id": course_id, "user_id": user_id, "position": position}
        for position, user_id in enumerate(user_ids)
    ]
    if rows:
        db.execute(insert(course_instructor), rows)


def _instructor_ids(db: Session, course_id: int) -> list[int]:
    columns = course_instructor.c
    ids = select(columns.user_id).where(columns.course_id == course_id)
    return list(db.scalars(ids.order_by(columns.position, columns.user_id)))


def _ids_of(db: Session, usernames: list[str]) -> list[int]:
    rows = db.execute(select(User.username, User.id).where(User.username.in_(usernames)))
    ids = {row.username: row.id for row in rows}
    for username in usernames:
        if username not in ids:
            message = _("Nobody has the username ${username}.")
            raise Refused("instructors", "unknown", message, username=username)
    return [ids[username] for username in dict.fromkeys(usernames)]
