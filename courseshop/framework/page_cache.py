"""What guests were sent before, kept in the memory of a process.

Nothing kept is ever out of date, and nothing is ever thrown away because something was written:
who asks for it names the version and the stamps that they have read in this very request, as the
ETag does. So it is right with any number of processes and machines.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from cachetools import LRUCache
from markupsafe import Markup

from courseshop.domain.shop import shop_of
from courseshop.framework.responses import cache_control

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

CACHE_CONTROL = "Cache-Control"
# What an answer takes besides its body: the key, the headers, their places in dicts.
BESIDES = 3_000


class CachedPage(NamedTuple):
    """What was made once: the body of an answer with its headers, or a part of a page."""

    body: bytes | str
    headers: tuple[tuple[str, str], ...] = ()


def size(kept: Any) -> int:
    """Return about how many bytes of memory it takes; what has no body stands around one."""
    return len(getattr(kept, "body", b"")) + BESIDES


class PageCache:
    """Keeps at most `room` bytes; what nobody has asked for longest makes room for the new."""

    def __init__(self, room: int) -> None:
        self._kept: LRUCache[Hashable, Any] = LRUCache(room, getsizeof=size)
        self._lock = Lock()
        self.hits = self.misses = 0

    def peek(self, key: Hashable) -> Any | None:
        """Return what is kept under a key, and count nothing: what it leads to is counted."""
        with self._lock:
            return self._kept.get(key)

    def find(self, key: Hashable) -> Any | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
        return found

    def keep(self, key: Hashable, kept: Any) -> None:
        """Keep it, unless it alone is larger than the room."""
        if size(kept) <= self._kept.maxsize:
            with self._lock:
                self._kept[key] = kept

    def clear(self, kind: type = object) -> None:
        """Forget what is kept of a kind, all of it unless told."""
        with self._lock:
            for key in [key for key, kept in self._kept.items() if isinstance(kept, kind)]:
                del self._kept[key]

    def figures(self) -> dict[str, int]:
        """Return what was found and what was not since the process started, and what is there."""
        with self._lock:
            return {
                "hits": self.hits,
                "misses": self.misses,
                "kept": len(self._kept),
                "bytes": int(self._kept.currsize),
                "room": int(self._kept.maxsize),
            }


def answered(key: Hashable, request: Any, build: Callable[[], Any]) -> Any:
    """Return the answer that is kept for guests under a key, or what `build()` returns."""
    if request.actor.id is not None:
        return build()
    shelf = shop_of(request.registry).page_cache
    kept = shelf.find(key)
    if kept is not None:
        return restored(kept, request)
    response = build()
    if may_be_kept(response):
        headers = [pair for pair in response.headerlist if pair[0] != CACHE_CONTROL]
        shelf.keep(key, CachedPage(response.body, tuple(headers)))
    return response


def may_be_kept(response: Any) -> bool:
    headers = response.headers
    private = "Set-Cookie" in headers or "no-store" in headers.get(CACHE_CONTROL, "")
    return response.status_int == 200 and not private


def restored(kept: CachedPage, request: Any) -> Any:
    """Return the request's response as it was kept; who else may keep it is said anew."""
    response = request.response
    # In this order: another body has another length.
    response.app_iter = [kept.body]
    response.headerlist = [*kept.headers]
    response.headers[CACHE_CONTROL] = cache_control(response, request)
    return response


def part(request: Any, key: Hashable, build: Callable[[], Markup | None]) -> Markup | None:
    """Return a part of a page that is kept under `key`, or what `build()` returns."""
    shelf = shop_of(request.registry).page_cache
    kept = shelf.find(key)
    if kept is not None:
        return Markup(kept.body)  # noqa: S704 - a template has escaped it
    html = build()
    if html is not None:
        shelf.keep(key, CachedPage(html))
    return html


def includeme(config: Any) -> None:
    registry = config.registry
    shop_of(registry).page_cache = PageCache(shop_of(registry).settings.kept_mib * 2**20)
