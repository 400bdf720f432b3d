"""The fields of a course as its columns: what a `CourseDraft` holds, and what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from courseshop.domain import markdown
from courseshop.schemas.course import CourseDraft, shown_in
from courseshop.services import category
from courseshop.services.outline import with_known_ids
from courseshop.services.words import bare, need_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue
    from courseshop.models.rows import CourseRow
    from courseshop.schemas.course import SectionOut

LONGEST_TITLE = 200
# The names of those columns whose field has another one, and the columns that belong to no field.
RENAMED = {"about_markdown": "about", "category_id": "category"}
DERIVED = {"about_html", "sort_title", "listed_at", "updated_at"}


def changes(row: CourseRow | None, sent: Mapping[str, SqlValue]) -> dict[str, SqlValue]:
    """Return those of the sent fields of a `CourseDraft` that differ from what is stored.

    A new course (None) has the defaults.
    """
    known = draft_of(row) if row else defaults()
    if row and "outline" in sent:
        outline = cast("list[SectionOut]", sent["outline"])
        sent = {**sent, "outline": cast("SqlValue", with_known_ids(outline, row.outline))}
    return {name: value for name, value in sent.items() if value != known[name]}


def draft_of(row: CourseRow) -> dict[str, SqlValue]:
    """Return the course of `row` as the fields of a `CourseDraft`."""
    names = ("slug", "price", *shown_in("lists"), *shown_in("page"))
    known = {name: getattr(row, name) for name in names}
    return {**known, "about": row.about_markdown, "category": row.category_slug}


def defaults() -> dict[str, SqlValue]:
    """Return the fields of a `CourseDraft` by default; None for those that are required."""
    fields = CourseDraft.model_fields.items()
    return {
        name: None if info.is_required() else info.get_default(call_default_factory=True)
        for name, info in fields
    }


def columns_of(db: Session, sent: Mapping[str, SqlValue]) -> dict[str, SqlValue]:
    """Return the columns for these fields of a `CourseDraft`, without the slug."""
    values = {name: value for name, value in sent.items() if name not in {"about", "category"}}
    if "title" in sent:
        title = str(sent["title"])
        need_letters("title", title)
        values["sort_title"] = sort_title(title)
    if "about" in sent:
        about = str(sent["about"])
        values |= {"about_markdown": about, "about_html": markdown.render(about)}
    if "category" in sent:
        values["category_id"] = category.id_of(db, str(sent["category"]))
    return values


def fields_of(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the fields in these columns, in alphabetical order."""
    return tuple(sorted(RENAMED.get(one, one) for one in columns if one not in DERIVED))


def sort_title(title: str) -> str:
    """Return the sort key of a title."""
    return bare(title)[:LONGEST_TITLE]
