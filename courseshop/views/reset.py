"""Password reset and confirmation of an email address, both by an emailed link."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from courseshop.database.request_session import reading_first
from courseshop.domain.actor import Actor
from courseshop.domain.errors import Conflict
from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.protection import signed_links
from courseshop.protection.passwords import refuse_common
from courseshop.resources import Confirmation, Reset
from courseshop.schemas.account import Confirmation as ConfirmationDraft
from courseshop.schemas.account import FormOut, KeyQuery, NewPassword, ResetRequest
from courseshop.services import user
from courseshop.views.mail import limit_mail, mail_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from courseshop.domain.errors import Rule
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import UserWithPassword
    from courseshop.settings import Settings

ASK = "courseshop:templates/account/reset.jinja2"
SET = "courseshop:templates/account/new_password.jinja2"
CONFIRM = "courseshop:templates/account/confirm.jinja2"


@page(context=Reset, renderer=ASK, returns=FormOut)
def reset(place: Reset, _request: Request) -> FormOut:
    """Show the form to request a password reset."""
    return {"links": {"self": place.url()}}


@page(
    context=Reset,
    request_method="POST",
    renderer=ASK,
    permission="add",
    accepts=ResetRequest,
    answers=(429,),
)
def ask_for_reset(place: Reset, request: Request[ResetRequest]) -> None:
    """Email a link to reset the password, if an account has the address.

    The account is looked up when the email is sent, so neither the response nor its timing reveals
    whether there is one.
    """
    address = request.accepted.email
    limit_mail(request, address)
    mail_to(request, "reset", address, None)
    notify(request, "reset-asked")
    request.response.location = place.__parent__["login"].url()


@page(context=Reset, name="new", renderer=SET, accepts=KeyQuery, returns=FormOut)
def new_password(place: Reset, request: Request[KeyQuery]) -> PageData:
    """Show the form to set a new password, opened by an emailed link."""
    key = request.accepted.key or request.submitted.get("key", "")
    row = account_of(request.db, request.settings, key, user.find_with_password)
    return {
        "key": key,
        "username": None if row is None else row.username,
        "links": {"self": place.url("new"), "reset": place.url()},
    }


def account_of(
    db: Session, shop: Settings, key: str, find: Callable[[Session, int], UserWithPassword | None]
) -> UserWithPassword | None:
    """Return the account of a password reset key, None if the key is invalid, used or expired.

    `find(db, user_id)` reads the row of the account, and may lock it.
    """
    with suppress(Conflict):
        user_id, mark, address = signed_links.read_key(shop, "reset", key)
        row = find(db, user_id)
        if row is not None and signed_links.password_fingerprint(row.password_hash) == mark:
            return row if address == (row.email or row.pending_email) else None
    return None


def rules_of_reset(_place: Reset, request: Request, sent: Mapping[str, str]) -> list[Rule]:
    rules: list[Rule] = []
    words: list[str] = []
    if "key" in sent:
        row = read_account(request, sent["key"])
        words = [row.username, row.name] if row else []
        rules.append(partial(ensure_valid, row))
    if "new_password" in sent:
        rules.append(partial(refuse_common, "new_password", sent["new_password"], words))
    return rules


def read_account(request: Request, key: str) -> UserWithPassword | None:
    with reading_first(request) as db:
        return account_of(db, request.settings, key, user.find_with_password)


def ensure_valid(row: UserWithPassword | None) -> None:
    """Raise Conflict if a key led to no account."""
    if row is None:
        raise signed_links.outdated()


@page(
    context=Reset,
    name="new",
    request_method="POST",
    renderer=SET,
    permission="add",
    accepts=NewPassword,
    answers=(409,),
    rules=rules_of_reset,
)
def set_new_password(place: Reset, request: Request[NewPassword]) -> None:
    """Set a new password with the key from an emailed link.

    This ends all sessions of the account and revokes its API tokens.
    """
    draft = request.accepted
    user_id, _mark, address = signed_links.read_key(request.settings, "reset", draft.key)
    password_hash = request.passwords.hash(draft.new_password)
    # Check the key again, now with a lock: another request may have used it.
    ensure_valid(account_of(request.db, request.settings, draft.key, user.lock))
    actor = Actor(id=user_id, address=request.actor.address)
    user.recover(request.db, actor, user_id, password_hash, "password_reset")
    # The user has read the email, which confirms the address, too.
    with suppress(Conflict):
        user.confirm_email(request.db, actor, user_id, address)
    mail_to(request, "password_reset", address, user_id)
    notify(request, "password-reset")
    request.response.location = place.__parent__["login"].url()


@page(context=Confirmation, renderer=CONFIRM, accepts=KeyQuery, returns=FormOut)
def confirmation(place: Confirmation, request: Request[KeyQuery]) -> PageData:
    """Show the button that confirms an email address.

    The link alone does not confirm it, because mail programs open links in advance.
    """
    key = request.accepted.key or request.submitted.get("key", "")
    address = None
    with suppress(Conflict):
        _user_id, address = signed_links.read_key(request.settings, "confirm", key)
    here = urlsplit(place.url(query={"key": key})) if key else urlsplit(place.url())
    back = f"{here.path}?{here.query}" if here.query else here.path
    login = place.__parent__["login"].url(query={"next": back})
    return {"key": key, "address": address, "login": login, "links": {"self": place.url()}}


@page(
    context=Confirmation,
    request_method="POST",
    renderer=CONFIRM,
    permission="add",
    accepts=ConfirmationDraft,
    answers=(409,),
)
def confirm(place: Confirmation, request: Request[ConfirmationDraft]) -> None:
    """Confirm an email address with the key from an emailed link."""
    user_id, address = signed_links.read_key(request.settings, "confirm", request.accepted.key)
    user.confirm_email(request.db, request.actor, user_id, address)
    notify(request, "confirmed")
    account = place.__parent__
    known = request.actor.id is not None
    request.response.location = account.url() if known else account["login"].url()


@page(
    context=Confirmation,
    name="again",
    request_method="POST",
    renderer=CONFIRM,
    permission="edit",
    form="..",
    answers=(429,),
)
def confirm_again(place: Confirmation, request: Request) -> None:
    """Email the confirmation link to the current user again."""
    with reading_first(request) as db:
        row = user.own(db, request.actor)
    if row.pending_email:
        limit_mail(request, row.pending_email)
        mail_to(request, "confirm", row.pending_email, row.id)
    notify(request, "sent-again" if row.pending_email else "confirmed")
    request.response.location = place.__parent__.url()
