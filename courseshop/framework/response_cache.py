"""The response cache: replay the last response to a guest while the database is unchanged.

It is Pyramid's execution policy, around everything else. A response is replayed for at most
`SECONDS` to requests with the same address and the same headers `ALIKE`. A plugin that depends on
more, or must see each request, says so by `config.disable_replay`.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from pyramid.location import lineage
from zope.interface import Interface

from courseshop.database.data_version import DataVersion
from courseshop.domain.shop import shop_of
from courseshop.framework import request_id
from courseshop.framework.adapters import adapter, hang, specification
from courseshop.framework.page_cache import CachedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from pyramid.registry import Registry
    from pyramid.response import Response
    from pyramid.router import Router

    from courseshop.framework.configurator import Configurator, Context
    from courseshop.framework.pending_action import Policy
    from courseshop.framework.resource import Resource

# The key of a response: the address as it was sent, and the headers that it may depend on.
ALIKE = (
    *("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("REQUEST_URI", "RAW_URI"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH", "HTTP_IDEMPOTENCY_KEY"),
)
# A request with one of these is perhaps not a guest's, or has a body.
OTHERS = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "REMOTE_USER", "HTTP_TRANSFER_ENCODING")
# Where a response says the key of its page.
PAGE = "cache_key"
# Characters of a key.
LONGEST = 1_000
SECONDS = 1


class ReplayableResponse(NamedTuple):
    """A response, the database version that it was made of, and the moment when it expires.

    `page` is the key of its body in the page cache, None where it has no body (304).
    """

    version: Hashable = None
    until: float = 0
    status: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    page: Hashable = None

    def holds(self, version: Hashable) -> bool:
        return version == self.version and monotonic() < self.until


# An address that was asked for once: only the second request is worth asking the database.
ONCE = ReplayableResponse()


class ResponseCache:
    """The last responses to guests, in the page cache beside the pages."""

    def __init__(self, registry: Registry) -> None:
        self._pages = shop_of(registry).page_cache
        self._version = DataVersion(shop_of(registry).engine)

    def answer(self, environ: WSGIEnvironment, make: Callable[[], Response]) -> WSGIApplication:
        """Return the cached response as a WSGI application, or the one that `make()` returns."""
        key = key_of(environ)
        if key is None or not self._version.is_known:
            return make()
        found = self._pages.peek(key)
        sent = found if isinstance(found, ReplayableResponse) else None
        version = self._version.read() if sent else None
        if sent and version is not None and sent.holds(version):
            body = b"" if sent.page is None else self._body(sent.page)
            if body is not None:
                return replay(sent, body, environ)
        until = monotonic() + SECONDS
        response = make()
        page: Hashable = vars(response).get(PAGE)
        if page is not None:
            replayable = ONCE if version is None else recorded(response, page, version, until)
            self._pages.keep(key, replayable)
        return response

    def _body(self, page: Hashable) -> bytes | None:
        kept = self._pages.find(page)
        return kept.body if isinstance(kept, CachedPage) else None


class INotReplayed(Interface):
    """Registered for places whose pages are never replayed."""


def disable_replay(config: Configurator, *places: Context) -> None:
    """Have each request for these places, and for those below them, judged and built anew.

    `places` are classes or interfaces (`Root`: the whole shop). A plugin says so if it must see
    each request, as a tween that counts does, or if its ACL, key or view depends on more than the
    database, the address and the headers `ALIKE`.
    """
    for place in places:
        _context, required = specification(config, place)
        config.action(None, partial(hang, config, required, INotReplayed, "", True))


def may_replay(place: Resource) -> bool:
    return all(adapter(one, INotReplayed, "") is None for one in lineage(place))


def key_of(environ: WSGIEnvironment) -> Hashable | None:
    """Return the cache key of a guest's GET, None for any other request."""
    if environ["REQUEST_METHOD"] != "GET" or "HTTP_HOST" not in environ:
        return None
    if environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
        return None
    if any(name in environ for name in OTHERS):
        return None
    key = tuple(map(environ.get, ALIKE))
    return key if sum(map(len, filter(None, key))) < LONGEST else None


def make_replayable(response: Response, page: Hashable) -> None:
    """Say under which key the page is in the page cache; also of a 304, or a view's own answer."""
    vars(response)[PAGE] = page


def recorded(
    response: Response, page: Hashable, version: Hashable, until: float
) -> ReplayableResponse:
    headers = (pair for pair in response.headerlist if pair[0] != request_id.HEADER)
    body = None if response.status_int == 304 else page
    return ReplayableResponse(version, until, response.status, tuple(headers), body)


def replay(sent: ReplayableResponse, body: bytes, environ: WSGIEnvironment) -> WSGIApplication:
    named = (request_id.HEADER, request_id.name(environ))

    def answer(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response(sent.status, [*sent.headers, named])
        return [body]

    return answer


def replay_policy(policy: Policy) -> Callable[[WSGIEnvironment, Router], WSGIApplication]:
    """Return an execution policy that asks `policy` for what is not cached."""

    def answering_policy(environ: WSGIEnvironment, router: Router) -> WSGIApplication:
        cache = shop_of(router.registry).response_cache
        return cache.answer(environ, lambda: policy(environ, router))

    return answering_policy


def includeme(config: Configurator) -> None:
    config.add_directive("disable_replay", disable_replay)
    shop_of(config.registry).response_cache = ResponseCache(config.registry)
