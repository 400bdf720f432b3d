from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, or_, select, true, update

from courseshop.database.compiled import CompiledStatement
from courseshop.database.stale import StaleEdit
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.domain.events import CourseEdited, CoursePublished, publish
from courseshop.domain.i18n import _
from courseshop.models import Category, Course, CourseSlug, PriceChange
from courseshop.schemas.course import shown_in
from courseshop.services import facet, instructor, markdown, search, slug
from courseshop.services.unique import insert_row
from courseshop.services.words import bare, need_letters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows, SqlValue
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ComparedCourse, CourseHead, CourseRow, ListedCourse
    from courseshop.schemas.course import CourseDraft

LONGEST_TITLE = 200
# What the rating of a course is made of.
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
# What the page of a course shows besides.
ON_THE_PAGE = (
    *(getattr(Course, name) for name in shown_in("page")),
    Course.about_markdown,
    Course.about_html,
    Course.hidden_count,
)


def visible_to(actor: Actor, status: Column = Course.status) -> ColumnElement[bool]:
    """Return the rule of `Course.__acl__` for "view", as SQL; `status` may hide the column."""
    if actor.moderates:
        return true()
    published = status == "published"
    # An OR with nothing would keep SQLite from the index.
    return or_(published, Course.id.in_(sorted(actor.teaches))) if actor.teaches else published


def may_view(actor: Actor, row: CourseHead) -> bool:
    """Tell what `visible_to` says of the row of a course."""
    return row.status == "published" or actor.moderates or row.id in actor.teaches


def find(db: Session, actor: Actor, name: str) -> CourseRow | None:
    """Return the course's columns and its category's, None where the actor may not view it."""
    row = NAMED.one(db.connection(), name=name)
    return row if row is not None and may_view(actor, row) else None


def head(connection: Connection, actor: Actor, name: str) -> CourseHead | None:
    """Return what `find` returns, but the head alone."""
    row = HEADS.one(connection, name=name)
    return row if row is not None and may_view(actor, row) else None


def find_written(db: Session, name: str) -> CourseRow | None:
    """Return the course as this transaction has just written it, whoever may view it."""
    return NAMED.one(db.connection(), name=name)


def find_former(db: Session, actor: Actor, name: str) -> str | None:
    """Return the slug of the course that has or had the slug `name`, if the actor may view it."""
    rows = select(Course.slug).join(CourseSlug, CourseSlug.course_id == Course.id)
    return db.scalar(rows.where(CourseSlug.slug == name, visible_to(actor)))


def of_ids(db: Session, ids: Iterable[int]) -> list[ListedCourse]:
    """Return these courses, for whoever may view all."""
    return list(db.execute(from_category(*IN_LISTS).where(Course.id.in_(list(ids)))))


def comparable(db: Session, actor: Actor, slugs: list[str]) -> dict[str, ComparedCourse]:
    """Return those of these courses that the actor may view, by slug, with what they teach."""
    rows = from_category(*IN_LISTS, Course.outcomes, Course.requirements)
    found = db.execute(rows.where(Course.slug.in_(slugs), visible_to(actor)))
    return {row.slug: row for row in found}


def from_category(*columns: Column) -> Rows:
    return select(*columns).select_from(Course).join(Category, Course.category_id == Category.id)


# What decides who may view a course, and tells whether its page is another than it was.
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


def add(
    db: Session,
    actor: Actor,
    draft: CourseDraft,
    reserved: Collection[str],
    published_at: datetime | None = None,
) -> str:
    """Store a new course, whose first instructor is the actor, and return its slug.

    It is a draft, unless `published_at` says since when it is published. `reserved` are the names
    that pages and children use in the places where courses stand. Raises Refused when the slug is
    one of them, Conflict when it is taken or the category is not known.
    """
    if draft.slug:
        slug.check(draft.slug, reserved)
    moment = published_at or now()
    values = {
        **_columns(db, draft),
        "created_at": moment,
        "updated_at": moment,
        "listed_at": moment,
        "status": "published" if published_at else "draft",
        "published_at": published_at,
    }
    slugs = [draft.slug] if draft.slug else slug.proposals(db, draft.title, reserved)
    found, course_id = _insert(db, values, draft.tags, slugs)
    search.index(db, course_id)
    if actor.id is not None:
        instructor.join(db, course_id, actor.id)
    if published_at:
        publish(db, CoursePublished(course_id))
    return found


