"""Canonical URLs, and the methods that are allowed at each."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pyramid.events import ContextFound
from pyramid.httpexceptions import (
    HTTPMethodNotAllowed,
    HTTPNoContent,
    HTTPNotFound,
    HTTPPermanentRedirect,
)
from pyramid.traversal import PATH_SAFE

from courseshop.database.request_session import is_write
from courseshop.domain.shop import shop_of
from courseshop.framework import adapters, traversal
from courseshop.framework.page_spec import METHODS
from courseshop.framework.place_acl import members_only
from courseshop.framework.resource import Resource

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

STATIC_ROUTE = "__static/"


def guard(event: ContextFound) -> None:
    """Handle requests that must not reach a view.

    Raises HTTPNotFound for unknown paths, HTTPPermanentRedirect for other spellings and former
    names, HTTPNoContent for OPTIONS, and HTTPMethodNotAllowed for methods that the page lacks.
    """
    request = event.request
    if request.matched_route is not None:
        if request.matched_route.name == STATIC_ROUTE:
            check_method(request, ["GET"])
            check_static_path(request)
        return
    redirect_renamed(request)
    if request.subpath:
        raise HTTPNotFound
    place, name = request.context, request.view_name
    known = methods_of(place, name)
    if not known:
        if name not in shop_of(request.registry).view_names:
            # Pyramid would look the name up in its registry, which caches every name forever.
            raise HTTPNotFound
        return
    if not is_canonical(request, place, name):
        if request.method not in {"GET", "HEAD"} or "GET" not in known:
            raise HTTPNotFound
        query = f"?{request.query_string}" if request.query_string else ""
        raise HTTPPermanentRedirect(place.url(*filter(None, [name])) + query)
    if request.method not in known and not is_public(place):
        raise HTTPNotFound
    check_method(request, known)


def is_public(place: Resource) -> bool:
    """Return whether the allowed methods of a place may be revealed.

    They may not if that would reveal to the user that a hidden row exists.
    """
    return place.permits("view") or traversal.is_fixed(place) or members_only(place)


def redirect_renamed(request: Request) -> None:
    """Redirect a request for a former name of a row to the row's current name.

    Writes are redirected, too: 308 keeps the method and body, so users lose no work if someone else
    renames the row. Caches must revalidate the redirect, because the row may get its old name back.
    """
    place, old = request.context, request.view_name
    if not old or methods_of(place, old):
        return
    moved = place.moved(old)
    if moved is None:
        return
    target, name = descend(moved, list(request.subpath))
    known = methods_of(target, name) if target else []
    if target is None or not known:
        return
    url = target.url(*filter(None, [name]))
    here, there = urlsplit(place.url()).path, urlsplit(url).path
    spelled = f"{here}/{old}{there.removeprefix(urlsplit(moved.url()).path)}"
    prefix = quote(request.script_name, PATH_SAFE)
    canonical = requested_path(request.environ) in {spelled, spelled.removeprefix(prefix)}
    if not canonical and request.method not in {"GET", "HEAD"}:
        raise HTTPNotFound
    if request.method == "OPTIONS":
        check_method(request, known)
    query = f"?{request.query_string}" if request.query_string else ""
    raise HTTPPermanentRedirect(url + query, headers=[("Cache-Control", "no-cache")])


def descend(place: Resource, segments: list[str]) -> tuple[Resource | None, str]:
    """Return the place that the segments lead to, or None, and the name of its page."""
    while segments:
        try:
            place = place[segments[0]]
        except KeyError:
            return (place, segments[0]) if len(segments) == 1 else (None, "")
        segments = segments[1:]
    return place, ""


def methods_of(place: Resource, name: str) -> list[str]:
    return [method for method in METHODS if adapters.page(place, method, name)]


def check_static_path(request: Request) -> None:
    """Redirect other spellings of a static file's path to the one from `static_url`."""
    path = "/".join([quote(request.script_name, PATH_SAFE), "static", *map(quote, request.subpath)])
    if requested_path(request.environ) not in {path, path.removeprefix(request.script_name)}:
        query = f"?{request.query_string}" if request.query_string else ""
        raise HTTPPermanentRedirect(request.host_url + path + query)


def check_method(request: Request, known: list[str]) -> None:
    """Raise HTTPNoContent for OPTIONS, or HTTPMethodNotAllowed for a method not in `known`."""
    allowed = sorted({*known, "OPTIONS", *(["HEAD"] if "GET" in known else [])})
    headers = [("Allow", ", ".join(allowed))]
    if request.method == "OPTIONS":
        raise HTTPNoContent(headers=headers)
    if request.method not in allowed:
        raise HTTPMethodNotAllowed(headers=headers)


def is_canonical(request: Request, place: Resource, name: str) -> bool:
    """Return whether the request's path is spelled as `Resource.url` spells it.

    A proxy that adds a prefix may send the raw path with or without it. At the root the trailing
    slash is optional, because the server that mounts the shop may remove it.
    """
    path = urlsplit(place.url(*filter(None, [name]))).path
    prefix = quote(request.script_name, PATH_SAFE)
    spellings = {path, path.removeprefix(prefix)}
    if place.__parent__ is None and not name:
        spellings |= {prefix, ""}
    return requested_path(request.environ) in spellings


def requested_path(environ: WSGIEnvironment) -> str:
    """Return the path as the client sent it.

    If the server does not pass it on, it is rebuilt from a PATH_INFO in which the server has
    already decoded `%2F` and `//`.
    """
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw is None:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return quote(path.encode("latin-1"), PATH_SAFE)
    raw = raw.partition("?")[0].partition("#")[0]
    if raw.startswith("/"):
        return str(raw)
    _scheme, _, rest = raw.partition("://")
    return "/" + rest.partition("/")[2] if rest else str(raw)


def begin_to_write(event: ContextFound) -> None:
    """Begin the transaction of a request that may write, unless its page has none."""
    request, place = event.request, event.request.context
    if not is_write(request):
        return
    is_place = isinstance(place, Resource)
    page = adapters.page(place, request.method, request.view_name) if is_place else None
    if page is None or page.transaction:
        request.database.begin_to_write()
    else:
        request.database.in_parts = True


def includeme(config: Configurator) -> None:
    def note_names() -> None:
        views = traversal.introspectables(config.registry, "views")
        shop_of(config.registry).view_names = {view["name"] for view in views}

    config.add_subscriber(guard, ContextFound)
    # After the guard, because a request that it rejects only reads.
    config.add_subscriber(begin_to_write, ContextFound)
    # Runs after every plugin has registered its views.
    config.action("courseshop view names", note_names, order=9_999)
