"""Re-authentication: sensitive actions require a password that was entered recently.

A stolen session must not be enough to take over an account, or to keep access to it for long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from pyramid.httpexceptions import HTTPForbidden

from courseshop.domain.clock import now
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.cookies import full_name
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.pending_action import PendingAction
from courseshop.framework.resource import Resource
from courseshop.framework.return_to import return_url
from courseshop.resources import Account
from courseshop.schemas.account import FormOut, ProofDraft
from courseshop.security import COOKIE, own_id
from courseshop.services import session
from courseshop.views.authentication import check_password, lock_verified
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request
    from courseshop.security import Credential

FORM_OF_PROOF = "courseshop:templates/account/proof.jinja2"
LASTS = timedelta(minutes=15)
NO_TOKEN = _("This isn't possible with an API token.")


class Proof(Resource):
    """The form to enter the password again. API tokens cannot use it."""

    __parent__: Account


class ProofNeeded(HTTPForbidden):
    """The password was entered too long ago for this action."""


def require_proof(_place: Resource, request: Request) -> None:
    """Raise ProofNeeded if this session's password was not entered in the last 15 minutes."""
    credential = request.credential
    if credential is not None and credential.kind == "session":
        proved_at = credential.proved_at
        if proved_at is None or proved_at < now() - LASTS:
            raise ProofNeeded(detail=_("Enter your password again to do this."))


def by_session(request: Request) -> bool:
    return request.credential is not None and request.credential.kind == "session"


def session_of(request: Request) -> Credential:
    """Return the session of the request. Raises HTTPForbidden for an API token."""
    credential = request.credential
    if credential is None or credential.kind != "session":
        raise HTTPForbidden(detail=NO_TOKEN)
    return credential


@page(context=Proof, renderer=FORM_OF_PROOF, returns=FormOut)
def form(place: Proof, request: Request) -> PageData:
    """Show the form to enter the password again."""
    return {
        "links": {"self": place.url()},
        "back": return_url(request, ""),
        "back_path": request.return_to,
    }


@page(
    context=Proof,
    request_method="POST",
    renderer=FORM_OF_PROOF,
    permission="edit",
    accepts=ProofDraft,
    answers=(409, 429),
)
def give_proof(_place: Proof, request: Request[ProofDraft]) -> None:
    """Enter the password again, which allows sensitive actions for 15 minutes.

    Needs a session. A browser then continues with the action that asked for the password.
    """
    draft, credential = request.accepted, session_of(request)
    username = request.actor.username
    verified = check_password(request, username, draft.current_password, "current_password")
    lock_verified(request, verified, "current_password")
    session.note_proof(request.db, own_id(request), credential.id)
    if form_of(request) == HTML:
        request.response.location = root_of(request)["account"].url()
        if draft.next_path:
            cookie = f"{full_name(request, COOKIE)}={credential.secret}"
            path = unquote_to_bytes(draft.next_path).decode("latin-1")
            request.response.pending_action = PendingAction(path, draft.next_body, cookie)


def includeme(config: Configurator) -> None:
    config.add_child(Account, "proof", Proof)
