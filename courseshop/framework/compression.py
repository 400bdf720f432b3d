"""Compression of responses for clients that ask for it, by Brotli or gzip.

Responses to a browser with a session are not compressed: its pages contain a CSRF token and text
of the query, and the compressed length would reveal the token bit by bit (the BREACH attack).
Guests' pages have no secrets, and no other site can make a browser send a Bearer token.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import brotli
from pyramid.events import NewResponse

from courseshop.domain.shop import shop_of
from courseshop.framework.page_cache import CachedPage
from courseshop.framework.response_cache import PAGE, make_replayable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

# The first one wins a tie. A page takes 1 ms or less; higher levels take many times that.
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=4)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
# Below this size, a response takes one packet anyway.
SMALLEST = 1_000


def compress(event: NewResponse) -> None:
    """Compress a response if the client accepts it; a cached page is compressed only once."""
    request, response = event.request, event.response
    if not may_compress(request, response):
        return
    response.vary = (*(response.vary or ()), "Accept-Encoding")
    coding = choose(request)
    if coding is None:
        return
    if response.status_int == 304:
        mark_known(request, response, coding)
    elif len(response.body) >= SMALLEST:
        response.body = compressed(request, response, coding)
        response.content_encoding = coding
        mark(response, coding)


def may_compress(request: Request, response: Response) -> bool:
    """Return whether a response is a text without secrets: for a guest, or for an API token."""
    if request.method not in {"GET", "HEAD"} or response.status_int not in {200, 304}:
        return False
    if "Content-Encoding" in response.headers or request.matched_route is not None:
        return False
    if response.status_int == 200 and not is_text(response):
        return False
    credential = request.credential
    return request.actor.id is None or (credential is not None and credential.kind == "token")


def is_text(response: Response) -> bool:
    kind = response.content_type or ""
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    return text and isinstance(response.app_iter, list)


def choose(request: Request) -> str | None:
    """Return the coding that the client prefers, None for an uncompressed response.

    A client that prefers an uncompressed response names "identity"; one that does not name it
    still accepts such a response (RFC 9110, section 12.5.3).
    """
    accept = request.accept_encoding
    if "HTTP_ACCEPT_ENCODING" not in request.environ:
        return None
    named = {coding.lower() for coding, _weight in accept.parsed or ()}
    offers = accept.acceptable_offers([*CODINGS, *({"identity"} & named)])
    return offers[0][0] if offers and offers[0][0] != "identity" else None


def compressed(request: Request, response: Response, coding: str) -> bytes:
    """Return the compressed body; that of a guest's cached page is cached beside the page."""
    page = vars(response).get(PAGE)
    if page is None or request.actor.id is not None:
        return CODINGS[coding](response.body)
    cache, key = shop_of(request.registry).page_cache, (page, coding)
    cached = cache.peek(key)
    if not isinstance(cached, CachedPage):
        cached = CachedPage(CODINGS[coding](response.body))
        cache.store(key, cached)
    make_replayable(response, key)
    return cached.body


def mark(response: Response, coding: str) -> None:
    """Add the coding to the ETag: a strong ETag stands for the exact bytes."""
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):
        response.headers["ETag"] = f'{tag[:-1]}-{coding}"'


def mark_known(request: Request, response: Response, coding: str) -> None:
    """Give a 304 the ETag of the compressed response if that is what the client has."""
    tag = response.headers.get("ETag", "")
    if f'{tag[:-1]}-{coding}"' in request.headers.get("If-None-Match", ""):
        mark(response, coding)


def includeme(config: Configurator) -> None:
    config.add_subscriber(compress, NewResponse)
