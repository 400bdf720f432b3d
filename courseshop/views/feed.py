"""Atom feeds (RFC 4287)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict
from urllib.parse import urlsplit

from courseshop.domain.actor import GUEST
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.conditional import etag
from courseshop.framework.xml import answer, written
from courseshop.rendering.locales import translate
from courseshop.resources import Course, Review, Reviews
from courseshop.schemas.review import ReviewsQuery
from courseshop.services import review
from courseshop.views.review import review_out

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource
    from courseshop.schemas.review import ReviewOut

NAME = "feed.atom"
ATOM = "application/atom+xml"
NEWEST = ReviewsQuery(limit=50)


class Subject(TypedDict):
    """An `atom:category`: a term, the URI of its scheme, and a human-readable label."""

    term: str
    scheme: str
    label: str


class Entry(TypedDict):
    """An `atom:entry`. Without authors it inherits the author of the feed, the shop."""

    id: str
    url: str
    title: str
    authors: list[str]
    published: datetime
    updated: datetime
    html: NotRequired[str]
    language: NotRequired[str]
    summary: NotRequired[str]
    category: NotRequired[Subject]


@page(context=Course, name=NAME, media_type=ATOM, answers=(200, 304))
def reviews(place: Course, request: Request) -> Response:
    """Return the newest public reviews of a course as an Atom feed."""

    def entries() -> list[Entry]:
        # A feed reader may republish the feed, so it only has what a guest may see.
        found = review.listing(request.db, GUEST, place.row, NEWEST)
        parent = place.child("reviews", Reviews)
        return [entry(request, review_out(Review(parent, str(row.id), row))) for row in found.rows]

    title = translate(request, _("Reviews of ${course}"), {"course": place.row.title})
    return feed(place, title, place.row.updated_at, entries)


def entry(request: Request, found: ReviewOut) -> Entry:
    message = _("${rating} of 5 stars")
    return {
        "id": permanent_id(request, "review", found["id"], found["created_at"]),
        "url": found["url"],
        "title": translate(request, message, {"rating": found["rating"]}),
        "authors": [found["author"]["name"] if found["author"] else "—"],
        "published": found["created_at"],
        "updated": found["edited_at"] or found["created_at"],
        "html": found["text"]["html"],
    }


def permanent_id(request: Request, kind: str, row_id: int, since: datetime) -> str:
    """Return a permanent id (RFC 4287, section 4.2.6) of a row, which does not depend on its slug.

    It is a tag URI (RFC 4151) of the day on which the row was created, and of the host in the
    shop's configured URL, or in the request's if none is configured.
    """
    shop = urlsplit(request.settings.url or request.application_url)
    return f"tag:{shop.hostname},{since:%Y-%m-%d}:{shop.path}/{kind}/{row_id}"


def feed(
    place: Resource,
    title: str,
    since: datetime,
    entries: Callable[[], list[Entry]],
    key: Hashable = None,
) -> Response:
    """Return an Atom feed of `place`, whose time of last update is `since` or later.

    The ETag is made of the `key` on which the entries depend, by default that of the place.
    `entries()` is only called if the client does not have the current feed.
    """
    request = place.request

    def write() -> str:
        found = entries()
        facts = {
            "title": title,
            "url": place.url(),
            "here": place.url(NAME),
            "updated": max([since, *(one["updated"] for one in found)]),
            "entries": found,
        }
        return written("courseshop:templates/feed.jinja2", facts, request)

    tag = etag(request, ("feed", place.key() if key is None else key))
    response: Response = answer(request, ATOM, tag, write)
    return response
