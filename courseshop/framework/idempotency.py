"""`Idempotency-Key`: process a request once, even if the client retries after a lost response.

In draft-ietf-httpapi-idempotency-key-header the key is a quoted string (RFC 9651, section 3.3.3).
Most clients send it without quotes, which is accepted as the same key. The draft responds with 409
to a retry that arrives before the first response; here the retry waits, and gets that response.
"""

from __future__ import annotations

import re
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from pyramid.events import ContextFound
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.response import Response

from courseshop.database.transactions import run_after_response
from courseshop.domain.errors import Refused
from courseshop.domain.i18n import _
from courseshop.framework import adapters
from courseshop.framework.conditional import check_conditions
from courseshop.framework.expected_page import is_raw
from courseshop.framework.input import IDEMPOTENCY_KEY as FIELD
from courseshop.framework.negotiation import answer_type, media_type
from courseshop.framework.resource import Resource
from courseshop.framework.responses import finish
from courseshop.services import idempotency as service

if TYPE_CHECKING:
    from collections.abc import Callable

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.page import Page
    from courseshop.framework.request import Request

HEADER = "Idempotency-Key"
# Stripe's name for this header.
REPLAYED = "Idempotent-Replayed"
# Visible ASCII. A key without quotes must not contain the delimiters of structured fields.
KEY = r'[!#-+\--:<-\[\]-~]{1,255}|"(?:[ !#-\[\]-~]|\\["\\]){1,255}"'
# Headers that are stored and replayed, because they are about the created resource. All others are
# about one request: cookies, limits, IDs.
REPLAYED_HEADERS = {
    *("cache-control", "content-language", "content-location", "content-type"),
    *("etag", "last-modified", "link", "location"),
}


def parse(text: str) -> str:
    """Return the key in a header, without quotes. Raises HTTPBadRequest if it is malformed."""
    value = text.strip(" \t")
    if re.fullmatch(KEY, value) is None:
        raise HTTPBadRequest(
            detail=_(
                "Use 1 to 255 visible ASCII characters as the Idempotency-Key, preferably in "
                "quotes."
            )
        )
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def check(event: ContextFound) -> None:
    """Reject a key that is malformed or has no effect, before permissions are checked.

    A client that sends a key relies on it, so the key must not be ignored.
    """
    request, place = event.request, event.request.context
    text = sent_key(request)
    if text is None or not isinstance(place, Resource) or is_raw(request.environ):
        return
    method = "GET" if request.method == "HEAD" else request.method
    page = adapters.page(place, method, request.view_name)
    if page is not None and page.repeatable:
        parse(text)
    elif page is not None and not (HEADER not in request.headers and is_button(page, place)):
        raise HTTPBadRequest(
            detail=_("An Idempotency-Key has no effect on this request. Send it without the key.")
        )


def is_button(page: Page, place: Resource) -> bool:
    """Return whether a page is for another button, such as preview, of a form with a key."""
    whole = None if page.form is None else adapters.page(place, "POST", page.form)
    return whole is not None and whole.repeatable


def sent_key(request: Request) -> str | None:
    """Return the unparsed key in the header or a form's hidden field, None if there is none."""
    return request.headers.get(HEADER, dict(request.sent_fields).get(FIELD))


def once(place: Resource, request: Request, answer: Callable[[], Response]) -> Response:
    """Return the response of `answer()`, or the stored one if the user has used this key before.

    Raises Refused if the key was used for a different request.
    """
    text = sent_key(request)
    if text is None or request.actor.id is None:
        return answer()
    key, own_fingerprint = parse(text), fingerprint(request)
    first = service.claim(request.db, request.actor, key, own_fingerprint)
    if first is None:
        return answer_first(request, key, answer)
    if first.fingerprint != own_fingerprint:
        # 412 takes precedence over this error, which is 422.
        check_conditions(place, request)
        message = _("This Idempotency-Key was used for a different request. Use a new one.")
        raise Refused(HEADER, "reused", message)
    headers = [(name, value) for name, value in (*first.headers, (REPLAYED, "true"))]
    return finish(Response(first.body, first.status, headers), request, None)


def answer_first(request: Request, key: str, answer: Callable[[], Response]) -> Response:
    """Return the response of `answer()`, and store it under the claimed key."""
    db, response = request.db, answer()
    headers = [pair for pair in response.headerlist if pair[0].lower() in REPLAYED_HEADERS]
    stored = service.ReplayedResponse(response.status_int, headers, response.body)
    service.store(db, request.actor, key, stored)
    if service.has_expired(db):
        # Not in this transaction, which might have to wait while another one deletes these rows.
        run_after_response(request, service.purge)
    return response


def fingerprint(request: Request) -> str:
    """Return a hash of the method, URL, request and response media types, and body."""
    head = (request.method, request.path_qs, media_type(request), answer_type(request))
    return sha256(repr(head).encode() + request.body).hexdigest()


def new_key(_request: Request) -> str:
    """Return a key for the hidden field of a form; a second click then repeats nothing."""
    return token_urlsafe(16)


def includeme(config: Configurator) -> None:
    config.add_request_method(new_key, "new_idempotency_key", reify=True)
    config.add_subscriber(check, ContextFound)
