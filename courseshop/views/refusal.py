"""Responses to forbidden requests: the login, the form again, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pyramid.httpexceptions import HTTPError, HTTPForbidden
from pyramid.renderers import render
from pyramid.response import Response
from pyramid.traversal import PATH_SAFE

from courseshop.database.transactions import run_after_response
from courseshop.domain.i18n import _
from courseshop.framework import adapters
from courseshop.framework.errors import form_at_fault, not_found, problem, rejected
from courseshop.framework.input import Invalid, read
from courseshop.framework.negotiation import FORM, HTML, form_of, media_type
from courseshop.framework.place_acl import members_only
from courseshop.framework.responses import finish
from courseshop.protection import csrf
from courseshop.protection.csrf import ForgedForm
from courseshop.rendering.locales import translate
from courseshop.security import CHALLENGE, Unconfirmed
from courseshop.services import audit
from courseshop.views.links import root_of
from courseshop.views.pending_action import begin_login
from courseshop.views.proof import FORM_OF_PROOF, ProofNeeded

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource

NOT_YOU = _("Your account can't do this.")
NO_ACCESS = _(
    "Your account doesn't have permission for this page. If you think it should, ask an "
    "administrator."
)
NOT_YOUR_TOKEN = _("Your account can't do this, or it isn't possible with an API token.")


def forbidden(error: HTTPForbidden, request: Request) -> Response:
    """Return 404 for a place the user may not view, the login or 401 for a guest, else 403."""
    place: Resource | None = getattr(request, "context", None)
    if error.result is None:
        audit_refusal(request, error.detail)
        return problem(request, 403, error.detail or message_of(request))
    if isinstance(error.result, Unconfirmed):
        audit_refusal(request, "unconfirmed")
        return problem(
            request,
            403,
            _("Confirm your email address first: open the link in the email we sent you."),
        )
    guest = request.actor.id is None
    if (
        place is not None
        and not request.has_permission("view", place)
        and not (guest and members_only(place))
    ):
        return not_found(error, request)
    if guest:
        return ask_to_log_in(error, request)
    audit_refusal(request, "acl")
    return problem(request, 403, message_of(request))


def message_of(request: Request) -> str:
    """Return the message of a 403 for this client: a browser, a token, or other programs."""
    if by_token(request):
        return NOT_YOUR_TOKEN
    return NO_ACCESS if form_of(request) == HTML else NOT_YOU


def by_token(request: Request) -> bool:
    return request.credential is not None and request.credential.kind == "token"


def ask_to_log_in(_error: HTTPForbidden, request: Request) -> Response:
    """Redirect a browser to the login, and store the form that it sent, if any.

    Return 401 to a program, and for a request that no page of the shop would send. Return 403 for
    a form that another site sent.
    """
    if request.method == "POST" and csrf.is_foreign(request):
        return problem(request, 403, csrf.FOREIGN)
    if form_of(request) == HTML and is_well_formed(request):
        return finish(begin_login(request), request, None)
    return problem(request, 401, _("Log in to do this."), None, CHALLENGE)


def is_well_formed(request: Request) -> bool:
    """Return whether the requested page accepts this request from a browser."""
    method = "GET" if request.method == "HEAD" else request.method
    page = adapters.page(request.context, method, request.view_name)
    if page is None or method not in {"GET", "POST"}:
        return False
    if method == "GET":
        # After the login, the page is shown without invalid parameters of its query.
        return True
    # The forms of the shop are never empty for a page that accepts input.
    if page.accepts is not None and not request.body:
        return False
    try:
        page.check_media_type(request)
        read(page.accepts, request)
    except (Invalid, HTTPError):
        return False
    return True


def audit_refusal(request: Request, why: str | None) -> None:
    """Record a user's forbidden request in the audit log, after its transaction was aborted."""
    actor, path = request.actor, request.environ.get("PATH_INFO", "")[:200]
    if actor.id is not None:
        facts = {"method": request.method[:20], "path": path, "why": str(why)[:200]}
        run_after_response(
            request, lambda db: audit.record_repeated(db, actor, "refused", actor.id, **facts)
        )


def forged(error: ForgedForm, request: Request) -> Response:
    """Show the form again, with the CSRF token of the browser's current session."""
    audit_refusal(request, error.detail)
    message = translate(request, error.detail or "")
    # The form of /account/proof would submit these next: another site may have chosen them.
    for name in ("next_path", "next_body"):
        request.submitted.pop(name, None)
    return rejected(
        request, 403, message, [{"field": "", "code": "csrf_token", "message": message}]
    )


def proof_needed(error: ProofNeeded, request: Request) -> Response:
    """Ask a browser for the password, and keep the form that it sent; else return the problem."""
    message = str(error.detail)
    if form_of(request) != HTML or media_type(request) != FORM:
        return problem(request, 403, message, kind="proof-needed")
    back = form_url(request)
    facts = {
        "links": {"self": root_of(request)["account"]["proof"].url()},
        "back": back,
        "back_path": back and urlsplit(back).path,
        "next_path": quote(request.path_info, PATH_SAFE),
        "next_body": request.body.decode(),
    }
    response = Response(render(FORM_OF_PROOF, facts, request), status=403)
    response.headers["Cache-Control"] = "no-store"
    return finish(response, request, None)


def form_url(request: Request) -> str | None:
    """Return the URL of the page whose form was sent, None if no page has it."""
    form = form_at_fault(request.context, request)
    return form and form[0].url(*filter(None, [form[1].name]))


def includeme(config: Configurator) -> None:
    config.add_forbidden_view(forbidden)
    config.add_exception_view(forged, context=ForgedForm)
    config.add_exception_view(proof_needed, context=ProofNeeded)
