"""The Back button shows pages as they are now, not as they were before the user changed something.

Browsers show a stored page again without asking whether it has changed. They do ask if a cookie has
changed, because every page has `Vary: Cookie`; so each form of a logged-in user changes one. With
`no-store`, browsers would also forget the text in half-written forms, and never get a 304.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from courseshop.framework.cookies import set_cookie

if TYPE_CHECKING:
    from courseshop.framework.request import Request

COOKIE = "courseshop_changed"
SECONDS = 86_400


def outdate_stored_pages(request: Request) -> None:
    """Have the browser of a logged-in user ask for each page that it has stored."""
    if request.credential is not None and request.credential.kind == "session":
        set_cookie(request, COOKIE, token_hex(8), seconds=SECONDS)
