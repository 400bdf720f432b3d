"""The panel of related courses, each with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.rendering.locales import translate
from courseshop.resources import Course
from courseshop.schemas.compare import MOST_COMPARED
from courseshop.services.similarity import folded
from courseshop.services.words import tag_of
from courseshop.views.course import category_of, money, rating_of
from courseshop.views.links import course_url, root_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.models.rows import CourseRow, RelatedRow
    from courseshop.schemas.related import RelatedCourse, RelatedOut, RelatedWhy

MOST_SHOWN = 6
MOST_TAGS = 3
# After the panels of plugins, which are about the course itself.
LAST = 100


def related(place: Course, request: Request) -> RelatedOut | None:
    """Return the related courses, None if there are none."""
    found = [(row, reasons(place.row, row, request)) for row in place.related]
    # The relation is outdated if the category or the tags have changed since it was stored.
    items = [related_out(request, row, why) for row, why in found if why][:MOST_SHOWN]
    if not items:
        return None
    slugs = [place.row.slug, *(one["slug"] for one in items)][:MOST_COMPARED]
    compare = root_of(request)["courses"].url("compare", query={"course": slugs})
    return {"related": items, "compare": compare}


def related_out(request: Request, row: RelatedRow, why: list[RelatedWhy]) -> RelatedCourse:
    return {
        "slug": row.slug,
        "url": course_url(request, row.slug),
        "title": row.title,
        "category": category_of(request, row),
        "level": row.level,
        "language": row.language,
        "duration_minutes": row.duration_minutes,
        "price": money(request, row.price),
        "rating": rating_of(row),
        "why": why,
    }


def reasons(mine: CourseRow, other: RelatedRow, request: Request) -> list[RelatedWhy]:
    """Return why another course is related, by the current tags and categories of both."""
    why: list[RelatedWhy] = []
    if other.wished:
        text = translate(request, _("Often saved together"))
        why.append({"reason": "wished", "text": text})
    theirs = folded(other.tags)
    tags = [tag for tag in mine.tags if tag_of(tag) in theirs][:MOST_TAGS]
    if tags:
        text = translate(request, _("Also about: ${tags}", mapping={"tags": ", ".join(tags)}))
        why.append({"reason": "tags", "text": text, "tags": tags})
    if mine.category_slug == other.category_slug:
        why.append({"reason": "category", "text": translate(request, _("Same category"))})
    return why


def key(place: Course, _request: Request) -> Hashable:
    """Return the key of the panel: its courses, in order, and the stamps of their data."""
    return tuple((row.id, row.stamp, row.category_stamp, row.wished) for row in place.related)


def includeme(config: Configurator) -> None:
    config.add_panel(
        "main",
        related,
        context=Course,
        renderer="courseshop:templates/course/related.jinja2",
        key=key,
        order=LAST,
        shared=True,
    )
