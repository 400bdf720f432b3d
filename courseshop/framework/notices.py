"""Flash messages, carried to the next page in a cookie.

The cookie holds the code of a message, and the name that it mentions, until a page shows it. So
guests get messages, too, and the server stores nothing.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.domain.markdown import has_pictures
from courseshop.framework.cookies import delete_cookie, read_cookie, set_cookie
from courseshop.framework.negotiation import HTML, form_of
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

COOKIE = "courseshop_notice"
SECONDS = 60
SEPARATOR = "."
# Between a code and the name, in base64, that its message mentions.
BEFORE_NAME = "~"
NOTICES = {
    "logged-in": _("You're logged in."),
    "not-kept": _(
        "You weren't logged in, so nothing was saved. To keep what you typed, log in using a "
        "second tab, then go back to your form in this tab and send it again."
    ),
    "logged-out": _("You're logged out."),
    "registered": _("Welcome! We've sent you an email to confirm your address."),
    "registered-to-read": _(
        "Welcome! To save courses, enrol and write reviews, confirm your address first: open the "
        "link in the email we sent you."
    ),
    "confirm-first": _(
        "Your account is ready. Open the link in the email we sent you, then log in."
    ),
    "confirmed": _("Your email address is confirmed."),
    "sent-again": _("We've emailed you a new link."),
    "saved": _("Changes saved."),
    "pictures": _("Images in the description are shown as links."),
    "pictures-in-text": _("Images in your text are shown as links."),
    "email-claimed": _(
        "We've sent an email to the new address. Open the link in it to confirm the change."
    ),
    "password-changed": _("Password changed. All other devices were logged out."),
    "reset-asked": _(
        "If that email address belongs to an account, we've sent it a link to set a new password."
    ),
    "password-reset": _("Your new password is set. Log in with it now."),
    "session-ended": _("Device logged out."),
    "sessions-ended": _("You're logged out everywhere."),
    "token-made": _("API token created."),
    "token-revoked": _("API token revoked. Programs that use it will stop working."),
    "course-made": _(
        "Course created as a draft. Only its instructors and the shop's moderators can see it."
    ),
    "course-draft": _("The course is now a draft."),
    "course-submitted": _("Course submitted. A moderator will review it."),
    "course-published": _("The course is published. Everyone can see it."),
    "course-archived": _(
        "The course is archived. Only its instructors and the shop's moderators can see it."
    ),
    "invited": _("Invitation sent. They'll find it on their account page."),
    "withdrawn": _("Invitation withdrawn."),
    "left": _("You no longer teach this course."),
    "removed": _("Instructor removed."),
    "review-written": _("Thank you for your review."),
    "review-deleted": _("Review deleted. You can undo this for one hour."),
    "review-restored": _("Review restored."),
    "review-held": _("Thank you. A moderator will check your review before it's published."),
    "replied": _("Your reply is published."),
    "reply-removed": _("Reply deleted."),
    "reported": _("Thank you. A moderator will look into it."),
    "decided-approve": _("Review published."),
    "decided-hide": _("Review hidden."),
    "decided-dismiss": _("Reports dismissed."),
    "decided-all-approve": _("Reviews published."),
    "decided-all-hide": _("Reviews hidden."),
    "decided-all-dismiss": _("Reports dismissed."),
    "wished": _("Added to your wishlist."),
    "unwished": _("Removed from your wishlist."),
    "wished-on": _("Added to “${name}”."),
    "unwished-from": _("Removed from “${name}”."),
    "wish-moved": _("The course is now on this wishlist."),
    "wishlist-made": _("Wishlist created."),
    "wishlist-deleted": _("Wishlist deleted."),
    "enrolled": _("You're now enrolled in this course."),
    "unenrolled": _("You've left the course."),
    "invitation-accepted": _("You're now an instructor of this course."),
    "invitation-declined": _("Invitation declined."),
    "role-changed": _("Role changed. The user has to log in again."),
}


def notify(request: Request, *codes: str, response: Response | None = None) -> None:
    """Show the notices `codes` on the browser's next page, by a cookie in `response`."""
    if form_of(request) == HTML:
        set_cookie(request, COOKIE, SEPARATOR.join(codes), seconds=SECONDS, response=response)


def notify_about(request: Request, code: str, name: str) -> None:
    """Show the notice `code`, which mentions `name`, on the browser's next page."""
    notify(request, f"{code}{BEFORE_NAME}{urlsafe_b64encode(name.encode()).decode().rstrip('=')}")


def notify_of_text(
    request: Request, code: str, text: str, pictures: str = "pictures-in-text"
) -> None:
    """Show the notice `code`, and the notice `pictures` if `text` (Markdown) contains images."""
    notify(request, *([code, pictures] if has_pictures(text) else [code]))


def notice(request: Request) -> str | None:
    """Return the translated notices that the cookie names, if any, and delete the cookie."""
    codes = (read_cookie(request, COOKIE) or "").split(SEPARATOR)
    messages = [message for message in (message_of(request, code) for code in codes) if message]
    if not messages or form_of(request) != HTML or request.method != "GET":
        return None
    request.add_response_callback(
        lambda request, response: delete_cookie(request, COOKIE, response)
    )
    return " ".join(messages)


def message_of(request: Request, code: str) -> str | None:
    """Return the translated notice of a code, with the name after it; None if it is unknown."""
    code, _mark, encoded = code.partition(BEFORE_NAME)
    try:
        name = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return None
    return translate(request, NOTICES[code], {"name": name}) if code in NOTICES else None


def includeme(config: Configurator) -> None:
    config.add_request_method(notice, reify=True)
