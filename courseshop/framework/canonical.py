"""One URL for one thing, and only the methods that it has."""

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

from courseshop.database.request_session import begin_to_write
from courseshop.domain.shop import shop_of
from courseshop.framework import adapters, traversal
from courseshop.framework.page import METHODS
from courseshop.security import members_only

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource

STATIC_ROUTE = "__static/"


def guard(event: ContextFound) -> None:
    """Answer what no view must see: leftovers, other spellings, OPTIONS, unknown methods."""
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
            # Pyramid would ask its registry, which keeps every name that it was asked for.
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
    """Return whether the methods of a place are no secret; of what a row decides, they may be."""
    return place.permits("view") or traversal.is_fixed(place) or members_only(place)


def redirect_renamed(request: Request) -> None:
    """Send what is asked of a row by a name that it had to the name that it has now.

    A write too: 308 keeps its method and body, and nobody's work is lost because another has
    renamed the row. No cache may keep it: the row may get its old name back.
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
    """Return the place that the segments lead to (None: there is none), and its page's name."""
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
    """Send another spelling of a file's path to the one that `static_url` writes."""
    path = "/".join([quote(request.script_name, PATH_SAFE), "static", *map(quote, request.subpath)])
    if requested_path(request.environ) not in {path, path.removeprefix(request.script_name)}:
        query = f"?{request.query_string}" if request.query_string else ""
        raise HTTPPermanentRedirect(request.host_url + path + query)


def check_method(request: Request, known: list[str]) -> None:
    """Raise what answers OPTIONS (204) or a method that is not among `known` (405)."""
    allowed = sorted({*known, "OPTIONS", *(["HEAD"] if "GET" in known else [])})
    headers = [("Allow", ", ".join(allowed))]
    if request.method == "OPTIONS":
        raise HTTPNoContent(headers=headers)
    if request.method not in allowed:
        raise HTTPMethodNotAllowed(headers=headers)


def is_canonical(request: Request, place: Resource, name: str) -> bool:
    """Return whether the path was sent as `url` writes it.

    A proxy that adds a prefix may send the raw path with or without it. The first page is
    itself at the bare prefix too, which the mounting server may make of both.
    """
    path = urlsplit(place.url(*filter(None, [name]))).path
    prefix = quote(request.script_name, PATH_SAFE)
    spellings = {path, path.removeprefix(prefix)}
    if place.__parent__ is None and not name:
        spellings |= {prefix, ""}
    return requested_path(request.environ) in spellings


def requested_path(environ: WSGIEnvironment) -> str:
    """Return the path as it was sent; a server that hides it has decoded `%2F` and `//`."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw is None:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return quote(path.encode("latin-1"), PATH_SAFE)
    raw = raw.partition("?")[0].partition("#")[0]
    if raw.startswith("/"):
        return str(raw)
    _scheme, _, rest = raw.partition("://")
    return "/" + rest.partition("/")[2] if rest else str(raw)


def includeme(config: Configurator) -> None:
    def note_names() -> None:
        views = traversal.entries(config.registry, "views")
        shop_of(config.registry).view_names = {view["name"] for view in views}

    config.add_subscriber(guard, ContextFound)
    # After that: what is refused there only reads.
    config.add_subscriber(begin_to_write, ContextFound)
    # After the last view of the last plugin.
    config.action("courseshop view names", note_names, order=9_999)
