from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from courseshop import security
from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.resources import Login, Logout
from courseshop.schemas.account import FormOut, LoginDraft, LoginOut, LoginQuery
from courseshop.services import session, user
from courseshop.views.authentication import (
    check_password,
    lock_verified,
    log_in,
    rehash_if_outdated,
)
from courseshop.views.links import root_of
from courseshop.views.mail import mail_all_the_same
from courseshop.views.pending_action import login_data, query_of

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import UserRow

LOGIN = "courseshop:templates/account/login.jinja2"
LOGOUT = "courseshop:templates/account/logout.jinja2"


@page(context=Login, renderer=LOGIN, accepts=LoginQuery, returns=LoginOut)
def login(place: Login, request: Request[LoginQuery]) -> PageData:
    """Show the login form."""
    query = query_of(request).model_dump(exclude_none=True)
    account = place.__parent__
    return {
        **login_data(place, request),
        "links": {
            "self": place.url(),
            "register": account["register"].url(query=query),
            "reset": account["reset"].url(),
        },
    }


@page(
    context=Login,
    request_method="POST",
    renderer=LOGIN,
    permission="add",
    accepts=LoginDraft,
    answers=(409, 429),
)
def log_in_by_password(_place: Login, request: Request[LoginDraft]) -> None:
    """Log in.

    The response sets the cookie of a new session.
    """
    draft = request.accepted
    verified = check_password(request, draft.username, draft.password)
    renewed = rehash_if_outdated(request, verified, draft.password)
    row = lock_verified(request, verified)
    if row.email is None and request.settings.unconfirmed == "nothing":
        refuse_unconfirmed(request, row)
    if renewed:
        user.renew_hash(request.db, row.id, verified.password_hash, renewed)
    log_in(request, row.id)
    notify(request, "logged-in")


def refuse_unconfirmed(request: Request, row: UserRow) -> NoReturn:
    """Raise Conflict, and email the confirmation link again.

    A user who cannot log in has no other way to request it.
    """
    if row.pending_email is not None:
        mail_all_the_same(request, "confirm", row.pending_email, row.id)
    message = _("Confirm your email address first. We've sent you the link again.")
    raise Conflict("username", "unconfirmed", message)


@page(context=Logout, renderer=LOGOUT, returns=FormOut)
def logout(place: Logout, _request: Request) -> FormOut:
    """Ask for confirmation to log out."""
    return {"links": {"self": place.url()}}


@page(context=Logout, request_method="POST", renderer=LOGOUT, permission="add")
def log_out(_place: Logout, request: Request) -> None:
    """Log out.

    The session ends on the server, so all copies of its cookie become invalid.
    """
    proof = request.credential
    if proof is not None and proof.kind == "session":
        session.end(request.db, request.actor, proof.id)
    security.clear_session_cookie(request, request.response)
    notify(request, "logged-out")
    request.response.location = root_of(request).url()
