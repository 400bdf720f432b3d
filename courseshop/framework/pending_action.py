"""Pending actions: after a login, submit the form that the guest had sent, as a second request.

The login is already committed, so an error in the second request cannot undo it. The user sees the
response to the second request, which may be the form again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from pyramid.request import Request

from courseshop.framework.negotiation import FORM

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment
    from pyramid.response import Response
    from pyramid.router import Router

    # Pyramid's execution policy.
    Policy = Callable[[WSGIEnvironment, Router], Response]

# Environ key that marks the second request.
IS_PENDING = "courseshop.pending-action"
# Headers that a browser sends with every request.
BROWSER_HEADERS = {"HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_USER_AGENT"}


@dataclass(frozen=True)
class PendingAction:
    """A form to send to `path` (encoded as PATH_INFO), with the new session's cookie header."""

    path: str
    body: str
    cookie: str


def pending_action_policy(policy: Policy) -> Policy:
    """Return an execution policy that performs the pending action of a response to a login."""

    def policy_with_pending_action(environ: WSGIEnvironment, router: Router) -> Response:
        # A copy, because Pyramid and pyramid_retry write to the environ.
        sent = dict(environ)
        response = policy(environ, router)
        action: PendingAction | None = getattr(response, "pending_action", None)
        return response if action is None else perform(action, sent, response, policy, router)

    return policy_with_pending_action


def perform(
    action: PendingAction,
    sent: WSGIEnvironment,
    login: Response,
    policy: Policy,
    router: Router,
) -> Response:
    """Return the response to the pending action, with the cookies of the login added."""
    response = policy(request_of(action, sent, action.path).environ, router)
    if response.status_int == 308:
        # The place was renamed. If the browser followed the redirect, it would send the login form.
        prefix = Request(sent).script_name
        moved = unquote_to_bytes(urlsplit(response.location).path).decode()
        path = moved.removeprefix(prefix).encode().decode("latin-1")
        response = policy(request_of(action, sent, path).environ, router)
    newer = {one.partition("=")[0] for one in response.headers.getall("Set-Cookie")}
    for one in login.headers.getall("Set-Cookie"):
        if one.partition("=")[0] not in newer:
            response.headers.add("Set-Cookie", one)
    return response


def request_of(action: PendingAction, sent: WSGIEnvironment, path: str) -> Request:
    """Return the request for a pending action, as if sent by the browser that just logged in."""
    login = Request(sent)
    request = Request.blank("/", base_url=login.application_url, method="POST")
    facts = {
        name: value
        for name, value in sent.items()
        if name in BROWSER_HEADERS or not name.startswith(("HTTP_", "REQUEST_", "RAW_"))
    }
    request.environ.update({**facts, "PATH_INFO": path, "QUERY_STRING": "", IS_PENDING: True})
    request.environ["HTTP_COOKIE"] = action.cookie
    request.content_type = FORM
    request.body = action.body.encode()
    return request
