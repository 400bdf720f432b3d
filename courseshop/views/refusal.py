"""What a guest or an account gets who may not do this: the log-in, the form again, or 403."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPError, HTTPForbidden

from courseshop.database.transactions import run_after_response
from courseshop.domain.i18n import _
from courseshop.framework import adapters
from courseshop.framework.errors import not_found, problem, rejected
from courseshop.framework.input import Invalid, read
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.responses import finish
from courseshop.protection import csrf
from courseshop.protection.csrf import ForgedForm
from courseshop.rendering.locales import translate
from courseshop.security import CHALLENGE, Unconfirmed, members_only
from courseshop.services import audit
from courseshop.views.pending_action import begin_login

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource


def forbidden(error: HTTPForbidden, request: Request) -> Response:
    """Answer 404 where the caller may not view, 401 to a guest, 403 to everyone else."""
    place: Resource | None = getattr(request, "context", None)
    if error.result is None:
        audit_refusal(request, error.detail)
        return problem(request, 403, error.detail or _("Your account can't do this."))
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
    detail = _("Your account can't do this, or it isn't possible with an API token.")
    return problem(request, 403, detail)


def ask_to_log_in(_error: HTTPForbidden, request: Request) -> Response:
    """Send a browser to the log-in, and keep the form that it sent; a program gets 401.

    So does what no page of ours would send: a page to log in is no answer to it.
    """
    if request.method == "POST" and csrf.is_foreign(request):
        return problem(request, 403, csrf.FOREIGN)
    if form_of(request) == HTML and is_well_formed(request):
        return finish(begin_login(request), request, None)
    return problem(request, 401, _("Log in to do this."), None, CHALLENGE)


def is_well_formed(request: Request) -> bool:
    """Return whether the page that was asked for takes such a request from a browser."""
    method = "GET" if request.method == "HEAD" else request.method
    page = adapters.page(request.context, method, request.view_name)
    if page is None or method not in {"GET", "POST"}:
        return False
    # A form that says nothing where something is to be said is of no page of ours.
    if method == "POST" and page.accepts is not None and not request.body:
        return False
    try:
        page.check_media_type(request)
        read(page.accepts, request)
    except (Invalid, HTTPError):
        return False
    return True


def audit_refusal(request: Request, why: str | None) -> None:
    """Note, after the abort, that an account tried what it may not do."""
    actor, path = request.actor, request.environ.get("PATH_INFO", "")[:200]
    if actor.id is not None:
        what = {"method": request.method[:20], "path": path, "why": str(why)[:200]}
        run_after_response(request, lambda db: audit.record(db, actor, "refused", actor.id, **what))


def forged(error: ForgedForm, request: Request) -> Response:
    """Give a browser its form back, with the token of the session that it has now."""
    audit_refusal(request, error.detail)
    message = translate(request, error.detail or "")
    return rejected(
        request, 403, message, [{"field": "", "code": "csrf_token", "message": message}]
    )


def includeme(config: Configurator) -> None:
    config.add_forbidden_view(forbidden)
    config.add_exception_view(forged, context=ForgedForm)
