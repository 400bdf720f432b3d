"""Request validation: reject malformed requests before traversal and any query.

It wraps pyramid_retry's execution policy, because that one reads the body before any other hook
runs. An error is stored in the environ and raised when the request enters the router, so that it
gets the same response as any other error.
"""

from __future__ import annotations

import io
import re
from codecs import BOM_UTF8
from contextlib import suppress
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, unquote_to_bytes

from pyramid.events import NewRequest
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPError,
    HTTPLengthRequired,
    HTTPRequestEntityTooLarge,
)
from pyramid_retry import RetryableExecutionPolicy

from courseshop.database.request_session import is_write
from courseshop.database.transactions import attempts
from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.domain.threads import limited, require_room
from courseshop.framework import pending_action, request_id, response_cache
from courseshop.framework.input import InvalidQuery
from courseshop.framework.negotiation import (
    FORM,
    HTML,
    UTF8,
    charset_of,
    choose,
    is_coded,
    is_json,
)
from courseshop.framework.query import IS_REPAIRED, reject
from courseshop.framework.tracking import clean_query
from courseshop.protection.request_body import MOST_FIELDS, check_form, check_json, decode
from courseshop.protection.request_rate_limit import UNCOUNTED
from courseshop.security import has_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from pyramid.response import Response
    from pyramid.router import Router

    from courseshop.framework.configurator import Configurator
    from courseshop.settings import Settings

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


def inspect(environ: WSGIEnvironment, shop: Settings) -> None:
    """Raise an HTTPError (400, 411 or 413) if the request is malformed.

    Reads the whole body here, so that a slow client never holds the write lock.
    """
    # Pyramid would use this header (virtual hosting) as a prefix of the path, even if a client sent
    # it.
    environ.pop("HTTP_X_VHM_ROOT", None)
    check_target(environ)
    check_host(environ, shop.allowed_hosts)
    read_body(environ, shop.max_body)
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


def read_body(environ: WSGIEnvironment, limit: int) -> None:
    """Read the whole body and put it into the environ as a seekable file of known length.

    Raises HTTPBadRequest, HTTPLengthRequired, or BodyTooLarge above `limit` bytes.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        raise HTTPBadRequest(detail=_("The Content-Length header is not a number."))
    if len(length) > 12 or int(length or 0) > limit:
        raise BodyTooLarge(limit)
    chunked = "HTTP_TRANSFER_ENCODING" in environ
    if chunked and not length and not environ.get("wsgi.input_terminated"):
        # Unless the server marks the end of a chunked body, reading loses it or blocks forever.
        raise HTTPLengthRequired(detail=_("The request needs a Content-Length header."))
    if not length and not chunked:
        body = b""
    else:
        body = environ["wsgi.input"].read(int(length) if length else limit + 1)
    if len(body) > limit:
        raise BodyTooLarge(limit)
    if length and len(body) < int(length):
        raise HTTPBadRequest(detail=_("The body is shorter than its Content-Length."))
    environ["wsgi.input"] = io.BytesIO(body)
    # Otherwise WebOb would copy the body to a file on disk for the retries.
    environ["webob.is_body_seekable"] = True
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)


class BodyTooLarge(HTTPRequestEntityTooLarge):
    """A body is larger than `limit` bytes; `form_detail` is the message for a browser."""

    def __init__(self, limit: int) -> None:
        self.form_detail = _(
            "Your form is larger than ${limit} MB. Shorten it and send it again.",
            mapping={"limit": f"{limit / 1_048_576:.2g}"},
        )
        detail = _(
            "That was too large: you can send at most ${limit} KiB.",
            mapping={"limit": limit // 1024},
        )
        super().__init__(detail=detail)


def check_body(environ: WSGIEnvironment) -> None:
    """Raise HTTPBadRequest if the body is not the JSON or the form that its type promises.

    A byte order mark before JSON is ignored (RFC 8259, section 8.1), and one before a form, too:
    PowerShell sends one. A body in another encoding is refused later, by pages that read one.
    """
    body, content_type = environ["wsgi.input"].getvalue(), environ.get("CONTENT_TYPE", "")
    media_type = content_type.partition(";")[0].strip().lower()
    coding = environ.get("HTTP_CONTENT_ENCODING", "")
    if not (body and (is_json(media_type) or media_type == FORM)):
        return
    if charset_of(content_type) not in UTF8 or is_coded(coding):
        return
    body = body.removeprefix(BOM_UTF8)
    environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    decode(body, _("The body is not valid UTF-8."))
    check_form(body) if media_type == FORM else check_json(body)


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
            inspect(environ, shop_of(router.registry).settings)
        except (HTTPError, InvalidQuery) as fault:
            environ[FAULT] = fault
            environ["wsgi.input"] = io.BytesIO()
            environ["CONTENT_LENGTH"] = "0"
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
