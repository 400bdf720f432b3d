"""CSRF protection: checks of the request's origin, and tokens in forms.

Browsers send the origin of a request (`Sec-Fetch-Site`, `Origin`). Forms of logged-in users also
carry a token. A client that sends neither header is not a browser, so no other site can have
triggered the request. Requests with a Bearer token are exempt, because browsers never add one by
themselves.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPForbidden

from courseshop.domain.i18n import _
from courseshop.framework.negotiation import JSON, MERGE_PATCH, form_of, media_type
from courseshop.framework.pending_action import IS_PENDING

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
FOREIGN = _(
    "This form was sent from another site. Open the form on our own site and send it again."
)
OWN_SITES = {"same-origin", "none"}


class ForgedForm(HTTPForbidden):
    """A form without the CSRF token of the current session."""


def check(request: Request) -> None:
    """Raise HTTPForbidden if another site may have triggered an unsafe request."""
    proof = request.credential
    if IS_PENDING in request.environ or (proof and proof.kind == "token"):
        return
    check_origin(request)
    if proof and request.method == "POST" and not is_from_a_program(request):
        check_token(request)


def is_from_a_program(request: Request) -> bool:
    """Return whether the request is not from a form: forms neither send JSON nor accept it."""
    if request.content_length:
        return media_type(request) in {JSON, MERGE_PATCH}
    return form_of(request) == JSON


def check_origin(request: Request) -> None:
    if is_foreign(request):
        raise HTTPForbidden(detail=FOREIGN)


def is_foreign(request: Request) -> bool:
    """Return whether the browser reports that the request comes from another site."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    own = {request.host_url.lower(), origin_of(request.settings.url)}
    return site not in OWN_SITES or (origin is not None and origin.lower() not in own)


def origin_of(url: str) -> str:
    scheme, _slashes, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def check_token(request: Request) -> None:
    sent = request.headers.get(HEADER) or request.sent_csrf_token or ""
    if not hmac.compare_digest(sent.encode(), (request.csrf_token or "").encode()):
        raise ForgedForm(
            detail=_(
                "You've logged in again since you opened this form, so nothing was saved. Please "
                "send it again."
            )
        )


def csrf_token(request: Request) -> str | None:
    """Return the CSRF token of the current session, None for guests and API tokens."""
    proof = request.credential
    if proof is None or proof.kind != "session":
        return None
    return hmac.new(proof.secret.encode(), b"csrf", "sha256").hexdigest()


def includeme(config: Configurator) -> None:
    config.add_request_method(csrf_token, reify=True)
