"""What the shop's mails say, one function for each kind; None when there is nothing to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from courseshop.domain.i18n import _
from courseshop.protection.signed_links import GOOD_FOR, HOUR, make_key, mark_of
from courseshop.rendering.locales import translate
from courseshop.resources import Root
from courseshop.services import reply, user

if TYPE_CHECKING:
    from collections.abc import Callable


class Words(NamedTuple):
    subject: str
    paragraphs: list[str]


def confirm(request: Any, row: Any) -> Words | None:
    """Ask to confirm an address; its owner, if another account has it, is only told."""
    person = user.find_by_id(request.db, row.user_id)
    if person is None or person.pending_email != row.address:
        return None
    owner = user.find_by_email(request.db, row.address)
    if owner is not None and owner.email == row.address:
        return _already(request, owner)
    key = make_key(request.settings, "confirm", person.id, row.address)
    link = _account(request)["confirm"].url(query={"key": key})
    say = _speaker(request, person)
    # Without the name: whoever gets this did not choose it, perhaps.
    return Words(
        say(_("Confirm your e-mail address for ${shop}")),
        [
            say(_("Hello,")),
            say(
                _(
                    "please confirm that this address is yours, for the account ${username}. The "
                    "link is good for ${hours} hours:"
                ),
                hours=GOOD_FOR["confirm"] // HOUR,
            ),
            link,
            say(_("If you did not ask for this, ignore this mail. Nothing will happen.")),
        ],
    )


def _already(request: Any, owner: Any) -> Words:
    say = _speaker(request, owner)
    return Words(
        say(_("You have an account at ${shop} already")),
        [
            say(_("Hello ${name},")),
            say(
                _(
                    "somebody gave this address for another account. It belongs to your account "
                    "${username}, and stays there."
                )
            ),
            say(_("If it was you, and you have forgotten the password, set a new one here:")),
            _account(request)["reset"].url(),
            say(_("If it was not you, ignore this mail. Nothing has changed.")),
        ],
    )


def reset(request: Any, row: Any) -> Words | None:
    """Send the link to set a new password to whoever has the address, if anybody has."""
    person = user.find_by_email(request.db, row.address)
    if person is None:
        return None
    login = user.credentials(request.db, person.username)
    mark = mark_of(login and login.password_hash)
    key = make_key(request.settings, "reset", person.id, mark, row.address)
    link = _account(request)["reset"].url("new", query={"key": key})
    say = _speaker(request, person)
    return Words(
        say(_("A new password for ${shop}")),
        [
            say(_("Hello ${name},")),
            say(
                _(
                    "here you can set a new password for your account ${username}. The link works "
                    "once, within ${hours} hours:"
                ),
                hours=GOOD_FOR["reset"] // HOUR,
            ),
            link,
            say(_("If you did not ask for this, ignore this mail. Your password stays as it is.")),
        ],
    )


def password_changed(request: Any, row: Any) -> Words | None:
    person = user.find_by_id(request.db, row.user_id)
    if person is None:
        return None
    say = _speaker(request, person)
    return Words(
        say(_("Your password for ${shop} was changed")),
        [
            say(_("Hello ${name},")),
            say(
                _(
                    "the password of your account ${username} was changed, and all devices were "
                    "logged out. Tokens of programs stay good after a change with the old "
                    "password, and are revoked after one by a mailed link."
                )
            ),
            say(_("If it was not you, set a new one here at once:")),
            _account(request)["reset"].url(),
        ],
    )


def email_claimed(request: Any, row: Any) -> Words | None:
    person = user.find_by_id(request.db, row.user_id)
    if person is None:
        return None
    say = _speaker(request, person)
    return Words(
        say(_("Another e-mail address for your account at ${shop}")),
        [
            say(_("Hello ${name},")),
            say(
                _(
                    "somebody who knows your password wants another e-mail address for your "
                    "account ${username}. This one stays until the new one is confirmed."
                )
            ),
            say(_("If it was not you, set a new password here at once:")),
            _account(request)["reset"].url(),
        ],
    )


def replied(request: Any, row: Any) -> Words | None:
    """Tell a student what an instructor answers to their review."""
    person, news = user.find_by_id(request.db, row.user_id), reply.news(request.db, row.review_id)
    if person is None or news is None:
        return None
    place = Root(request)["courses"].url(news.slug, "reviews", str(row.review_id))
    say = _speaker(request, person)
    return Words(
        say(_("A reply to your review of ${course}"), course=news.title),
        [
            say(_("Hello ${name},")),
            say(
                _("${author}, who gives the course “${course}”, has replied to your review:"),
                author=news.name or say(_("Somebody")),
                course=news.title,
            ),
            news.text_markdown,
            place,
        ],
    )


def _speaker(request: Any, person: Any) -> Callable[..., str]:
    facts = {"shop": request.settings.name, "name": person.name, "username": person.username}

    def say(message: str, **more: Any) -> str:
        return translate(request, message, {**facts, **more})

    return say


def _account(request: Any) -> Any:
    return Root(request)["account"]


MESSAGES: dict[str, Callable[[Any, Any], Words | None]] = {
    "confirm": confirm,
    "reset": reset,
    "password_changed": password_changed,
    "email_claimed": email_claimed,
    "replied": replied,
}