def _insert(
    db: Session, values: dict[str, SqlValue], tags: list[str], slugs: Iterable[str]
) -> tuple[str, int]:
    """Store a course with the first of `slugs` that is free; return the slug and the id."""
    for name in slugs:
        with suppress(Conflict), slug.unless_taken(db, name):
            course_id = insert_row(db, insert(Course).values(**{**values, "slug": name}))
            db.execute(insert(CourseSlug).values(slug=name, course_id=course_id))
            facet.replace_tags(db, course_id, tags)
            facet.count_facets(db, set(), facet.facts(values))
            return name, course_id
    raise slug.taken()


def change(db: Session, row: CourseRow, draft: CourseDraft, reserved: Collection[str]) -> bool:
    """Make the course of `row` (the columns of `find`) what the draft says; tell if it differed.

    Without a slug in the draft it keeps the one it has. Raises what `add` does, and StaleEdit
    when somebody else has edited the course since `row` was read.
    """
    facts = _columns(db, draft)
    facts["slug"] = wanted = draft.slug or row.slug
    if {name: getattr(row, name) for name in facts} == facts:
        return False
    if wanted != row.slug:
        slug.take(db, row.id, wanted, reserved)
    edit(db, row, **facts)
    if facts["price"] != row.price:
        prices = {"old": row.price, "new": facts["price"]}
        db.execute(insert(PriceChange).values(course_id=row.id, **prices))
    return True


def edit(db: Session, row: CourseRow, **values: SqlValue) -> None:
    """Change columns of a course, and with them its version, its stamp and `updated_at`.

    Raises StaleEdit when another edit came first: tried again, the transaction compares what the
    client knew with what it finds then.
    """
    moved = {"version": Course.version + 1, "stamp": Course.stamp + 1, "updated_at": now()}
    done = db.connection().execute(
        update(Course)
        .where(Course.id == row.id, Course.version == row.version)
        .values({**moved, **values})
    )
    if done.rowcount != 1:
        raise StaleEdit(f"course {row.id} is not in version {row.version} any more")
    known = row._asdict()
    edited = {**known, **values}
    if "tags" in values:
        facet.replace_tags(db, row.id, edited["tags"])
    facet.count_facets(db, facet.facts(known), facet.facts(edited))
    if search.is_searched(values):
        search.index(db, row.id)
    publish(db, CourseEdited(row.id))


def _columns(db: Session, draft: CourseDraft) -> dict[str, SqlValue]:
    """Return what a draft decides, as columns, without the slug."""
    need_letters("title", draft.title)
    category_id = db.scalar(select(Category.id).where(Category.slug == draft.category))
    if category_id is None:
        raise Conflict("category", "unknown", _("This category doesn't exist."))
    return {
        **draft.model_dump(exclude={"about", "category", "slug"}),
        "sort_title": sort_title(draft.title),
        "about_markdown": draft.about,
        "about_html": markdown.render(draft.about),
        "category_id": category_id,
    }


def sort_title(title: str) -> str:
    """Return what a title is sorted by."""
    return bare(title)[:LONGEST_TITLE]


def draft_of(row: CourseRow) -> dict[str, SqlValue]:
    """Return the course of `row` as the fields of a `CourseDraft`."""
    names = ("slug", "price", *shown_in("lists"), *shown_in("page"))
    known = {name: getattr(row, name) for name in names}
    return {**known, "about": row.about_markdown, "category": row.category_slug}
