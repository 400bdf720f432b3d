from __future__ import annotations

from functools import partial
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
from courseshop.services.words import need_letters
from courseshop.views.account import account_out
from courseshop.views.authentication import log_in
from courseshop.views.links import person_url
from courseshop.views.mail import count_if_done, limit_mail, mail_to
from courseshop.views.pending_action import login_data, query_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from courseshop.domain.errors import Rule
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


def limit_registrations(_place: Registration, request: Request) -> None:
    """Raise HTTPTooManyRequests if too many accounts were created from this network."""
    request.throttles.check(request.settings.register_limit, *origin_of(request))


def origin_of(request: Request) -> tuple[str, str]:
    return ("register", network_of(request.actor.address))


def rules(_place: Registration, request: Request, sent: Mapping[str, str]) -> list[Rule]:
    words = [sent.get(name, "") for name in ("username", "name", "email")]
    rules: list[Rule] = []
    if "username" in sent:
        rules.append(partial(refuse_username, request, sent["username"]))
    if "name" in sent:
        rules.append(partial(need_letters, "name", sent["name"]))
    if "password" in sent:
        known = [*words, request.settings.name]
        rules.append(partial(refuse_common, "password", sent["password"], known))
    return rules


def refuse_username(request: Request, name: str) -> None:
    """Raise Conflict for a username that is reserved or taken."""
    paths = reserved_names(request.registry, Root)
    username.refuse_reserved(name, request.settings.name, paths)
    with reading_first(request) as db:
        user.refuse_taken(db, name)


@page(
    context=Registration,
    request_method="POST",
    check=limit_registrations,
    rules=rules,
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
    limit_mail(request, draft.email)
    password_hash = request.passwords.hash(draft.password)
    row = user.add(
        request.db,
        UserDraft(username=draft.username, name=draft.name),
        password_hash=password_hash,
        pending_email=draft.email,
        reserved=reserved_names(request.registry, People),
    )
    count_if_done(request, shop.register_limit, *origin_of(request))
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
