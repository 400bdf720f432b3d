"""Error responses: an HTML page or RFC 9457 problem details, as negotiated."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, NotRequired, TypedDict
from urllib.parse import quote

from pyramid.httpexceptions import HTTPError, HTTPRedirection
from pyramid.renderers import render
from pyramid.response import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from courseshop.domain.errors import Busy, Conflict, NotAllowed, Refused, Stale, Unknown, Unproven
from courseshop.domain.i18n import _
from courseshop.framework import adapters
from courseshop.framework.fault_messages import explain
from courseshop.framework.input import Invalid, InvalidQuery
from courseshop.framework.json import dumps
from courseshop.framework.negotiation import HTML, PROBLEM, form_of
from courseshop.framework.responses import finish
from courseshop.protection.incoming_body import BodyTooLarge
from courseshop.protection.throttling import LimitReached
from courseshop.rendering.faults import fields_need_attention, name_of
from courseshop.rendering.formats import try_again
from courseshop.rendering.locales import translate
from courseshop.security import CHALLENGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.input import Fault
    from courseshop.framework.page import Page
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource

log = logging.getLogger(__name__)

TEMPLATE = "courseshop:templates/error.jinja2"
# A tag URI (RFC 4151): stable, and the same in every shop.
KIND = "tag:courseshop.example,2026:problem:"
KINDS = {
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    411: "length-required",
    412: "precondition-failed",
    413: "content-too-large",
    415: "unsupported-media-type",
    422: "unprocessable-content",
    429: "too-many-requests",
    500: "internal-server-error",
    503: "service-unavailable",
}
TITLES = {
    400: _("We couldn't understand that request"),
    401: _("Log in to continue"),
    403: _("You don't have access"),
    404: _("Page not found"),
    405: _("Method not allowed"),
    406: _("Format not available"),
    409: _("This isn't possible right now"),
    411: _("Length required"),
    412: _("Someone else changed this first"),
    413: _("Too large"),
    415: _("Unsupported format"),
    422: _("Check the form"),
    429: _("Too many requests"),
    500: _("Something went wrong on our end"),
    503: _("The shop is busy"),
}
# The titles of HTML pages, where they differ from the ones above.
HTML_TITLES = {
    405: _("This page can't do that"),
    413: _("That's too much to send at once"),
}
# The title of a 400 to a browser's GET.
BAD_LINK = _("We couldn't understand that link")
DETAILS = {405: _("This page doesn't support that request.")}
STATUSES = {Unknown: 400, Conflict: 409, Unproven: 401, NotAllowed: 403, Stale: 412}


class Problem(TypedDict):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: NotRequired[list[Fault]]


def title_of(request: Request, status: int) -> str:
    if form_of(request) == HTML:
        if status == 400 and request.method == "GET":
            return BAD_LINK
        if status in HTML_TITLES:
            return HTML_TITLES[status]
    return TITLES.get(status, "error")


def problem(  # noqa: PLR0913, PLR0917 - the parts of a problem, most with a default
    request: Request,
    status: int,
    detail: str,
    faults: Iterable[Fault] | None = None,
    headers: Collection[tuple[str, str]] = (),
    kind: str = "",
) -> Response:
    """Return the response to a failed request; `detail` is a message for people.

    `kind` is the last part of the problem's type, by default `KINDS[status]`.
    """
    path = request.environ.get("SCRIPT_NAME", "") + request.environ.get("PATH_INFO", "/")
    data: Problem = {
        "type": KIND + (kind or KINDS.get(status, "error")),
        "title": translate(request, title_of(request, status)),
        "status": status,
        "detail": translate(request, detail),
        "instance": quote(path.encode("latin-1")),
    }
    if faults is not None:
        data["errors"] = list(faults)
    response = Response(status=status, headerlist=None)
    if form_of(request) == HTML:
        authenticate_for_header(request)
        response.text = render(TEMPLATE, data, request)
    else:
        response.content_type = PROBLEM
        response.charset = None
        response.body = dumps(data)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update([*token_challenge(request, status), *headers])
    return finish(response, request, None)


def authenticate_for_header(request: Request) -> None:
    """Authenticate the request for the page's header; without a database, the user is a guest."""
    with suppress(HTTPError, DBAPIError, PoolTimeout, Busy):
        request.authentication  # noqa: B018 - the first use reads it


def token_challenge(request: Request, status: int) -> list[tuple[str, str]]:
    """Return the header that tells the sender of a token that it is too weak, if this is a 403."""
    credential = request.credential if status == 403 else None
    if credential is None or credential.kind != "token":
        return []
    value = 'Bearer realm="courseshop", error="insufficient_scope"'
    return [("WWW-Authenticate", value + (', scope="write"' if credential.scope == "read" else ""))]


