"""How somebody proves who they are, and what follows from it: a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courseshop import security
from courseshop.database.request_session import reading_first
from courseshop.database.transactions import run_after_response
from courseshop.domain.actor import Actor
from courseshop.domain.errors import Conflict, Refused, Unproven
from courseshop.domain.i18n import _
from courseshop.framework.negotiation import HTML, form_of
from courseshop.protection import passwords
from courseshop.protection.throttling import network_of
from courseshop.rendering.user_agent import name_browser
from courseshop.services import audit, session, user
from courseshop.views.links import root_of
from courseshop.views.pending_action import finish_begun, way_back

if TYPE_CHECKING:
    from courseshop.framework.request import Request
    from courseshop.models.rows import Login, UserWithPassword


class Proven(NamedTuple):
    """An account whose password was given."""

    id: int
    password_hash: str


def prove(request: Request, login: str, password: str, field: str = "") -> Proven:
    """Return the account that this is the password of.

    Before the request's transaction. Failures are counted, and noted in the audit; Unproven says
    nothing of whether there is such an account, and takes as long either way.
    """
    shop, throttles = request.settings, request.throttles
    network = network_of(request.actor.address)
    throttles.check(shop.login_limit_address, "login", network)
    throttles.check(shop.login_limit_shop, "login")
    with reading_first(request) as db:
        row = user.credentials(db, login)
    # By what was typed: counted by account, it would tell whose an e-mail address is. Counted
    # before it is judged, or many at once would all be the first.
    pair = ("login", network, login.lower())
    password_hash = None if row is None else row.password_hash
    fits = request.passwords.verify(
        password_hash, password, first=lambda: throttles.count(shop.login_limit, *pair)
    )
    if not fits or row is None or password_hash is None:
        note_failure(request, row)
        throttles.count(shop.login_limit_address, "login", network)
        throttles.count(shop.login_limit_shop, "login")
        raise refusal(field)
    throttles.forget(shop.login_limit, *pair)
    return Proven(row.id, password_hash)


WRONG = {
    "": _(
        "Wrong username or password. You can log in with your email address once it's confirmed."
    ),
    "current_password": _("Wrong password."),
}


def refusal(field: str) -> Refused:
    """Return what a wrong password is told: somebody who is logged in stays so."""
    kind = Conflict if field else Unproven
    return kind(field, "wrong_credentials", WRONG[field])


def note_failure(request: Request, row: Login | None) -> None:
    # Whoever is logged in here meanwhile must not read in their own history whose name this was.
    somebody = Actor(address=request.actor.address)
    user_id = None if row is None else row.id
    run_after_response(request, lambda db: audit.record(db, somebody, "login_failed", user_id))


def still_valid(request: Request, proven: Proven) -> UserWithPassword:
    """Return the account of `prove`, locked; Unproven if the password was changed meanwhile."""
    row = user.lock(request.db, proven.id)
    if row is None or row.password_hash != proven.password_hash:
        raise refusal("")
    return row


def hash_anew(request: Request, proven: Proven, password: str) -> str | None:
    """Return the hash by today's parameters, None where the stored one has them."""
    if not passwords.is_outdated(proven.password_hash):
        return None
    return request.passwords.hash(password)


def log_in(request: Request, user_id: int, *, begun: bool = True) -> None:
    """Begin a session of this account, in place of the one that the browser may have.

    A browser goes back to where it came from, and what it `begun` there as a guest is done.
    """
    actor = Actor(id=user_id, address=request.actor.address)
    old = request.credential
    if old is not None and old.kind == "session":
        session.end(request.db, request.actor, old.id)
    device = name_browser(request.user_agent or "")
    secret = session.start(request.db, actor, user_id, device, request.settings)
    security.set_cookie(request, secret)
    if form_of(request) == HTML:
        if begun:
            finish_begun(request, f"{security.cookie_name(request)}={secret}")
        request.response.location = way_back(request) or root_of(request).url()
