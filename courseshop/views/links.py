"""The canonical URLs of things that are named on pages of other places."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from courseshop.resources import Root

if TYPE_CHECKING:
    from collections.abc import Callable

    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource


def root_of(request: Request) -> Root:
    """Return the root; a request that was refused at the door has not got one yet."""
    return getattr(request, "root", None) or Root(request)


def course_url(request: Request, slug: str) -> str:
    return root_of(request)["courses"].url(slug)


def catalogue_url(request: Request, **query: str) -> str:
    """Return the list of courses with these filters, or in this order."""
    return root_of(request)["courses"].url(query=query)


def category_url(request: Request, slug: str) -> str:
    return root_of(request)["categories"].url(slug)


def person_url(request: Request, username: str) -> str:
    return root_of(request)["people"].url(username)


def urls_below(place: Resource) -> Callable[[str], str]:
    """Return what `place.url` writes for the slug or username of a row, for thousands of them.

    Nothing in such names has to be quoted, and Pyramid would keep each that it quotes.
    """
    base = place.url()
    return lambda name: f"{base}/{name}"


def wish_url(request: Request, slug: str) -> str:
    """Return where a course is put on one's own default wishlist."""
    return root_of(request)["wishlists"].url("default", slug)


def login_url(request: Request, place: Resource) -> str:
    """Return where a guest logs in to come back to `place`."""
    path = urlsplit(place.url()).path
    return root_of(request)["account"]["login"].url(query={"next": path})
