"""Password checks, and the session that a login starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courseshop import security
from courseshop.database.request_session import reading_first
from courseshop.database.transactions import run_after_response
from courseshop.domain.actor import Actor
from courseshop.domain.errors import Conflict, Refused, Unproven
from courseshop.domain.i18n import _
from courseshop.framework.cookies import full_name
from courseshop.framework.negotiation import HTML, form_of
from courseshop.protection import passwords
from courseshop.protection.throttling import network_of
from courseshop.rendering.user_agent import name_browser
from courseshop.services import audit, session, user
from courseshop.views.links import root_of
from courseshop.views.pending_action import submit_pending_action, way_back

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.models.rows import Login, UserWithPassword


class Verified(NamedTuple):
    """An account whose password was verified."""

    id: int
    password_hash: str


def check_password(request: Request, login: str, password: str, field: str = "") -> Verified:
    """Verify a password and return its account.

    `login` is a username or a confirmed email address. Call this before the request's transaction
    begins. Failures count toward the rate limits and are recorded in the audit log.

    Raises Unproven, or Conflict if `field` is given, for a wrong login or password. Neither the
    message nor the timing reveals whether the account exists. Raises HTTPTooManyRequests at a
    limit.
    """
    shop, throttles = request.settings, request.throttles
    network = network_of(request.actor.address)
    throttles.check(shop.login_limit_address, "login", network)
    throttles.check(shop.login_limit_shop, "login")
    with reading_first(request) as db:
        row = user.credentials(db, login)
    # Count by the login as typed: a count by account would reveal which username an email address
    # belongs to.
    # Count before verifying, or concurrent attempts would all pass the limit.
    pair = ("login", network, login.lower())
    password_hash = None if row is None else row.password_hash
    fits = request.passwords.verify(
        password_hash, password, first=lambda: throttles.count(shop.login_limit, *pair)
    )
    if not fits or row is None or password_hash is None:
        note_failure(request, row, "password_failed" if field else "login_failed")
        throttles.count(shop.login_limit_address, "login", network)
        throttles.count(shop.login_limit_shop, "login")
        raise refusal(field)
    throttles.forget(shop.login_limit, *pair)
    return Verified(row.id, password_hash)


WRONG = {
    "": _(
        "Wrong username or password. You can log in with your email address once it's confirmed."
    ),
    "current_password": _("Wrong password."),
}


def refusal(field: str) -> Refused:
    """Return the error for a wrong password.

    Unproven (401) at the login. Conflict (409) for a `field` of another form: the user is
    logged in there, and 401 would say otherwise.
    """
    kind = Conflict if field else Unproven
    return kind(field, "wrong_credentials", WRONG[field])


def note_failure(request: Request, row: Login | None, kind: str) -> None:
    # The actor is only an IP address, even if this browser has a session: that user's security log
    # must not show which account was tried.
    somebody = Actor(address=request.actor.address)
    user_id = None if row is None else row.id
    run_after_response(request, lambda db: audit.record_repeated(db, somebody, kind, user_id))


def verify_current(request: Request, password: str) -> Verified:
    """Verify the current user's password as `check_password` does, but only once in a request."""
    if request.verified is None:
        username = request.actor.username
        request.verified = check_password(request, username, password, "current_password")
    return request.verified


def lock_verified(request: Request, verified: Verified, field: str = "") -> UserWithPassword:
    """Lock and return the account that `check_password` returned.

    If its password has changed since, raises the same error as for a wrong password.
    """
    row = user.lock(request.db, verified.id)
    if row is None or row.password_hash != verified.password_hash:
        raise refusal(field)
    return row


def rehash_if_outdated(request: Request, verified: Verified, password: str) -> str | None:
    """Return a hash with the current parameters, None if the stored hash has them already."""
    if not passwords.is_outdated(verified.password_hash):
        return None
    return request.passwords.hash(password)


def log_in(request: Request, user_id: int, *, begun: bool = True) -> None:
    """Start a session for an account, in place of the browser's current session, if any.

    A browser is redirected to the page it came from. If `begun`, the form that the user submitted
    there as a guest is processed next.
    """
    actor = Actor(id=user_id, address=request.actor.address)
    old = request.credential
    if old is not None and old.kind == "session":
        session.end(request.db, request.actor, old.id)
    device = name_browser(request.user_agent or "")
    secret = session.start(request.db, actor, user_id, device, request.settings)
    security.set_session_cookie(request, secret)
    if form_of(request) == HTML:
        if begun:
            submit_pending_action(request, f"{full_name(request, security.COOKIE)}={secret}")
        request.response.location = way_back(request) or root_of(request).url()


def includeme(config: Configurator) -> None:
    config.add_request_method(lambda _request: None, "verified", reify=True)
