"""The page cache: guests' pages and shared panels, in the memory of one process.

A cache key contains the page's ETag or the panel's key, and so the versions and stamps that the
current request has just read. So a cached page is never stale, with any number of processes, and
writes need not invalidate it. The response cache stores its entries here, too, and checks by itself
that they are fresh.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cachetools import LRUCache

from courseshop.domain.shop import shop_of
from courseshop.framework.responses import cache_control

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import pyramid.response
    from markupsafe import Markup

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request, Response
    from courseshop.framework.resource import Resource
    from courseshop.framework.response_cache import ReplayableResponse

    Entry: TypeAlias = "CachedPage | CachedPart | ReplayableResponse"

CACHE_CONTROL = "Cache-Control"
# Estimated size of an entry besides its body: key, headers, dict entries.
OVERHEAD = 3_000


class CachedPage(NamedTuple):
    """The body of a response with its headers."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class CachedPart(NamedTuple):
    """The HTML of a part of a page."""

    body: Markup


def size(entry: Entry) -> int:
    """Return the approximate memory size of an entry in bytes."""
    return len(getattr(entry, "body", b"")) + OVERHEAD


class PageCache:
    """A thread-safe LRU cache whose entries take at most `max_bytes` together."""

    def __init__(self, max_bytes: int) -> None:
        self._entries: LRUCache[Hashable, Entry] = LRUCache(max_bytes, getsizeof=size)
        self._lock = Lock()
        self.hits = self.misses = 0

    def peek(self, key: Hashable) -> Entry | None:
        """Return the entry of a key without counting a hit or miss."""
        with self._lock:
            return self._entries.get(key)

    def find(self, key: Hashable) -> Entry | None:
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
        return found

    def store(self, key: Hashable, entry: Entry) -> None:
        """Store an entry, unless it alone is larger than the cache."""
        if size(entry) <= self._entries.maxsize:
            with self._lock:
                self._entries[key] = entry

    def clear(self, kind: type = object) -> None:
        """Remove the entries of one type, by default all entries."""
        with self._lock:
            for key in [key for key, one in self._entries.items() if isinstance(one, kind)]:
                del self._entries[key]

    def figures(self) -> dict[str, int]:
        """Return hits and misses since startup, the number of entries, and sizes in bytes."""
        with self._lock:
            return {
                "hits": self.hits,
                "misses": self.misses,
                "kept": len(self._entries),
                "bytes": int(self._entries.currsize),
                "room": int(self._entries.maxsize),
            }


def page_key(place: Resource, tag: str) -> Hashable:
    """Return the cache key of a page: its URL, which the ETag does not cover, and the ETag."""
    return (place.url(), tag)


def cached_page(
    key: Hashable, request: Request, build: Callable[[], pyramid.response.Response]
) -> pyramid.response.Response:
    """Return a guest's cached response, or build and cache it; never cache for logged-in users."""
    if request.actor.id is not None:
        return build()
    cache = shop_of(request.registry).page_cache
    found = cache.find(key)
    if isinstance(found, CachedPage):
        return restored(found, request)
    response = build()
    if is_cacheable(response):
        headers = [pair for pair in response.headerlist if pair[0] != CACHE_CONTROL]
        cache.store(key, CachedPage(response.body, tuple(headers)))
    return response


def is_cacheable(response: pyramid.response.Response) -> bool:
    headers = response.headers
    private = "Set-Cookie" in headers or "no-store" in headers.get(CACHE_CONTROL, "")
    return response.status_int == 200 and not private


def restored(cached: CachedPage, request: Request) -> Response:
    """Fill the request's response from the cache, with Cache-Control for this request."""
    response = request.response
    # In this order: setting the body may remove Content-Length, which the cached headers restore.
    response.app_iter = [cached.body]
    response.headerlist = [*cached.headers]
    response.headers[CACHE_CONTROL] = cache_control(response, request)
    return response


def cached_part(
    request: Request, key: Hashable, build: Callable[[], Markup | None]
) -> Markup | None:
    """Return the cached HTML of a part of a page, or build and cache it."""
    cache = shop_of(request.registry).page_cache
    found = cache.find(key)
    if isinstance(found, CachedPart):
        return found.body
    html = build()
    if html is not None:
        cache.store(key, CachedPart(html))
    return html


def includeme(config: Configurator) -> None:
    registry = config.registry
    shop_of(registry).page_cache = PageCache(shop_of(registry).settings.kept_mib * 2**20)
