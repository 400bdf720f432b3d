"""Pages of guests, and the parts of pages that are the same for everybody, from the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from courseshop.kept import Kept
from courseshop.views.answers import cache_control

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

CACHE_CONTROL = "Cache-Control"


def answered(key: Hashable, request: Any, build: Callable[[], Any]) -> Any:
    """Return the answer that is kept for guests under a key, or what `build()` returns."""
    if request.actor.id is not None:
        return build()
    shelf = request.registry["courseshop.shelf"]
    kept = shelf.find(key)
    if kept is not None:
        return restored(kept, request)
    response = build()
    if may_be_kept(response):
        headers = [pair for pair in response.headerlist if pair[0] != CACHE_CONTROL]
        shelf.keep(key, Kept(response.body, tuple(headers)))
    return response


def may_be_kept(response: Any) -> bool:
    headers = response.headers
    private = "Set-Cookie" in headers or "no-store" in headers.get(CACHE_CONTROL, "")
    return response.status_int == 200 and not private


def restored(kept: Kept, request: Any) -> Any:
    """Return the request's response as it was kept; who else may keep it is said anew."""
    response = request.response
    # In this order: another body has another length.
    response.app_iter = [kept.body]
    response.headerlist = [*kept.headers]
    response.headers[CACHE_CONTROL] = cache_control(response, request)
    return response


def part(request: Any, key: Hashable, build: Callable[[], Markup | None]) -> Markup | None:
    """Return a part of a page that is kept under `key`, or what `build()` returns."""
    shelf = request.registry["courseshop.shelf"]
    kept = shelf.find(key)
    if kept is not None:
        return Markup(kept.body)  # noqa: S704 - a template has escaped it
    html = build()
    if html is not None:
        shelf.keep(key, Kept(html))
    return html
