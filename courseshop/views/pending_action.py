"""What a guest begins: kept while they log in, then done once, by their account.

The browser holds the secret in a cookie, and the page to log in carries it too: only what was
begun on the way to this very log-in is done, in this very browser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pyramid.authorization import Allow
from pyramid.location import lineage
from pyramid.response import Response
from pyramid.traversal import PATH_SAFE

from courseshop.framework import adapters
from courseshop.framework.negotiation import FORM, media_type
from courseshop.framework.notices import notify
from courseshop.framework.pending_action import PendingAction
from courseshop.protection.throttling import network_of
from courseshop.schemas.account import LONGEST_PATH, OWN_PATH, LoginQuery
from courseshop.schemas.base import holds_nul
from courseshop.security import entries, members_only
from courseshop.services import pending_action as service
from courseshop.services.secret import COOKIE as SECRET
from courseshop.views.links import root_of
from courseshop.views.pending_text import sentences_of

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource

COOKIE = "courseshop_begun"
# Whose actions are kept: of people, not of those who run the shop. Nobody must be made to give a
# role away by logging in.
KEPT_FOR = re.compile(
    r"system\.(?:Everyone|Authenticated)|role:(?:student|instructor)|(?:user|student|instructor):\d+"
)


def begin_login(request: Request) -> Response:
    """Return the way to the log-in and back; a form that was sent here is kept meanwhile."""
    query, key = {}, keep(request)
    back = path_of(request)
    if back is not None:
        query["next"] = back
    if key is not None:
        query["begun"] = key
    url = root_of(request)["account"]["login"].url(query=query)
    response = Response(status=303, headerlist=[("Location", url)])
    response.headers["Cache-Control"] = "no-store"
    if key is not None:
        set_begun(request, response, key)
    elif request.method == "POST":
        notify(request, "not-kept", response)
    return response


def keep(request: Request) -> str | None:
    """Return the secret under which the request's form is kept, None when there is none to keep.

    That of an account's own place is none: it may hold a password, and its session has ended.
    """
    if request.method != "POST" or media_type(request) != FORM or request.query_string:
        return None
    own = members_only(request.context) and not getattr(request.context, "begins", False)
    if own or any("password" in name for name in request.submitted):
        return None
    if not may_wait(request):
        return None
    body = request.body.decode("ascii")
    if any(map(holds_nul, request.submitted.values())):
        return None
    return service.keep(
        request.db, request.environ["PATH_INFO"], body, network_of(request.actor.address)
    )


def may_wait(request: Request) -> bool:
    """Return whether an account without a role in running the shop could do what was asked for."""
    page = adapters.page(request.context, "POST", request.view_name)
    for place in lineage(request.context):
        for action, principal, verbs in entries(place):
            about = page is not None and page.permission in verbs
            if about and action == Allow and KEPT_FOR.fullmatch(principal):
                return True
    return False


def path_of(request: Request) -> str | None:
    """Return where a guest was, with its query; None for what is no page to come back to."""
    came_from = getattr(request.context, "came_from", None)
    if request.method == "POST" and came_from is not None:
        return str(urlsplit(came_from()).path)
    path = quote(request.script_name, PATH_SAFE) + quote(request.path_info, PATH_SAFE)
    if request.method in {"GET", "HEAD"} and request.query_string:
        path += f"?{request.query_string}"
    return path if re.fullmatch(OWN_PATH, path) and len(path) <= LONGEST_PATH else None


def way_back(request: Request) -> str | None:
    """Return the URL that the address of this log-in names as the way back, if it is the shop's."""
    path = query_of(request).next
    prefix = quote(request.script_name, PATH_SAFE)
    if path is None or not (path == prefix or path.startswith((f"{prefix}/", f"{prefix}?"))):
        return None
    return str(request.host_url + path)


def doorway(place: Resource, request: Request) -> PageData:
    """Return what a page to come in by shows of the way: back, and what is done then."""
    return {
        "back": way_back(request),
        "begun": begun_by(request),
        "action": place.url(query=query_of(request).model_dump(exclude_none=True)),
    }


def query_of(request: Request) -> LoginQuery:
    """Return what the address of a log-in says, whatever else it holds."""
    known = {}
    for name, pattern in (("next", OWN_PATH), ("begun", SECRET)):
        value = request.GET.get(name, "")
        if re.fullmatch(pattern, value) and len(value) <= LONGEST_PATH:
            known[name] = value
    return LoginQuery(**known)


def finish_begun(request: Request, session_cookie: str) -> None:
    """Have what was begun on the way to this log-in done next, once; forget it in the browser."""
    key = key_of(request)
    if cookie_name(request) in request.cookies:
        set_begun(request, request.response, "")
    row = service.take(request.db, key) if key else None
    if row is not None:
        request.response.pending_action = PendingAction(row.path, row.body, session_cookie)


def key_of(request: Request) -> str | None:
    """Return the secret that both the address of this log-in and the browser's cookie hold."""
    key = query_of(request).begun
    return key if key and request.cookies.get(cookie_name(request)) == key else None


def begun_by(request: Request) -> PageData | None:
    """Return sentences that say what is done after this log-in, None when nothing is."""
    key = key_of(request)
    row = service.find(request.db, key) if key else None
    return None if row is None else sentences_of(request, row)._asdict()


def cookie_name(request: Request) -> str:
    return f"__Host-{COOKIE}" if request.scheme == "https" else COOKIE


def set_begun(request: Request, response: Response, value: str) -> None:
    response.set_cookie(
        cookie_name(request),
        value,
        max_age=int(service.KEPT_FOR.total_seconds()) if value else 0,
        path="/",
        secure=request.scheme == "https",
        httponly=True,
        samesite="Lax",
    )
