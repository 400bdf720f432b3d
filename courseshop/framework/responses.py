"""Complete responses: cache headers, pagination of lists, 201 Created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pyramid.interfaces import IResponse
from pyramid.location import lineage

from courseshop.domain.actor import GUEST
from courseshop.framework.cursor import bind_cursor
from courseshop.framework.place_acl import members_only
from courseshop.security import principals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.response import Response

    from courseshop.framework.page_spec import PageSpec
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.models.rows import Identified
    from courseshop.services.paging import Slice

Answer = TypeVar("Answer", bound="Response")
Own = TypeVar("Own", bound="PageData | Response | None")
Row = TypeVar("Row", bound="Identified")
# Every page shows the current user, in its header or in its links.
ALWAYS = ("Accept", "Authorization", "Cookie")
# The request headers that authenticate the user.
SESSION = ("Authorization", "Cookie")
NO_STORE = "no-store"
# Part of the names of all cookies that a response may depend on, including those of plugins.
COOKIES = "courseshop_"


def finish(response: Answer, request: Request, tag: str | None) -> Answer:
    """Add Vary, ETag and Cache-Control to a negotiated response, and return it."""
    response.vary = (*(response.vary or ()), *ALWAYS, *language_of(request))
    if tag is not None:
        response.headers["ETag"] = f'"{tag}"'
        response.headers.setdefault("Cache-Control", cache_control(response, request))
    return response


def finish_own(response: Own, page: PageSpec, place: Resource) -> Own:
    """Add the cache headers that a view without a renderer has not set to its response.

    It may depend on anything, so by default no cache stores it. If guests may not use the page, it
    depends on the session.
    """
    if not IResponse.providedBy(response):
        # Pyramid reports what the view has returned instead.
        return response
    headers = response.headers
    headers.setdefault("Cache-Control", NO_STORE)
    if page.raw:
        headers["Cache-Control"] = NO_STORE
    elif members_only(place) or not place.decides(page.permission, principals(GUEST)):
        response.vary = (*(response.vary or ()), *SESSION)
    return response


def cache_control(response: Response, request: Request) -> str:
    """Return the `Cache-Control` value of a response that has an ETag."""
    if request.actor.id is not None:
        return "private, no-cache"
    seconds = request.settings.shared_seconds
    if not seconds or not is_for_every_guest(response, request):
        return "no-cache"
    # Browsers revalidate each time, so a login or logout takes effect at once.
    return f"public, max-age=0, must-revalidate, s-maxage={seconds}"


def is_for_every_guest(response: Response, request: Request) -> bool:
    """Return whether a guest's response depends only on the URL and the `Accept…` headers.

    Wishlists that are shared by link are excluded: once the owner makes one private, no cache may
    still serve it.
    """
    environ = request.environ
    if "HTTP_AUTHORIZATION" in environ or COOKIES in environ.get("HTTP_COOKIE", ""):
        return False
    if response.status_int not in {200, 304} or "Set-Cookie" in response.headers:
        return False
    place = request.context
    closing = any(getattr(one, "may_become_private", False) for one in lineage(place))
    return not members_only(place) and not closing


def language_of(request: Request) -> tuple[str, ...]:
    return ("Accept-Language",) if len(request.settings.locales) > 1 else ()


def collection(
    place: Resource,
    request: Request,
    found: Slice[Row],
    items: Sequence[PageData],
    # Additional keys may hold values of any type, as in PageData.
    **more: Any,
) -> PageData:
    """Return a slice of a list in the API's format, and set the `Link` header (RFC 8288).

    `page_count` is for templates only.
    """
    kept = {name: value for name, value in request.GET.items() if name not in {"after", "before"}}
    query = request.accepted
    after, before = (bind_cursor(place, query, one) for one in (found.after, found.before))
    cursors = {"next": {"after": after}, "prev": {"before": before}}
    links: dict[str, str | None] = {"self": place.url(query=dict(request.GET))}
    for rel, cursor in cursors.items():
        here = all(cursor.values())
        links[rel] = place.url(query={**kept, **cursor}) if here else None
    request.response.headers["Link"] = ", ".join(
        f'<{url}>; rel="{rel}"' for rel, url in links.items() if url
    )
    total = {"total": found.total.number, "total_exact": found.total.exact}
    return {**more, "items": list(items), **total, "links": links, "page_count": found.pages}


def created(request: Request, place: Resource) -> None:
    """Mark `place` as created by this request: 201 with its Location, or 303 for a browser."""
    request.response.status_int = 201
    request.response.location = place.url()
