from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from courseshop.database.request_session import reading_first
from courseshop.domain.errors import Conflict, Refused
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.protection.passwords import refuse_common
from courseshop.resources import Account, Password
from courseshop.schemas.account import (
    AccountOut,
    AccountPage,
    AccountPatch,
    PasswordChange,
    PasswordFormOut,
)
from courseshop.schemas.base import PageQuery
from courseshop.security import own_id
from courseshop.services import invitation, token, user
from courseshop.services.catalogue import Catalogue
from courseshop.services.filters import Filters
from courseshop.services.words import need_letters
from courseshop.views.authentication import lock_verified, log_in, verify_current
from courseshop.views.course import summaries
from courseshop.views.invitation import invitations_out
from courseshop.views.links import new_course_url, person_url
from courseshop.views.mail import limit_mail, mail_to
from courseshop.views.proof import by_session, require_proof, session_of
from courseshop.views.read_only import check_sent_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from courseshop.domain.errors import Rule
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.models.rows import UserRow

FIRST = PageQuery()
ACCOUNT = "courseshop:templates/account/account.jinja2"
EDIT = "courseshop:templates/account/edit.jinja2"
PASSWORD = "courseshop:templates/account/password.jinja2"  # noqa: S105


@page(context=Account, renderer=ACCOUNT, returns=AccountPage)
def account(place: Account, request: Request) -> PageData:
    """Show the current user's account."""
    row = user.own(request.db, request.actor)
    catalogue = Catalogue(request.db, request.actor)
    taught = catalogue.page(FIRST, Filters(instructor=row.id))
    attended = catalogue.page(FIRST, Filters(student=row.id))
    invited = invitation.listing(request.db, row.id, FIRST)
    return {
        **account_out(place, row),
        "teaches": summaries(request, taught.rows),
        "attends": summaries(request, attended.rows),
        "more_taught": taught.after is not None,
        "more_attended": attended.after is not None,
        "more_invitations": invited.after is not None,
        "new": new_course_url(request),
        "invitations": invitations_out(place["invitations"], invited.rows),
    }


@page(context=Account, name="edit", renderer=EDIT, permission="edit", returns=AccountOut)
def edit(place: Account, request: Request) -> AccountOut:
    """Show the editable fields of the current user's account."""
    return account_out(place, user.own(request.db, request.actor))


def rules_of_account(_place: Account, request: Request, sent: Mapping[str, str]) -> list[Rule]:
    rules: list[Rule] = []
    if "name" in sent and sent["name"] != request.actor.name:
        rules.append(partial(need_letters, "name", sent["name"]))
    if sent.get("current_password") and by_session(request) and changes_email(request, sent):
        rules.append(partial(verify_current, request, sent["current_password"]))
    return rules


def changes_email(request: Request, sent: Mapping[str, str]) -> bool:
    """Return whether the email address that was sent is a new one, or invalid."""
    with reading_first(request) as db:
        row = user.own(db, request.actor)
    return sent.get("email") != (row.pending_email or row.email)


@page(
    context=Account,
    name="edit",
    request_method="POST",
    renderer=EDIT,
    permission="edit",
    accepts=AccountPatch,
    returns=AccountOut,
    answers=(409, 429),
    rules=rules_of_account,
)
@page(
    context=Account,
    request_method="PATCH",
    renderer=EDIT,
    permission="edit",
    accepts=AccountPatch,
    returns=AccountOut,
    answers=(409, 429),
    rules=rules_of_account,
)
def change(place: Account, request: Request[AccountPatch]) -> AccountOut:
    """Change the name or the email address.

    A new address needs a session, and the current password unless it was given in the last 15
    minutes (403 `proof-needed`). The address takes effect when it is confirmed with the emailed
    link.
    """
    patch, sent = request.accepted, request.accepted.model_fields_set
    check_sent_back(place, request)
    with reading_first(request) as db:
        row = user.own(db, request.actor)
    claimed = "email" in sent and change_email(place, request, row, patch)
    if "name" in sent and patch.name != row.name:
        user.rename(request.db, row.id, patch.name)
    notify(request, "email-claimed" if claimed else "saved")
    return account_out(place, user.own(request.db, request.actor))


