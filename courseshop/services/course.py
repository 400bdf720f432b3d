from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, get_args

from sqlalchemy import and_, bindparam, insert, or_, select, true, update

from courseshop.database.compiled import CompiledStatement
from courseshop.database.stale import StaleEdit
from courseshop.domain.checks import checks_of
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.domain.events import CourseCreated, CourseEdited, CoursePublished, publish
from courseshop.models import Category, Course, CourseSlug, PriceChange
from courseshop.schemas.course import Status, shown_in
from courseshop.services import facet, instructor, instructor_count, search, slug
from courseshop.services.course_fields import changes, columns_of, fields_of
from courseshop.services.unique import insert_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows, SqlValue
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ComparedCourse, CourseHead, CourseRow, ListedCourse
    from courseshop.schemas.course import CourseDraft

# The counters that a course's rating is computed from.
RATED = (
    Course.rating_count,
    Course.rating_sum,
    Course.rating_1,
    Course.rating_2,
    Course.rating_3,
    Course.rating_4,
    Course.rating_5,
)
IN_LISTS = (
    Course.id,
    Course.slug,
    *(getattr(Course, name) for name in shown_in("lists")),
    Course.sort_title,
    Course.category_id,
    Course.price,
    Course.status,
    Course.published_at,
    Course.updated_at,
    Course.listed_at,
    Course.version,
    Course.stamp,
    Course.score,
    Course.enrolled_count,
    *RATED,
    Category.slug.label("category_slug"),
    Category.title.label("category_title"),
    Category.stamp.label("category_stamp"),
)
# The columns that only the course page shows.
ON_THE_PAGE = (
    *(getattr(Course, name) for name in shown_in("page")),
    Course.about_markdown,
    Course.about_html,
    Course.hidden_count,
)


def visible_to(actor: Actor, status: Column = Course.status) -> ColumnElement[bool]:
    """Return the SQL form of the "view" rule in `Course.__acl__`.

    `status` may be an expression that keeps the database from using the column's index.
    """
    if actor.moderates:
        return true()
    published = status == "published"
    # An OR with an empty list would keep SQLite from using the index.
    return or_(published, Course.id.in_(sorted(actor.teaches))) if actor.teaches else published


