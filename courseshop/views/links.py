"""Canonical URLs of places to which other pages link."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from courseshop.resources import Root

if TYPE_CHECKING:
    from collections.abc import Callable

    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource


def root_of(request: Request) -> Root:
    """Return the root of the tree; create it if the request was rejected before traversal."""
    return getattr(request, "root", None) or Root(request)


def course_url(request: Request, slug: str) -> str:
    return root_of(request)["courses"].url(slug)


def edit_url(request: Request, slug: str) -> str:
    """Return the URL of the form to edit a course."""
    return root_of(request)["courses"].url(slug, "edit")


def new_course_url(request: Request) -> str | None:
    """Return the URL of the form to create a course, None if the user may not create one."""
    courses = root_of(request)["courses"]
    return courses.url("new") if courses.permits("add") else None


def catalogue_url(request: Request, **query: str) -> str:
    """Return the URL of the course list with these filters or this sort order."""
    return root_of(request)["courses"].url(query=query)


def category_url(request: Request, slug: str) -> str:
    return root_of(request)["categories"].url(slug)


def person_url(request: Request, username: str) -> str:
    return root_of(request)["people"].url(username)


def urls_below(place: Resource) -> Callable[[str], str]:
    """Return a faster `place.url` for slugs and usernames, to build thousands of URLs.

    Such names need no quoting.
    """
    base = place.url()
    return lambda name: f"{base}/{name}"


def wish_url(request: Request, slug: str) -> str:
    """Return the URL of a course on the current user's default wishlist."""
    return root_of(request)["wishlists"].url("default", slug)


def login_url(request: Request, place: Resource) -> str:
    """Return the URL of the login that redirects to `place` afterwards."""
    path = urlsplit(place.url()).path
    return root_of(request)["account"]["login"].url(query={"next": path})
