"""The Back button shows pages as they are now, not as they were before the user changed something.

Browsers show a stored page again without asking whether it has changed. They do ask if a cookie has
changed, because every page has `Vary: Cookie`; so each form of a logged-in user changes one. With
`no-store`, browsers would also forget the text in half-written forms, and never get a 304.

Pages that answer a POST are the exception, because browsers cannot ask for them again without
sending the form again.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from courseshop.framework.cookies import set_cookie

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request

COOKIE = "courseshop_changed"
SECONDS = 86_400


def outdate_stored_pages(request: Request) -> None:
    """Make the browser of a logged-in user revalidate every page that it has stored."""
    if request.credential is not None and request.credential.kind == "session":
        set_cookie(request, COOKIE, token_hex(8), seconds=SECONDS)


def keep_for_going_back(response: Response) -> Response:
    """Have browsers show this page, which answers a POST, again when the user goes back to it.

    Only the browser's own history uses it: other caches store no response to a POST without an
    expiry (RFC 9111, section 3).
    """
    response.vary = [one for one in response.vary or () if one != "Cookie"]
    response.headers["Cache-Control"] = "private, no-cache"
    return response