def http_error(error: HTTPError, request: Request) -> Response:
    keep = {"allow", "www-authenticate", "retry-after", "accept-encoding"}
    headers = [(name, value) for name, value in error.headers.items() if name.lower() in keep]
    otherwise = DETAILS.get(error.status_int, error.explanation)
    detail = error.detail or otherwise
    if isinstance(error, BodyTooLarge) and form_of(request) == HTML:
        detail = error.form_detail
    if error.status_int == 429:
        message = translate(request, detail)
        if isinstance(error, LimitReached):
            message = f"{message} {try_again(request, error.ends)}"
        fault: Fault = {"field": "", "code": "too_often", "message": message}
        response = rejected(request, 429, message, [fault])
        response.headers.update(headers)
        return response
    return problem(request, error.status_int, detail, headers=headers)


def redirection(error: HTTPRedirection, request: Request) -> Response:
    """Return the redirect without its body, which would ignore the `Accept` header."""
    kept = [one for one in error.headers.items() if one[0] in {"Location", "Cache-Control"}]
    response = Response(status=error.status_int, headerlist=kept)
    return finish(response, request, None)


def not_found(error: Exception, request: Request) -> Response:  # noqa: ARG001
    """Return the same 404 for missing places and for places that the user may not view."""
    return problem(request, 404, _("We couldn't find anything at this address."))


def refused(error: Refused, request: Request) -> Response:
    faults = [fault_of(request, one) for one in getattr(error, "found", [error])]
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 422)
    response = rejected(request, status, summary_of(request, faults), faults)
    if status == 401:
        response.headers.update(CHALLENGE)
    return response


def fault_of(request: Request, error: Refused) -> Fault:
    message = translate(request, error.message, error.parameters)
    return {"field": error.field, "code": error.code, "message": message}


def summary_of(request: Request, faults: list[Fault]) -> str:
    """Return the message of the only fault, or how many fields need attention."""
    if len(faults) == 1:
        return faults[0]["message"]
    return fields_need_attention(request, faults) or faults[0]["message"]


def invalid(error: Invalid, request: Request) -> Response:
    """Return all validation errors at once: as 400 for a query, as 422 for a body."""
    faults = [explain(fault, request) for fault in error.faults]
    faults += [fault_of(request, one) for one in error.conflicts]
    if isinstance(error, InvalidQuery) or request.method in {"GET", "HEAD"}:
        # Report a repeated parameter by its name (tag), without the index of the value (tag.1).
        faults = [{**fault, "field": fault["field"].partition(".")[0]} for fault in faults]
        named = " ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
        return problem(request, 400, named, faults)
    order = {name: number for number, name in enumerate(error.fields)}
    faults.sort(key=lambda one: order.get(name_of(one), len(order)))
    detail = fields_need_attention(request, faults) or faults[0]["message"]
    return rejected(request, 422, detail, faults)


def rejected(request: Request, status: int, detail: str, faults: list[Fault]) -> Response:
    """Return the problem; a browser gets its form again, filled in, with messages at the fields."""
    place: Resource | None = getattr(request, "context", None)
    form = form_at_fault(place, request) if place else None
    if form is None or form_of(request) != HTML or request.method != "POST":
        return problem(request, status, detail, faults)
    try:
        # The rejected attempt's session may hold invalid objects, which must not be shown or break
        # the page.
        request.database.read_again()
        request.faults = faults
        where, page = form
        response = page.show_again(where, request, status)
    except Exception:
        log.exception("the form of %r cannot be shown again", request.path)
        return problem(request, status, detail, faults)
    response.headers.update(token_challenge(request, status))
    return response


def form_at_fault(place: Resource, request: Request) -> tuple[Resource, Page] | None:
    """Return the GET page whose form sent this request, and its place."""
    return adapters.page_with_form(place, request.method, request.view_name)


def crashed(error: Exception, request: Request) -> Response:
    log.error("%s %r failed", request.method, request.environ.get("PATH_INFO"), exc_info=error)
    detail = _("We're sorry. Nothing was changed, and we've logged the problem. Please try again.")
    return problem(request, 500, detail)


def includeme(config: Configurator) -> None:
    config.add_notfound_view(not_found)
    for error, view in (
        (HTTPError, http_error),
        (Refused, refused),
        (Invalid, invalid),
        (HTTPRedirection, redirection),
        (Exception, crashed),
    ):
        config.add_exception_view(view, context=error)
