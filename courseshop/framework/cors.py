"""CORS (Fetch standard): scripts of other origins may read what every guest may read.

They read without cookies and tokens, because no response allows credentials. They may not write,
and may not read a user's own pages or the login pages that lead to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.events import NewResponse

from courseshop.framework.place_acl import members_only

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

READS = {"GET", "HEAD"}
ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")
# Response headers that browsers would otherwise hide from scripts.
EXPOSED_NAMES = (
    *("Deprecation", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", "Sunset", "X-Request-ID"),
)
EXPOSED = ("Access-Control-Expose-Headers", ", ".join(EXPOSED_NAMES))
# Request headers that a script may set; Authorization is not among them.
TAKEN_NAMES = ("Accept", "Accept-Language", "If-Modified-Since", "If-None-Match", "X-Request-ID")
HOURS = 2
PREFLIGHT = (
    ANY_ORIGIN,
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", ", ".join(TAKEN_NAMES)),
    ("Access-Control-Max-Age", str(HOURS * 3_600)),
)


def allow(event: NewResponse) -> None:
    """Add CORS headers to public responses, and to responses to preflight requests."""
    request, response = event.request, event.response
    if request.method in READS:
        if is_for_guests(request) or is_for_all(response):
            response.headerlist.extend((ANY_ORIGIN, EXPOSED))
    elif is_preflight(request, response) and is_for_guests(request):
        response.headerlist.extend(PREFLIGHT)


def is_for_all(response: Response) -> bool:
    """Return whether a shared cache may store the response.

    A script may get it from the cache, even if it was first sent to a logged-in user.
    """
    kept = response.headers.get("Cache-Control", "")
    return "public" in kept or ("max-age" in kept and "private" not in kept)


def is_for_guests(request: Request) -> bool:
    """Return whether the request is without credentials, and not for a members-only place."""
    environ = request.environ
    if "HTTP_COOKIE" in environ or "HTTP_AUTHORIZATION" in environ:
        return False
    # A request that was rejected before traversal has no context.
    place = getattr(request, "context", None)
    return place is None or not members_only(place)


def is_preflight(request: Request, response: Response) -> bool:
    """Return whether this is the response to a valid preflight request for a GET or HEAD."""
    asked = request.headers.get("Access-Control-Request-Method")
    allowed = response.headers.get("Allow", "")
    return asked in READS and response.status_int == 204 and "GET" in allowed.split(", ")


def includeme(config: Configurator) -> None:
    config.add_subscriber(allow, NewResponse)
