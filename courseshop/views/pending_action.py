"""Forms submitted by guests: stored until they log in, then submitted once for their account.

The secret of a stored form is both in a cookie and in the URL of the login page. A login submits
the form only if the two are equal.
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
from courseshop.framework.cookies import delete_cookie, read_cookie, set_cookie
from courseshop.framework.negotiation import FORM, media_type
from courseshop.framework.notices import notify
from courseshop.framework.pending_action import PendingAction
from courseshop.framework.place_acl import acl_entries, members_only
from courseshop.protection.throttling import network_of
from courseshop.resources import Login, Registration
from courseshop.schemas.account import LONGEST_PATH, NEXT_PATH, LoginQuery
from courseshop.schemas.base import holds_nul
from courseshop.services import pending_action as service
from courseshop.services.secret import COOKIE as SECRET
from courseshop.views.links import root_of
from courseshop.views.pending_text import sentences_of

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource

COOKIE = "courseshop_begun"
# Principals whose actions may be stored: ordinary users and instructors, not moderators or admins.
# Otherwise a prepared form could make an admin grant a role just by logging in.
STORABLE = re.compile(
    r"system\.(?:Everyone|Authenticated)|role:(?:student|instructor)|(?:user|student|instructor):\d+"
)


def begin_login(request: Request) -> Response:
    """Return a redirect to the login page, with the path to return to.

    If the request submits a form, store the form, if possible.
    """
    key = store_form(request)
    query = {**query_to_return(request), **({} if key is None else {"begun": key})}
    url = root_of(request)["account"]["login"].url(query=query)
    response = Response(status=303, headerlist=[("Location", url)])
    response.headers["Cache-Control"] = "no-store"
    if key is not None:
        seconds = int(service.KEPT_FOR.total_seconds())
        set_cookie(request, COOKIE, key, seconds=seconds, response=response)
    elif request.method == "POST":
        notify(request, "not-kept", response=response)
    return response


def doors(request: Request) -> dict[str, str]:
    """Return the URLs of `login` and `register` for the header, which lead back to this page.

    They depend only on the URL of the page, because pages for guests are cached. On the pages of
    these two URLs, they keep what is to be done after the login.
    """
    account = root_of(request)["account"]
    query = query_to_come_back(request)
    return {name: account[name].url(query=query) for name in ("login", "register")}


def query_to_come_back(request: Request) -> dict[str, str]:
    place: Resource | None = getattr(request, "context", None)
    if isinstance(place, Login | Registration):
        return query_of(request).model_dump(exclude_none=True)
    # A login leads to the home page anyway. The other pages of the account are for logged-in users.
    home = request.here.removeprefix(quote(request.script_name, PATH_SAFE)) in {"", "/"}
    own = place is not None and members_only(place)
    return {} if home or own or not is_next(request.here) else {"next": request.here}


def store_form(request: Request) -> str | None:
    """Store the submitted form and return its secret, or None if it must not be stored.

    Forms at members-only places without `stores_forms` are not stored, because they may contain a
    password.
    """
    if request.method != "POST" or media_type(request) != FORM or request.query_string:
        return None
    own = members_only(request.context) and not getattr(request.context, "stores_forms", False)
    if own or any("password" in name for name in request.submitted):
        return None
    if not may_wait(request):
        return None
    body = request.body.decode("utf-8")
    if any(map(holds_nul, request.submitted.values())):
        return None
    return service.keep(
        request.db, request.environ["PATH_INFO"], body, network_of(request.actor.address)
    )


def may_wait(request: Request) -> bool:
    """Return whether the ACLs allow this action to ordinary users or instructors.

    An action that only moderators and admins may take is not stored.
    """
    page = adapters.page(request.context, "POST", request.view_name)
    for place in lineage(request.context):
        for action, principal, verbs in acl_entries(place):
            about = page is not None and page.permission in verbs
            if about and action == Allow and STORABLE.fullmatch(principal):
                return True
    return False


def query_to_return(request: Request) -> dict[str, str]:
    """Return the parameters of the login URL for the page to return to."""
    path = path_of(request)
    if path is None:
        return {}
    return {"next": path} if may_return(request) else {"next": path, "members": "1"}


def path_of(request: Request) -> str | None:
    """Return the path and query to return to after the login, or None if there is none.

    After a form it is the page that the form names, if it names one, with its part.
    """
    came_from = getattr(request.context, "came_from", None)
    if request.method == "POST" and is_next(request.return_to):
        return request.return_to
    if request.method == "POST" and came_from is not None:
        return str(urlsplit(came_from()).path)
    path = quote(request.script_name, PATH_SAFE) + quote(request.path_info, PATH_SAFE)
    if request.method in {"GET", "HEAD"} and request.query_string:
        path += f"?{request.query_string}"
    return path if is_next(path) else None


def is_next(path: str) -> bool:
    """Return whether the login page accepts a path to return to."""
    return re.fullmatch(NEXT_PATH, path) is not None and len(path) <= LONGEST_PATH


def may_return(request: Request) -> bool:
    """Return whether a guest may open the page at `path_of(request)`."""
    place = request.context
    if request.method == "POST" and (is_next(request.return_to) or hasattr(place, "came_from")):
        return True
    page = adapters.page(place, "GET", request.view_name)
    return page is not None and bool(place.permits(page.permission))


def way_back(request: Request) -> str | None:
    """Return the URL for the `next` parameter of the login URL, if it is inside this shop."""
    path = query_of(request).next
    prefix = quote(request.script_name, PATH_SAFE)
    if path is None or not (path == prefix or path.startswith((f"{prefix}/", f"{prefix}?"))):
        return None
    return str(request.host_url + path)


def login_data(place: Resource, request: Request) -> PageData:
    """Return the template data that the login and registration pages share.

    `back` is the URL to return to, `members` is true if guests may not open it, `begun` sentences
    that say what will be submitted, and `action` the action of the form.
    """
    return {
        "back": way_back(request),
        "members": query_of(request).members is not None,
        "begun": describe_pending_action(request),
        "action": place.url(query=query_of(request).model_dump(exclude_none=True)),
    }


def query_of(request: Request) -> LoginQuery:
    """Return the valid parameters of the login URL; ignore everything else."""
    known = {}
    for name, pattern in (("next", NEXT_PATH), ("begun", SECRET), ("members", "1")):
        value = request.GET.get(name, "")
        if re.fullmatch(pattern, value) and len(value) <= LONGEST_PATH:
            known[name] = value
    return LoginQuery(**known)


def submit_pending_action(request: Request, session_cookie: str) -> None:
    """Submit the stored form, if any, right after this login, and delete its cookie."""
    key = key_of(request)
    if read_cookie(request, COOKIE) is not None:
        delete_cookie(request, COOKIE)
    row = service.take(request.db, key) if key else None
    if row is not None:
        request.response.pending_action = PendingAction(row.path, row.body, session_cookie)


def key_of(request: Request) -> str | None:
    """Return the secret in the login URL if the cookie has the same one, or None."""
    key = query_of(request).begun
    return key if key and read_cookie(request, COOKIE) == key else None


def describe_pending_action(request: Request) -> PageData | None:
    """Return sentences that say what this login will submit, or None."""
    key = key_of(request)
    row = service.find(request.db, key) if key else None
    return None if row is None else sentences_of(request, row)._asdict()
