"""The texts of emails: one function for each kind, which returns None if no email is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from translationstring import TranslationString

from courseshop.domain.i18n import _
from courseshop.protection.signed_links import GOOD_FOR, HOUR, make_key, password_fingerprint
from courseshop.rendering.locales import translate
from courseshop.resources import Root
from courseshop.services import reply, user

if TYPE_CHECKING:
    from collections.abc import Callable

    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource
    from courseshop.models.rows import PersonName, UserRow
    from courseshop.services.mail import Mail

HELLO = _("Hello ${name},")
# A message to an address that is not confirmed contains nothing that a user chose, because the
# recipient may be somebody else.
STRANGER = _("Hello,")
RESET = _(
    "Use this link to set a new password for your account. It works only once and expires in "
    "${hours} hours:"
)
RESET_NAMED = _(
    "Use this link to set a new password for your account ${username}. It works only once and "
    "expires in ${hours} hours:"
)


class Letter(NamedTuple):
    subject: str
    paragraphs: list[str]


def letter(
    request: Request, person: PersonName, subject: str, *paragraphs: str, **facts: str | int
) -> Letter:
    """Return a letter in the language of the recipient.

    Translates messages (translation strings) and fills in `facts`, `${shop}`, and the `${name}` and
    `${username}` of `person`. Plain strings, such as links and texts by users, stay unchanged.
    """
    known = {"shop": request.settings.name, "name": person.name, "username": person.username}

    def say(text: str) -> str:
        is_message = isinstance(text, TranslationString)
        return translate(request, text, {**known, **facts}) if is_message else text

    return Letter(say(subject), [say(one) for one in paragraphs])


def confirm(request: Request, mail: Mail) -> Letter | None:
    """Ask the recipient to confirm an email address.

    If another account has confirmed the address, only inform that account.
    """
    person = _reader(request, mail)
    if person is None or person.pending_email != mail.address:
        return None
    owner = user.find_by_email(request.db, mail.address)
    if owner is not None and owner.email == mail.address:
        return _already(request, owner)
    key = make_key(request.settings, "confirm", person.id, mail.address)
    return letter(
        request,
        person,
        _("Confirm your email address for ${shop}"),
        STRANGER,
        _("To confirm your email address, open this link within ${hours} hours:"),
        _account(request)["confirm"].url(query={"key": key}),
        _("If you didn't ask for this, ignore this email. Nothing will happen."),
        hours=GOOD_FOR["confirm"] // HOUR,
    )


def _already(request: Request, owner: UserRow) -> Letter:
    return letter(
        request,
        owner,
        _("You already have an account at ${shop}"),
        HELLO,
        _(
            "Someone tried to use this email address for another account. It's already in use by "
            "your account, ${username}, so we didn't allow it."
        ),
        _("If this was you and you forgot your password, set a new one here:"),
        _account(request)["reset"].url(),
        _("If this wasn't you, ignore this email. Nothing has changed."),
    )


def reset(request: Request, mail: Mail) -> Letter | None:
    """Send a link to set a new password. Returns None if no account has the address."""
    person = user.find_by_email(request.db, mail.address)
    if person is None:
        return None
    login = user.credentials(request.db, person.username)
    mark = password_fingerprint(None if login is None else login.password_hash)
    key = make_key(request.settings, "reset", person.id, mark, mail.address)
    is_confirmed = person.email == mail.address
    return letter(
        request,
        person,
        _("Reset your password for ${shop}"),
        HELLO if is_confirmed else STRANGER,
        RESET_NAMED if is_confirmed else RESET,
        _account(request)["reset"].url("new", query={"key": key}),
        _("If you didn't ask for this, ignore this email. Your password won't change."),
        hours=GOOD_FOR["reset"] // HOUR,
    )


def password_changed(request: Request, mail: Mail) -> Letter | None:
    news = _(
        "The password for your account ${username} was changed, and all other devices were logged "
        "out."
    )
    return _about_password(request, mail, _("Your password for ${shop} was changed"), news)


def password_reset(request: Request, mail: Mail) -> Letter | None:
    news = _(
        "The password for your account ${username} was reset using a link we emailed you. All "
        "devices were logged out, and all API tokens were revoked."
    )
    return _about_password(request, mail, _("Your password for ${shop} was reset"), news)


def _about_password(request: Request, mail: Mail, subject: str, news: str) -> Letter | None:
    person = _reader(request, mail)
    if person is None:
        return None
    return letter(
        request,
        person,
        subject,
        HELLO,
        news,
        _("If this wasn't you, set a new password right away:"),
        _account(request)["reset"].url(),
    )


def email_claimed(request: Request, mail: Mail) -> Letter | None:
    person = _reader(request, mail)
    if person is None:
        return None
    return letter(
        request,
        person,
        _("Request to change the email address of your ${shop} account"),
        HELLO,
        _(
            "You, or someone who knows your password, asked to change the email address for your "
            "account ${username}. Until the new address is confirmed, we'll keep using this one."
        ),
        _("If this wasn't you, set a new password right away:"),
        _account(request)["reset"].url(),
    )


def replied(request: Request, mail: Mail) -> Letter | None:
    """Send a student the instructor's reply to their review."""
    person = _reader(request, mail)
    news = None if mail.review_id is None else reply.news(request.db, mail.review_id)
    if person is None or news is None:
        return None
    return letter(
        request,
        person,
        _("New reply to your review of ${course}"),
        HELLO,
        _("${author} replied to your review of “${course}”:"),
        news.text_markdown,
        Root(request)["courses"].url(news.slug, "reviews", str(mail.review_id)),
        author=news.name or translate(request, _("An instructor")),
        course=news.title,
    )


def _reader(request: Request, mail: Mail) -> UserRow | None:
    """Return the account that the message is about, None if it was deleted."""
    return None if mail.user_id is None else user.find_by_id(request.db, mail.user_id)


def _account(request: Request) -> Resource:
    return Root(request)["account"]


MESSAGES: dict[str, Callable[[Request, Mail], Letter | None]] = {
    "confirm": confirm,
    "reset": reset,
    "password_changed": password_changed,
    "password_reset": password_reset,
    "email_claimed": email_claimed,
    "replied": replied,
}
