"""The feed of a wishlist: new wishes and changes of prices."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.rendering.formats import money as shown_money
from courseshop.rendering.locales import translate
from courseshop.resources import Wishlist
from courseshop.services import wish
from courseshop.views.course import money
from courseshop.views.feed import ATOM, Entry, feed
from courseshop.views.links import course_url
from courseshop.views.wish import items_of
from courseshop.views.wishlist import at_public_url

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.models.rows import PriceChangeRow, WishedCourse
    from courseshop.schemas.course import CourseSummary
    from courseshop.schemas.wishlist import WishItem

MOST_NEWS = 50


@page(context=Wishlist, name="feed.atom", media_type=ATOM, answers=(200, 304))
def news(place: Wishlist, request: Request) -> Response:
    """Return the newest wishes of a list and their price changes as an Atom feed."""
    row = place.row

    def entries() -> list[Entry]:
        rows = wish.listing(request.db, row.id)
        items = zip(items_of(place, rows), rows, strict=True)
        there = ((one, one["course"], found) for one, found in items)
        wishes = [
            entry(one, course, found, row.owner_name) for one, course, found in there if course
        ]
        changes = wish.price_changes(request.db, row.id, MOST_NEWS)
        prices = [price_entry(request, change) for change in changes]
        newest = sorted(wishes + prices, key=lambda one: one["updated"], reverse=True)
        return newest[:MOST_NEWS]

    message = _("Wishlist “${list}” by ${name}") if row.name else _("Wishlist by ${name}")
    title = translate(request, message, {"list": row.name, "name": row.owner_name})
    return feed(at_public_url(place), title, row.created_at, entries)


def entry(item: WishItem, course: CourseSummary, row: WishedCourse, author: str) -> Entry:
    note = row.note_html or paragraph(row.note)
    return {
        "id": course["url"],
        "url": course["url"],
        "title": course["title"],
        "authors": [author],
        "published": item["added_at"],
        "updated": item["added_at"],
        "html": paragraph(course["summary"]) + note,
    }


def paragraph(text: str) -> str:
    """Return plain text as HTML."""
    return f"<p>{escape(text)}</p>" if text else ""


def price_entry(request: Request, change: PriceChangeRow) -> Entry:
    prices = {
        name: shown_money(request, money(request, price))
        for name, price in (("old", change.old), ("new", change.new))
    }
    url = course_url(request, change.slug)
    message = _("${course}: now ${new}, was ${old}")
    return {
        "id": f"{url}#price-{change.id}",
        "url": url,
        "title": translate(request, message, {"course": change.title, **prices}),
        "authors": [],
        "published": change.at,
        "updated": change.at,
    }
