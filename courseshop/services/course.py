from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, true
from sqlalchemy.exc import IntegrityError

from courseshop.db import now
from courseshop.errors import Conflict, Refused
from courseshop.events import CoursePublished, publish
from courseshop.i18n import _
from courseshop.models import Category, Course, User, course_instructor
from courseshop.services import markdown
from courseshop.services.paging import Keyset, Slice, paginate

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


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the rule of `Course.__acl__` for "view", as SQL."""
    if actor.moderates:
        return true()
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
    *,
    category_id: int | None = None,
    instructor_id: int | None = None,
) -> Slice:
    """Return a page of the courses that the actor may view, newest first."""
    rows = _from_category(*IN_LISTS).where(visible_to(actor))
    if category_id is not None:
        rows = rows.where(Course.category_id == category_id)
    if instructor_id is not None:
        taught = course_instructor.c.course_id == Course.id
        rows = rows.join(course_instructor, taught).where(
            course_instructor.c.user_id == instructor_id
        )
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


def add(db: Session, actor: Actor, draft: CourseDraft, reserved: Collection[str]) -> Any:
    """Return the new course's row; it is published if the draft says when, else a draft.

    `reserved` are the names that pages and children use in the places where courses stand.
    Raises Refused when the slug is one of them or a category or instructor is not known,
    Conflict when the slug is taken.
    """
    if draft.slug in reserved:
        raise Refused("slug", "reserved", _("The shop uses this name for a page of its own."))
    category_id = db.scalar(select(Category.id).where(Category.slug == draft.category))
    if category_id is None:
        raise Refused("category", "unknown", _("There is no such category."))
    instructor_ids = _ids_of(db, draft.instructors)
    course_id = _insert(db, draft, category_id)
    db.execute(
        insert(course_instructor),
        [
            {"course_id": course_id, "user_id": user_id, "position": position}
            for position, user_id in enumerate(instructor_ids)
        ],
    )
    if draft.published:
        publish(db, CoursePublished(course_id))
    return find(db, actor, draft.slug)


def _insert(db: Session, draft: CourseDraft, category_id: int) -> int:
    decided = draft.model_dump(exclude={"about", "category", "instructors", "published"})
    moment = draft.published or now()
    try:
        with db.begin_nested():
            inserted: Any = db.execute(
                insert(Course).values(
                    **decided,
                    about_markdown=draft.about,
                    about_html=markdown.render(draft.about),
                    category_id=category_id,
                    status="published" if draft.published else "draft",
                    created_at=moment,
                    updated_at=moment,
                    published_at=draft.published,
                    listed_at=moment,
                )
            )
    except IntegrityError:
        raise Conflict("slug", "taken", _("A course has this slug already.")) from None
    return int(inserted.inserted_primary_key[0])


def _ids_of(db: Session, usernames: list[str]) -> list[int]:
    rows = db.execute(select(User.username, User.id).where(User.username.in_(usernames)))
    ids = {row.username: row.id for row in rows}
    for username in usernames:
        if username not in ids:
            message = _("Nobody has the username ${username}.")
            raise Refused("instructors", "unknown", message, username=username)
    return [ids[username] for username in dict.fromkeys(usernames)]
