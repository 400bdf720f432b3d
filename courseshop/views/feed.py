"""Atom feeds (RFC 4287): one type, whatever `Accept` says, and 304 where nothing is new."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

from pyramid.httpexceptions import HTTPNotModified
from pyramid.renderers import render

from courseshop.actor import GUEST
from courseshop.formats import translate
from courseshop.i18n import _
from courseshop.resources import Course, Review
from courseshop.schemas.review import ReviewsQuery
from courseshop.services import review
from courseshop.views import page
from courseshop.views.answers import finish
from courseshop.views.review import review_out
from courseshop.views.validators import etag, is_known

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from courseshop.schemas.review import ReviewOut

ATOM = "application/atom+xml"
NEWEST = ReviewsQuery(limit=50)
# XML 1.0 has no way to say these (section 2.2).
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(TypedDict):
    id: str
    url: str
    title: str
    author: str
    published: datetime
    updated: datetime
    html: str


@page(context=Course, name="feed.atom")
def reviews(place: Course, request: Any) -> Any:
    """Return the newest reviews of a course, those that everybody may read, as an Atom feed."""

    def entries() -> list[Entry]:
        # A reader of feeds may pass it on: nobody gets more in it than a guest.
        found = review.listing(request.db, GUEST, place.row.id, NEWEST)
        parent: Any = place["reviews"]
        return [entry(request, review_out(Review(parent, row))) for row in found.rows]

    title = translate(request, _("Reviews of ${course}"), {"course": place.row.title})
    return feed(place, title, place.row.updated_at, entries)


def entry(request: Any, found: ReviewOut) -> Entry:
    message = _("${rating} of 5 stars")
    return {
        "id": found["url"],
        "url": found["url"],
        "title": translate(request, message, {"rating": found["rating"]}),
        "author": found["author"]["name"] if found["author"] else "—",
        "published": found["created_at"],
        "updated": found["edited_at"] or found["created_at"],
        "html": found["text"]["html"],
    }


def feed(place: Any, title: str, since: datetime, entries: Callable[[], list[Entry]]) -> Any:
    """Return a feed of what happens at `place`, which changes not before `since`.

    `entries` are asked for where the client has not got them yet, by the place's key.
    """
    request = place.request
    tag = etag(request, ("feed", place.key()))
    if is_known(request, tag):
        return finish(HTTPNotModified(), request, tag)
    found = entries()
    facts = {
        "title": title,
        "url": place.url(),
        "here": place.url("feed.atom"),
        "updated": max([since, *(one["updated"] for one in found)]),
        "entries": found,
    }
    response = request.response
    response.content_type = ATOM
    text = render("courseshop:templates/feed.jinja2", facts, request)
    response.text = NOT_IN_XML.sub("", text)
    return finish(response, request, tag)