def change_email(place: Account, request: Request, row: UserRow, patch: AccountPatch) -> bool:
    """Start a change of the email address if the patch has a new one; return whether it does.

    Sending the current address cancels a pending change, unless `pending_email` is sent, too.
    Raises HTTPForbidden for an API token, ProofNeeded without a recent password, Conflict for a
    wrong one, and HTTPTooManyRequests if too many emails were requested.
    """
    address = patch.email
    unchanged = address == row.email and "pending_email" in patch.model_fields_set
    if unchanged or address == (row.pending_email or row.email):
        return False
    if address is None:
        raise Refused("email", "missing", _("This field is required."))
    cancels = address == row.email
    session_of(request)
    if not patch.current_password:
        require_proof(place, request)
    if not cancels:
        limit_mail(request, address)
    if patch.current_password:
        verified = verify_current(request, patch.current_password)
        lock_verified(request, verified, "current_password")
    if cancels:
        user.unclaim_email(request.db, request.actor, row.id)
    else:
        claim_email(request, row, address)
    return not cancels


def claim_email(request: Request, row: UserRow, address: str) -> None:
    """Store the new address, and email it the link that confirms it; notify the current address."""
    user.claim_email(request.db, request.actor, row.id, address)
    mail_to(request, "confirm", address, row.id)
    if row.email:
        mail_to(request, "email_claimed", row.email, row.id)


@page(context=Password, renderer=PASSWORD, returns=PasswordFormOut)
def password(place: Password, request: Request) -> PasswordFormOut:
    """Show the form to change the password."""
    return {"links": {"self": place.url()}, "tokens": token.count(request.db, own_id(request))}


def rules_of_password(_place: Password, request: Request, sent: Mapping[str, str]) -> list[Rule]:
    rules: list[Rule] = []
    if "current_password" in sent:
        rules.append(partial(verify_current, request, sent["current_password"]))
    if "new_password" in sent:
        rules.append(partial(refuse_new_password, request, sent))
    return rules


def refuse_new_password(request: Request, sent: Mapping[str, str]) -> None:
    """Raise Conflict for a new password that is too easy to guess, or not new."""
    actor = request.actor
    refuse_common("new_password", sent["new_password"], [actor.username, actor.name])
    if sent.get("current_password") == sent["new_password"]:
        raise Conflict(
            "new_password",
            "same_password",
            _("Choose a password that's different from your current one."),
        )


@page(
    context=Password,
    request_method="POST",
    renderer=PASSWORD,
    permission="edit",
    accepts=PasswordChange,
    answers=(409, 429),
    rules=rules_of_password,
)
def change_password(place: Password, request: Request[PasswordChange]) -> None:
    """Change the password and end all other sessions of the account.

    API tokens keep working unless `revoke_tokens` is true.
    """
    draft, actor = request.accepted, request.actor
    verified = verify_current(request, draft.current_password)
    password_hash = request.passwords.hash(draft.new_password)
    row = lock_verified(request, verified, "current_password")
    stays = request.credential is not None and request.credential.kind == "session"
    user.set_password(request.db, actor, row.id, password_hash, "password_changed", renewed=stays)
    if draft.revoke_tokens:
        token.revoke_all(request.db, actor, row.id)
    if row.email:
        mail_to(request, "password_changed", row.email, row.id)
    if stays:
        log_in(request, row.id)
    notify(request, "password-changed")
    request.response.location = place.__parent__.url()


def account_out(place: Resource, row: UserRow) -> AccountOut:
    return {
        "username": row.username,
        "name": row.name,
        "url": person_url(place.request, row.username),
        "email": row.email,
        "pending_email": row.pending_email,
        "role": row.role,
        "created_at": row.created_at,
        "links": place.links(),
    }
