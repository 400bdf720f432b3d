"""What scripts of other origins may read (CORS, in the Fetch standard): what every guest may.

They read without cookies and tokens alone: no answer allows credentials. Nothing that changes
something is allowed to them, and what is somebody's own, or a way to it, is not even read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.events import NewResponse

from courseshop.security import members_only

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

READS = {"GET", "HEAD"}
ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")
# Of the headers that a browser would keep from a script.
EXPOSED_NAMES = (
    *("Deprecation", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", "Sunset", "X-Request-ID"),
)
EXPOSED = ("Access-Control-Expose-Headers", ", ".join(EXPOSED_NAMES))
# What a script may set; a token is not among them.
TAKEN_NAMES = ("Accept", "Accept-Language", "If-Modified-Since", "If-None-Match", "X-Request-ID")
HOURS = 2
PREFLIGHT = (
    ANY_ORIGIN,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", ", ".join(TAKEN_NAMES)),
    ("Access-Control-Max-Age", str(HOURS * 3_600)),
)


def allow(event: NewResponse) -> None:
    """Let scripts of other origins read an answer that is public, or ask for one."""
    request, response = event.request, event.response
    if request.method in READS:
        if is_for_guests(request) or is_for_all(response):
            response.headerlist.extend((ANY_ORIGIN, EXPOSED))
    elif is_preflight(request, response) and is_for_guests(request):
        response.headerlist.extend(PREFLIGHT)


def is_for_all(response: Response) -> bool:
    """Tell that it is kept for everybody: a cache may give a script what a person asked for."""
    kept = response.headers.get("Cache-Control", "")
    return "public" in kept or ("max-age" in kept and "private" not in kept)


def is_for_guests(request: Request) -> bool:
    """Tell that a guest gets this answer, and not at a place that is somebody's own."""
    environ = request.environ
    if "HTTP_COOKIE" in environ or "HTTP_AUTHORIZATION" in environ:
        return False
    # A request that was refused at the door has come to no place.
    place = getattr(request, "context", None)
    return place is None or not members_only(place)


def is_preflight(request: Request, response: Response) -> bool:
    """Return whether a browser asks on behalf of a script whether it may read what is there."""
    asked = request.headers.get("Access-Control-Request-Method")
    allowed = response.headers.get("Allow", "")
    return asked in READS and response.status_int == 204 and "GET" in allowed.split(", ")


def includeme(config: Configurator) -> None:
    config.add_subscriber(allow, NewResponse)
