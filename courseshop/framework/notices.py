"""Flash messages, carried in a cookie to the next page.

Which ones is in a cookie that lives until they are shown, so a guest can get them too and
nothing is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.framework.negotiation import HTML, form_of
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

COOKIE = "courseshop_notice"
SECONDS = 60
NOTICES = {
    "logged-in": _("You are logged in."),
    "not-kept": _(
        "What you sent cannot be kept until you are logged in. Go back to find it in its form, and "
        "log in with another tab before you send it again."
    ),
    "logged-out": _("You are logged out."),
    "registered": _("Welcome! We have sent you a mail to confirm your address."),
    "registered-to-read": _(
        "Welcome! Please confirm your address by the mail we have sent you. What you began before "
        "is not done yet: send it again after that."
    ),
    "confirm-first": _(
        "Your account is made. Confirm your address by the mail we sent, then log in."
    ),
    "confirmed": _("Your e-mail address is confirmed."),
    "sent-again": _("If it still needs a confirmation, a new mail is on its way."),
    "saved": _("Your changes are saved."),
    "email-claimed": _("We have sent a mail to the new address. It is yours once you confirm it."),
    "password-changed": _("Your password is changed, and all other devices are logged out."),
    "reset-asked": _("If an account has this address, a mail is on its way to it."),
    "password-reset": _("Your new password is set. Please log in with it."),
    "session-ended": _("That device is logged out."),
    "sessions-ended": _("You are logged out everywhere."),
    "token-revoked": _("The token is revoked. Programs that have it are refused from now on."),
    "course-made": _("Your course is made. It is a draft: only its instructors see it."),
    "course-draft": _("The course is a draft now."),
    "course-submitted": _("The course waits for a moderator now."),
    "course-published": _("The course is published. Everybody can see it."),
    "course-archived": _("The course is archived. Only its instructors and moderators see it."),
    "invited": _("The invitation is made. It is shown on the page of their account."),
    "withdrawn": _("The invitation is taken back."),
    "left": _("The course has one instructor less."),
    "review-written": _("Thank you for your review."),
    "review-deleted": _("Your review is deleted. For an hour you can take that back below."),
    "review-restored": _("Your review is there again."),
    "review-held": _("Thank you. A moderator looks at your review before others see it."),
    "replied": _("Your reply is published."),
    "reply-removed": _("The reply is taken away."),
    "reported": _("Thank you. A moderator will look at the review."),
    "decided": _("That is decided."),
    "wished": _("The course is in your wishlist."),
    "unwished": _("The course is not in your wishlist any more."),
    "wish-moved": _("The course is on this list now."),
    "wishlist-made": _("Your wishlist is made."),
    "wishlist-deleted": _("The wishlist is deleted."),
    "enrolled": _("You are a student of this course now."),
    "unenrolled": _("You are not a student of this course any more."),
    "invitation-accepted": _("You are an instructor of this course now."),
    "invitation-declined": _("The invitation is declined."),
    "role-changed": _("The role is changed. The person must log in again."),
}


def notify(request: Request, code: str, response: Response | None = None) -> None:
    """Show the notice `code` on the next page that this browser gets; `response` carries it."""
    if form_of(request) == HTML:
        (response or request.response).set_cookie(
            COOKIE,
            code,
            max_age=SECONDS,
            path="/",
            secure=request.scheme == "https",
            httponly=True,
            samesite="Lax",
        )


def notice(request: Request) -> str | None:
    """Return what the browser's cookie says that the page shall say, and take the cookie away."""
    message = NOTICES.get(request.cookies.get(COOKIE, ""))
    if message is None or form_of(request) != HTML or request.method != "GET":
        return None
    request.add_response_callback(
        lambda _request, response: response.delete_cookie(COOKIE, path="/")
    )
    return translate(request, message)


def includeme(config: Configurator) -> None:
    config.add_request_method(notice, reify=True)
