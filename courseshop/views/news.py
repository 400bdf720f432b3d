"""Atom feeds of the newest courses, for the shop and for each category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.rendering.locales import translate
from courseshop.resources import Category, Root
from courseshop.services import category, instructor, news
from courseshop.services.paging import EPOCH
from courseshop.views.feed import ATOM, NAME, feed, permanent_id
from courseshop.views.links import course_url, root_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.models.rows import NewCourse
    from courseshop.views.feed import Entry


@page(context=Root, name=NAME, media_type=ATOM, answers=(200, 304))
def of_shop(place: Root, request: Request) -> Response:
    """Return the newest courses as an Atom feed."""
    title = translate(request, _("New courses at ${shop}"), {"shop": request.settings.name})
    return courses(place, title, news.newest(request.db))


@page(context=Category, name=NAME, media_type=ATOM, answers=(200, 304))
def of_category(place: Category, request: Request) -> Response:
    """Return the newest courses of a category as an Atom feed."""
    words = {"category": place.row.title, "shop": request.settings.name}
    title = translate(request, _("New courses in ${category} at ${shop}"), words)
    return courses(place, title, news.newest(request.db, category.tree(request.db).ids(place.row)))


def courses(place: Root | Category, title: str, rows: Sequence[NewCourse]) -> Response:
    request = place.request
    key = (title, *((row.id, row.stamp, row.category_stamp) for row in rows))

    def entries() -> list[Entry]:
        people = instructor.of_courses(request.db, [row.id for row in rows])
        return [entry(request, row, [one.name for one in people[row.id]]) for row in rows]

    # Without courses, the feed's time of last update is the epoch.
    return feed(place, title, EPOCH, entries, key)


def entry(request: Request, row: NewCourse, authors: list[str]) -> Entry:
    return {
        "id": permanent_id(request, "course", row.id, row.created_at),
        "url": course_url(request, row.slug),
        "title": row.title,
        "authors": authors,
        "published": row.listed_at,
        "updated": max(row.updated_at, row.listed_at),
        "language": row.language,
        "summary": row.summary,
        "category": {
            "term": row.category_slug,
            "scheme": root_of(request)["categories"].url(),
            "label": row.category_title,
        },
    }