def visible_parts(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the rule of `visible_to` as conditions, each of which can use an index by status.

    A course is visible if it meets one of them; none meets two of them. The first is for published
    courses.
    """
    published = Course.status == "published"
    if actor.moderates:
        others = (one for one in get_args(Status) if one != "published")
        return [published, *(Course.status == one for one in others)]
    if actor.teaches:
        own = Course.id.in_(sorted(actor.teaches))
        return [published, and_(Course.status != "published", own)]
    return [published]


def may_view(actor: Actor, row: CourseHead) -> bool:
    """Return whether the actor may view the course; the same rule as `visible_to`."""
    return row.status == "published" or actor.moderates or row.id in actor.teaches


def find(db: Session, actor: Actor, name: str) -> CourseRow | None:
    """Return the course with its category. Returns None if the actor may not view it."""
    row = NAMED.one(db.connection(), name=name)
    return row if row is not None and may_view(actor, row) else None


def head(connection: Connection, actor: Actor, name: str) -> CourseHead | None:
    """Return the head of the course that `find` would return."""
    row = HEADS.one(connection, name=name)
    return row if row is not None and may_view(actor, row) else None


def find_written(db: Session, name: str) -> CourseRow | None:
    """Return the course as this transaction has just written it, regardless of permissions."""
    return NAMED.one(db.connection(), name=name)


def find_by_id(db: Session, course_id: int) -> CourseRow | None:
    """Return the course with this id, regardless of permissions."""
    return IDENTIFIED.one(db.connection(), course_id=course_id)


def find_former(db: Session, actor: Actor, name: str) -> str | None:
    """Return the slug of the course that has or had the slug `name`, if the actor may view it."""
    rows = select(Course.slug).join(CourseSlug, CourseSlug.course_id == Course.id)
    return db.scalar(rows.where(CourseSlug.slug == name, visible_to(actor)))


def of_ids(db: Session, ids: Iterable[int]) -> list[ListedCourse]:
    """Return these courses, without checking permissions."""
    return list(db.execute(from_category(*IN_LISTS).where(Course.id.in_(list(ids)))))


def comparable(db: Session, actor: Actor, slugs: list[str]) -> dict[str, ComparedCourse]:
    """Return those courses that the actor may view, by slug, with outcomes and requirements."""
    rows = from_category(*IN_LISTS, Course.outcomes, Course.requirements)
    found = db.execute(rows.where(Course.slug.in_(slugs), visible_to(actor)))
    return {row.slug: row for row in found}


def from_category(*columns: Column) -> Rows:
    return select(*columns).select_from(Course).join(Category, Course.category_id == Category.id)


# The columns that decide who may view a course, and whether its page has changed.
HEAD = (
    Course.id,
    Course.slug,
    Course.status,
    Course.version,
    Course.stamp,
    Category.stamp.label("category_stamp"),
)
HEADS: CompiledStatement[CourseHead] = CompiledStatement(
    from_category(*HEAD).where(Course.slug == bindparam("name"))
)
NAMED: CompiledStatement[CourseRow] = CompiledStatement(
    from_category(*IN_LISTS, *ON_THE_PAGE).where(Course.slug == bindparam("name"))
)
IDENTIFIED: CompiledStatement[CourseRow] = CompiledStatement(
    from_category(*IN_LISTS, *ON_THE_PAGE).where(Course.id == bindparam("course_id"))
)


def add(
    db: Session,
    actor: Actor,
    draft: CourseDraft,
    reserved: Collection[str],
    published_at: datetime | None = None,
) -> str:
    """Store a new course, whose first instructor is the actor, and return its slug.

    It is a draft unless `published_at` is given. `reserved` are slugs that URLs of pages
    and other places already use. Raises Refused if the slug is one of them, and Conflict if it is
    taken or the category does not exist.
    """
    if draft.slug:
        slug.check(draft.slug, reserved)
    checks_of(db).run(db, "Course", None, changes(None, draft.model_dump()))
    moment = published_at or now()
    values = {
        **columns_of(db, draft.model_dump(exclude={"slug"})),
        "created_at": moment,
        "updated_at": moment,
        "listed_at": moment,
        "status": "published" if published_at else "draft",
        "published_at": published_at,
    }
    slugs = [draft.slug] if draft.slug else slug.proposals(db, draft.title, reserved)
    found, course_id = _insert(db, values, draft.tags, slugs)
    search.index(db, course_id)
    publish(db, CourseCreated(course_id, str(values["status"])))
    if actor.id is not None:
        instructor.join(db, course_id, actor.id)
    if published_at:
        publish(db, CoursePublished(course_id))
    return found


def _insert(
    db: Session, values: dict[str, SqlValue], tags: list[str], slugs: Iterable[str]
) -> tuple[str, int]:
    """Store a course with the first free slug; return the slug and the id."""
    for name in slugs:
        with suppress(Conflict), slug.unless_taken(db, name):
            course_id = insert_row(db, insert(Course).values(**{**values, "slug": name}))
            db.execute(insert(CourseSlug).values(slug=name, course_id=course_id))
            facet.replace_tags(db, course_id, tags)
            facet.count_facets(db, set(), facet.facts(values))
            return name, course_id
    raise slug.taken()


def change(
    db: Session, row: CourseRow, sent: Mapping[str, SqlValue], reserved: Collection[str]
) -> bool:
    """Store new values of fields of a `CourseDraft`; return whether any of them differed.

    The other fields stay as they are stored, even if this release would refuse their values. Raises
    the same as `add`, and StaleEdit if another edit was stored after `row` was read.
    """
    new = changes(row, sent)
    # Null keeps the slug, because a course always has one.
    if new.get("slug", "") is None:
        del new["slug"]
    checks_of(db).run(db, "Course", row.id, new)
    return store(db, row, new, reserved)


def store(
    db: Session, row: CourseRow, new: dict[str, SqlValue], reserved: Collection[str] = ()
) -> bool:
    """Store new values, all different from the old ones, without the checks of plugins.

    Returns whether there were any.
    """
    values = columns_of(db, new)
    if "slug" in new:
        slug.take(db, row.id, str(new["slug"]), reserved)
    if not values:
        return False
    edit(db, row, **values)
    if "price" in new:
        prices = {"old": row.price, "new": new["price"]}
        db.execute(insert(PriceChange).values(course_id=row.id, **prices))
    return True


def edit(db: Session, row: CourseRow, **values: SqlValue) -> None:
    """Update columns of a course, and with them its version, stamp and `updated_at`.

    Raises StaleEdit if another edit came first. The request is then retried, and its If-Match is
    checked against the new version.
    """
    moved = {"version": Course.version + 1, "stamp": Course.stamp + 1, "updated_at": now()}
    done = db.connection().execute(
        update(Course)
        .where(Course.id == row.id, Course.version == row.version)
        .values({**moved, **values})
    )
    if done.rowcount != 1:
        raise StaleEdit(f"course {row.id} is no longer at version {row.version}")
    known = row._asdict()
    if "status" in values:
        # The rating is counted anew, because it may have changed since `row` was read.
        known |= facet.rating_of(db, row.id) | {"status": row.status}
    edited = {**known, **values}
    if "tags" in values:
        facet.replace_tags(db, row.id, edited["tags"])
    facet.count_facets(db, facet.facts(known), facet.facts(edited))
    instructor_count.count_move(db, row.id, row.status, edited["status"])
    if search.is_searched(values):
        search.index(db, row.id)
    publish(db, CourseEdited(row.id, fields_of(values)))
