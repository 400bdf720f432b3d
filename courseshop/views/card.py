from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPNotModified

from courseshop.framework.add_page import page
from courseshop.framework.conditional import matches_if_none_match
from courseshop.rendering.formats import decimal
from courseshop.resources import Course
from courseshop.services import instructor
from courseshop.services.card import Card, png
from courseshop.services.rating import average

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.models.rows import ListedCourse

NAME = "card.png"
HOUR = 3_600


@page(context=Course, name=NAME, media_type="image/png", answers=(200, 304))
def card(place: Course, request: Request) -> Response:
    """Return the preview image that social networks show with the link of a course."""
    row = place.row
    names = (one.name for one in instructor.of_courses(request.db, [row.id])[row.id])
    drawn = card_of(request, row, names)
    tag = tag_of(drawn)
    response: Response = request.response
    if matches_if_none_match(request, tag):
        response = HTTPNotModified()
    else:
        response.content_type = "image/png"
        response.body = png(drawn)
    response.headers["ETag"] = f'"{tag}"'
    public = row.status == "published"
    kept = f"public, max-age={HOUR}" if public else "private, no-cache"
    response.headers["Cache-Control"] = kept
    return response


def card_url(place: Course, request: Request, names: Iterable[str]) -> str:
    """Return the URL of the preview image. It changes whenever the image does."""
    return place.url(NAME, query={"v": tag_of(card_of(request, place.row, names))})


def card_of(request: Request, row: ListedCourse, names: Iterable[str]) -> Card:
    """Return the content of the preview image.

    It is in the first language of the shop, because social networks do not request any.
    """
    mean, locale = average(row.rating_sum, row.rating_count), request.settings.locales[0]
    counted = decimal(row.rating_count, locale=locale)
    shown = "" if mean is None else f"{decimal(mean, '0.0', locale=locale)} ({counted})"
    return Card(
        title=row.title,
        category=row.category_slug,
        category_title=row.category_title,
        people=", ".join(names),
        average=mean,
        rating=shown,
        shop=request.settings.name,
    )


def tag_of(drawn: Card) -> str:
    return blake2b(repr(drawn).encode(), digest_size=8).hexdigest()
