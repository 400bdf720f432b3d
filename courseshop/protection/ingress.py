"""Request validation: reject malformed requests before traversal and any query.

It wraps pyramid_retry's execution policy, because that one reads the body before any other hook
runs. An error is stored in the environ and raised when the request enters the router, so that it
gets the same response as any other error.
"""

from __future__ import annotations

import io
import re
from contextlib import suppress
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, unquote_to_bytes

from pyramid.events import NewRequest
from pyramid.httpexceptions import HTTPBadRequest, HTTPError
from pyramid_retry import RetryableExecutionPolicy

from courseshop.database.request_session import is_write
from courseshop.database.transactions import attempts
from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.domain.threads import limited, require_room
from courseshop.framework import pending_action, request_id, response_cache
from courseshop.framework.expected_page import EXPECTED, reads_body
from courseshop.framework.input import InvalidQuery
from courseshop.framework.negotiation import HTML, choose
from courseshop.framework.query import IS_REPAIRED, reject
from courseshop.framework.tracking import clean_query
from courseshop.protection.incoming_body import check_body, closing_body, read_body
from courseshop.protection.request_body import MOST_FIELDS, decode
from courseshop.protection.request_rate_limit import UNCOUNTED
from courseshop.security import has_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from pyramid.response import Response
    from pyramid.router import Router

    from courseshop.domain.shop import Shop
    from courseshop.framework.configurator import Configurator

    Policy = Callable[[WSGIEnvironment, Router], Response]
    Wsgi = Callable[[WSGIEnvironment, Router], WSGIApplication]

FAULT = "courseshop.fault"
LONGEST_URI = 8_000
# Load balancers request these by IP address, not by host name.
PROBES = {"/livez", "/readyz"}
PATH_NOT_UTF8 = _("The path is not valid UTF-8.")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# All control characters except tab, line feed and carriage return.
CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HOST = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)


def inspect(environ: WSGIEnvironment, shop: Shop) -> None:
    """Raise an HTTPError (400, 411 or 413) if the request is malformed.

    Reads the whole body here, so that a slow client never holds the write lock.
    """
    settings = shop.settings
    # Pyramid would use this header (virtual hosting) as a prefix of the path, even if a client sent
    # it.
    environ.pop("HTTP_X_VHM_ROOT", None)
    check_target(environ)
    check_host(environ, settings.allowed_hosts)
    environ[EXPECTED] = page = shop.expected_pages.find(environ)
    limit = settings.max_body if page is None or page.max_body is None else page.max_body
    read_body(environ, limit, to_disk=page is not None and page.stream)
    if not reads_body(environ):
        check_body(environ)


def check_target(environ: WSGIEnvironment) -> None:
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    if len(path) + len(query) > LONGEST_URI:
        raise HTTPBadRequest(detail=_("The address is too long."))
    if CONTROL.search(decode(path.encode("latin-1"), PATH_NOT_UTF8)):
        raise HTTPBadRequest(detail=_("The path contains a control character."))
    decode(environ.get("SCRIPT_NAME", "").encode("latin-1"), PATH_NOT_UTF8)
    if CONTROL.search(query):
        raise HTTPBadRequest(detail=_("The query contains a control character."))
    if query.count("&") > MOST_FIELDS:
        raise HTTPBadRequest(detail=_("The query has too many parameters."))
    remove_unreadable(environ, query)


def remove_unreadable(environ: WSGIEnvironment, query: str) -> None:
    """Remove the parameters that are not UTF-8 or have control characters.

    Raises InvalidQuery, which names them, unless the client prefers HTML.
    """
    unreadable = [part for part in query.split("&") if not is_readable(part)]
    if not unreadable:
        return
    if choose(environ.get("HTTP_ACCEPT")) != HTML:
        names = (unquote_plus(part.partition("=")[0]) for part in unreadable)
        reject(names, "unreadable")
    kept = (part for part in query.split("&") if part not in unreadable)
    environ.update({"QUERY_STRING": "&".join(kept), IS_REPAIRED: True})


def is_readable(parameter: str) -> bool:
    """Return whether a parameter is UTF-8 without control characters."""
    try:
        text = unquote_to_bytes(parameter.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return CONTROL_IN_TEXT.search(text) is None


def check_host(environ: WSGIEnvironment, allowed: tuple[str, ...]) -> None:
    host = environ.get("HTTP_HOST")
    if host is None:
        if environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            raise HTTPBadRequest(detail=_("The request has no Host header."))
        # SERVER_NAME comes from the server, not from the client, and needs no check.
        return
    parts = HOST.fullmatch(host)
    if parts is None or int(parts["port"] or 0) > 65_535 or not is_well_formed_host(parts["name"]):
        raise HTTPBadRequest(detail=_("The Host header is not valid."))
    if allowed and parts["name"].lower() not in allowed and environ.get("PATH_INFO") not in PROBES:
        raise HTTPBadRequest(detail=_("This shop doesn't use that host name."))


def is_well_formed_host(name: str) -> bool:
    """Return whether a name in brackets is an IPv6 address; always True without brackets."""
    if not name.startswith("["):
        return True
    try:
        IPv6Address(name[1:-1])
    except ValueError:
        return False
    return True


def ingress_policy(policy: Policy) -> Policy:
    """Return an execution policy that inspects the request before it calls `policy`.

    It also gives the request an ID, and puts the ID into the response header.
    """

    def naming_policy(environ: WSGIEnvironment, router: Router) -> Response:
        name = request_id.name(environ)
        before = request_id.current.set(name)
        try:
            response = inspecting_policy(environ, router)
            response.headers[request_id.HEADER] = name
            return response
        finally:
            request_id.current.reset(before)

    def inspecting_policy(environ: WSGIEnvironment, router: Router) -> Response:
        try:
            inspect(environ, shop_of(router.registry))
        except (HTTPError, InvalidQuery) as fault:
            environ[FAULT] = fault
            environ["wsgi.input"] = io.BytesIO()
            environ["CONTENT_LENGTH"] = "0"
        with closing_body(environ):
            return policy(environ, router)

    return naming_policy


def limiting_policy(policy: Wsgi) -> Wsgi:
    """Return an execution policy that limits how many threads wait in `policy` at once.

    It also removes tracking parameters, because everything below may depend on the query.
    """

    def policy_within_limits(environ: WSGIEnvironment, router: Router) -> WSGIApplication:
        clean_query(environ)
        with limited(shop_of(router.registry).limits):
            return policy(environ, router)

    return policy_within_limits


def refuse(event: NewRequest) -> None:
    fault = event.request.environ.get(FAULT)
    if fault is not None:
        event.request.environ[UNCOUNTED] = True
        # Authenticate for the error page, which treats an invalid token as a guest.
        with suppress(HTTPError):
            has_token(event.request)
        raise fault
    if is_write(event.request):
        require_room()
    # An invalid token is refused at every URL.
    has_token(event.request)


def includeme(config: Configurator) -> None:
    retrying = RetryableExecutionPolicy(activate_hook=attempts)
    answering = ingress_policy(pending_action.pending_action_policy(retrying))
    config.set_execution_policy(limiting_policy(response_cache.replay_policy(answering)))
    config.add_subscriber(refuse, NewRequest)
