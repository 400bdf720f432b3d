from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.database.request_session import reading_first
from courseshop.domain.actor import Actor
from courseshop.framework.adapters import reserved_names
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify
from courseshop.protection.passwords import refuse_common
from courseshop.protection.throttling import network_of
from courseshop.resources import People, Registration, Root
from courseshop.schemas.account import AccountOut, LoginOut, LoginQuery, RegistrationDraft
from courseshop.schemas.user import UserDraft
from courseshop.services import audit, user, username
from courseshop.views.account import account_out
from courseshop.views.authentication import log_in
from courseshop.views.links import person_url
from courseshop.views.mail import count_if_done, limit_mail, mail_to
from courseshop.views.pending_action import login_data, query_of

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import UserRow

FORM = "courseshop:templates/account/register.jinja2"


@page(context=Registration, renderer=FORM, accepts=LoginQuery, returns=LoginOut)
def registration(place: Registration, request: Request[LoginQuery]) -> PageData:
    """Show the registration form."""
    query = query_of(request).model_dump(exclude_none=True)
    account = place.__parent__
    return {
        **login_data(place, request),
        "unconfirmed": request.settings.unconfirmed,
        "links": {"self": place.url(), "login": account["login"].url(query=query)},
    }


@page(
    context=Registration,
    request_method="POST",
    renderer=FORM,
    permission="add",
    accepts=RegistrationDraft,
    returns=AccountOut,
    answers=(409, 429),
)
def register(place: Registration, request: Request[RegistrationDraft]) -> AccountOut:
    """Create an account, and log in.

    The response does not reveal whether another account has the email address: the address is not
    used until it is confirmed, and the text of the email is chosen when it is sent.
    """
    draft, shop = request.accepted, request.settings
    origin = ("register", network_of(request.actor.address))
    request.throttles.check(shop.register_limit, *origin)
    limit_mail(request, draft.email)
    username.refuse_reserved(draft.username, shop.name, reserved_names(request.registry, Root))
    with reading_first(request) as db:
        user.refuse_taken(db, draft.username)
    refuse_common("password", draft.password, [draft.username, draft.name, draft.email, shop.name])
    password_hash = request.passwords.hash(draft.password)
    row = user.add(
        request.db,
        UserDraft(username=draft.username, name=draft.name),
        password_hash=password_hash,
        pending_email=draft.email,
        reserved=reserved_names(request.registry, People),
    )
    count_if_done(request, shop.register_limit, *origin)
    audit.record(request.db, Actor(id=row.id, address=request.actor.address), "registered", row.id)
    mail_to(request, "confirm", draft.email, row.id)
    welcome(place, request, row)
    request.response.status_int = 201
    return account_out(place.__parent__, row)


def welcome(place: Registration, request: Request, row: UserRow) -> None:
    """Log in the new account, unless its email address must be confirmed first."""
    if request.settings.unconfirmed == "nothing":
        notify(request, "confirm-first")
        request.response.location = place.__parent__["login"].url()
        return
    waits = request.settings.unconfirmed == "read"
    log_in(request, row.id, begun=not waits)
    notify(request, "registered-to-read" if waits else "registered")
    if form_of(request) != HTML:
        request.response.location = person_url(request, row.username)
