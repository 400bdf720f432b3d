"""CSRF protection: checks of the origin, and tokens in forms.

A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`), and forms of people who
are logged in carry a token besides. A program that sends neither header is no browser, so no
other site can be behind it; nor can one be behind a Bearer token.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPForbidden

from courseshop.domain.i18n import _
from courseshop.framework.negotiation import JSON, MERGE_PATCH, form_of, media_type
from courseshop.framework.pending_action import PERFORMED

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
FOREIGN = _("This form was sent from another site. Open the page here and send it again.")
OWN_SITES = {"same-origin", "none"}


class ForgedForm(HTTPForbidden):
    """A form without the token of the session that sends it, or with another's."""


def check(request: Request) -> None:
    """Raise HTTPForbidden unless an unsafe request comes from the shop's own pages."""
    proof = request.credential
    if PERFORMED in request.environ or (proof and proof.kind == "token"):
        return
    check_origin(request)
    if proof and request.method == "POST" and not is_from_a_program(request):
        check_token(request)


def is_from_a_program(request: Request) -> bool:
    """Tell that no form has sent this: a form sends no JSON, and does not ask for it."""
    if request.body:
        return media_type(request) in {JSON, MERGE_PATCH}
    return form_of(request) == JSON


def check_origin(request: Request) -> None:
    if is_foreign(request):
        raise HTTPForbidden(detail=FOREIGN)


def is_foreign(request: Request) -> bool:
    """Return whether a browser says that another site's page has sent this."""
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
                "This form is from an earlier login. Nothing was changed. Please send it again."
            )
        )


def csrf_token(request: Request) -> str | None:
    """Return the token for forms of this session; guests have none."""
    proof = request.credential
    if proof is None or proof.kind != "session":
        return None
    return hmac.new(proof.secret.encode(), b"csrf", "sha256").hexdigest()


def includeme(config: Configurator) -> None:
    config.add_request_method(csrf_token, reify=True)
