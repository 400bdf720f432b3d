"""The response cache: replay the last response to a guest while the database is unchanged.

It is a Pyramid execution policy that wraps everything else. For at most `SECONDS` seconds, a
response is replayed to requests with the same values of `KEY_ENVIRON` (URL and headers). A plugin
that depends on anything else, or must see every request, calls `config.disable_replay`.
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
from courseshop.framework.adapters import adapter, register_adapter, specification
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

# The cache key: the path as it was sent, and the rest of the URL and the headers that a response
# may depend on.
PATH_ENVIRON = ("REQUEST_URI", "RAW_URI")
KEY_ENVIRON = (
    *("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH"),
    "HTTP_IDEMPOTENCY_KEY",
)
# A request with one of these may be from a logged-in user or may have a body.
UNCACHEABLE_ENVIRON = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "REMOTE_USER", "HTTP_TRANSFER_ENCODING")
# The attribute of a response that holds the cache key of its page.
PAGE = "cache_key"
# Maximum length of a cache key in characters.
LONGEST = 1_000
SECONDS = 1


class ReplayableResponse(NamedTuple):
    """A response, the data version that it was built from, and its expiry by the monotonic clock.

    `page` is the key of its body in the page cache, or None if it has no body (304).
    """

    version: Hashable = None
    until: float = 0
    status: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    page: Hashable = None

    def is_fresh(self, version: Hashable) -> bool:
        return version == self.version and monotonic() < self.until


# Marks a URL that was requested once. Reading the database's data version pays off only from the
# second request on.
ONCE = ReplayableResponse()


class ResponseCache:
    """The last responses to guests, stored in the page cache next to the pages."""

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
        if sent and version is not None and sent.is_fresh(version):
            body = b"" if sent.page is None else self._body(sent.page)
            if body is not None:
                return replay(sent, body, environ)
        until = monotonic() + SECONDS
        response = make()
        page: Hashable = vars(response).get(PAGE)
        if page is not None:
            replayable = ONCE if version is None else recorded(response, page, version, until)
            self._pages.store(key, replayable)
        return response

    def _body(self, page: Hashable) -> bytes | None:
        cached = self._pages.find(page)
        return cached.body if isinstance(cached, CachedPage) else None


class INotReplayed(Interface):
    """Registered for places whose pages are never replayed."""


def disable_replay(config: Configurator, *places: Context) -> None:
    """Never replay responses of these places or of the places below them.

    `places` are classes or interfaces (`Root`: the whole shop). A plugin needs this if it must see
    every request, such as a tween that counts them, or if its ACL, key or view depends on more than
    the database, the URL and the headers in `KEY_ENVIRON`.
    """
    for place in places:
        _context, required = specification(config, place)
        config.action(None, partial(register_adapter, config, required, INotReplayed, "", True))


def may_replay(place: Resource) -> bool:
    return all(adapter(one, INotReplayed, "") is None for one in lineage(place))


def key_of(environ: WSGIEnvironment) -> Hashable | None:
    """Return the cache key of a guest's GET, or None for any other request."""
    if environ["REQUEST_METHOD"] != "GET" or "HTTP_HOST" not in environ:
        return None
    if environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
        return None
    if any(name in environ for name in UNCACHEABLE_ENVIRON):
        return None
    # The query in these still has its tracking parameters.
    paths = (environ.get(name, "").partition("?")[0] for name in PATH_ENVIRON)
    key = (*paths, *map(environ.get, KEY_ENVIRON))
    return key if sum(map(len, filter(None, key))) < LONGEST else None


def make_replayable(response: Response, page: Hashable) -> None:
    """Attach the page's cache key to a response, which may be a 304 or the view's own response."""
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
    """Return an execution policy that calls `policy` only if there is no response to replay."""

    def answering_policy(environ: WSGIEnvironment, router: Router) -> WSGIApplication:
        cache = shop_of(router.registry).response_cache
        return cache.answer(environ, lambda: policy(environ, router))

    return answering_policy


def includeme(config: Configurator) -> None:
    config.add_directive("disable_replay", disable_replay)
    shop_of(config.registry).response_cache = ResponseCache(config.registry)
