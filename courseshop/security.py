"""Authentication of the current user, and Pyramid's security policy.

Principals describe the user, and ACL entries the place, so an `__acl__` never runs a query. The
user is read before the request's transaction begins. Each write transaction locks the account, and
reads the user again (`views.reauthorization`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pyramid.authorization import Authenticated, Everyone
from pyramid.httpexceptions import HTTPForbidden, HTTPUnauthorized
from pyramid.security import Denied

from courseshop.database.request_session import reading_first
from courseshop.database.transactions import run_after_response
from courseshop.domain.actor import GUEST, Actor
from courseshop.domain.clock import now
from courseshop.domain.i18n import _
from courseshop.framework.cookies import delete_cookie, full_name, read_cookie, set_cookie
from courseshop.framework.expected_page import is_raw
from courseshop.framework.place_acl import open_to_unconfirmed
from courseshop.framework.resource import ACLS, Resource
from courseshop.protection import request_rate_limit
from courseshop.services import own_courses, secret, session, token

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pyramid.authorization import Context
    from pyramid.response import Response
    from pyramid.security import Allowed
    from sqlalchemy.orm import Session

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.models.rows import CredentialHolder, UserRow

# A permission is a verb, and applies to a place.
PERMISSIONS = {
    "view": "view a place and everything below it",
    "add": "create something in a place",
    "edit": "edit",
    "delete": "delete",
    "moderate": "hide or approve other users' content",
}

# Required in every 401 response (RFC 9110, section 11.6.1).
CHALLENGE = [("WWW-Authenticate", 'Bearer realm="courseshop"')]
# In the 401 response to an invalid Bearer token (RFC 6750, section 3.1).
INVALID_TOKEN = [("WWW-Authenticate", 'Bearer realm="courseshop", error="invalid_token"')]
COOKIE = "courseshop_session"
# These paths have the same response for everyone. Session cookies are ignored there, so that no
# response has to wait for the database.
SAME_FOR_ALL = {"/favicon.ico", "/livez", "/logo", "/robots.txt"}


@dataclass(frozen=True)
class Credential:
    """The session or token that authenticates a request.

    `secret` is the value of the cookie, or the token itself. `scope` is "read" or "write"; only a
    token can be limited to "read". `proved_at` is the time at which the user of a session last
    entered the password.
    """

    kind: Literal["session", "token"]
    id: int
    secret: str
    scope: str
    used_at: datetime | None
    proved_at: datetime | None = None


class Unconfirmed(Denied):
    """The denial of a permission that requires a confirmed email address."""


def principals(actor: Actor) -> frozenset[str]:
    """Return the principals of an actor.

    `Resource.decides` caches its decisions for as long as it gets the same frozenset.
    """
    found = {Everyone, f"role:{actor.role}"}
    if actor.id is not None:
        found |= {Authenticated, f"user:{actor.id}"}
        found |= {f"instructor:{course_id}" for course_id in actor.teaches}
        found |= {f"student:{course_id}" for course_id in actor.enrolled_in}
    if actor.role == "admin":
        found.add("role:moderator")
    return frozenset(found)


def principals_of(request: Request) -> frozenset[str]:
    """Return the principals of the current user, plus `by:session` or `by:token`."""
    proof = request.credential
    return principals(request.actor) | ({f"by:{proof.kind}"} if proof else set())


def own_id(request: Request) -> int:
    """Return the id of the current user, at a place whose ACL requires a login.

    Raises LookupError for a guest.
    """
    if request.actor.id is None:
        raise LookupError("a guest has no account")
    return request.actor.id


def add_taught_course(request: Request, course_id: int) -> None:
    """Make the current user an instructor of a course for the rest of this request."""
    actor = request.actor
    request.actor = replace(actor, teaches=actor.teaches | {course_id})
    request.principals = principals_of(request)


class ShopSecurityPolicy:
    """Authentication by session cookie or Bearer token, authorization by the ACLs of the tree."""

    def identity(self, request: Request) -> Actor:
        return request.authentication[0]

    def authenticated_userid(self, request: Request) -> int | None:
        return request.actor.id

    def permits(self, request: Request, context: Context, permission: str) -> Allowed | Denied:
        if request.actor.limited and permission != "view" and not open_to_unconfirmed(context):
            return Unconfirmed("the email address is not confirmed")
        if isinstance(context, Resource):
            return context.decides(permission, request.principals)
        # The context of another package's route need not be a Resource.
        return ACLS.permits(context, request.principals, permission)

    def remember(self, request: Request, userid: int, **kw: str) -> list[tuple[str, str]]:  # noqa: ARG002
        return []

    def forget(self, request: Request, **kw: str) -> list[tuple[str, str]]:  # noqa: ARG002
        return []


def authenticate(request: Request) -> tuple[Actor, Credential | None]:
    """Return the current user and their credential; a guest has no credential.

    Raises HTTPUnauthorized for an invalid Bearer token. An invalid cookie is deleted, and its owner
    is a guest. The user is read outside of the request's write transaction, so without its locks.
    """
    guest = Actor(address=address_of(request))
    # If the lookup of the user fails, the error page still needs an actor.
    request.authentication = (guest, None)
    if is_raw(request.environ):
        return guest, None
    token_text = bearer_of(request)
    if token_text is not None:
        with reading_first(request) as db:
            return authenticate_token(request, db, token_text)
    cookie = read_cookie(request, COOKIE)
    if cookie is None or request.environ.get("PATH_INFO") in SAME_FOR_ALL:
        return guest, None
    if re.fullmatch(secret.COOKIE, cookie):
        with reading_first(request) as db:
            row = session.holder(db, cookie, request.settings)
            if row is not None:
                proof = Credential("session", row.id, cookie, "write", row.used_at, row.proved_at)
                note_use(request, proof, session.touch)
                return actor_of(request, db, row.user_id, row), proof
    request.add_response_callback(clear_session_cookie)
    return guest, None


def bearer_of(request: Request) -> str | None:
    """Return the unverified Bearer token of a request, None if it has none.

    Other schemes are ignored: a proxy in front of the shop may use them, such as Basic.
    """
    header = request.environ.get("HTTP_AUTHORIZATION")
    found = header and re.match(r"bearer\b(.*)", header, re.IGNORECASE | re.DOTALL)
    return found[1].strip() if found else None


def authenticate_token(request: Request, db: Session, text: str) -> tuple[Actor, Credential]:
    row = None
    if re.fullmatch(secret.TOKEN, text) and secret.is_whole(text):
        row = token.holder(db, text)
    if row is None:
        raise HTTPUnauthorized(detail=_("The API token is not valid."), headers=INVALID_TOKEN)
    proof = Credential("token", row.id, text, row.scope, row.used_at)
    note_use(request, proof, token.touch)
    return actor_of(request, db, row.user_id, row), proof


def actor_of(request: Request, db: Session, user_id: int, row: CredentialHolder | UserRow) -> Actor:
    """Return the Actor for a user; `row` is that of the session, the token or the account."""
    return Actor(
        id=user_id,
        username=row.username,
        role=row.role,
        name=row.name,
        stamp=row.stamp,
        limited=is_limited(request, row),
        address=address_of(request),
        **own_courses.courses_of(db, user_id),
    )


def is_limited(request: Request, row: CredentialHolder | UserRow) -> bool:
    """Return whether an account may write only in some members-only places.

    This is so while its email address is not confirmed, unless the shop's settings allow more.
    """
    return row.email is None and request.settings.unconfirmed != "write"


def address_of(request: Request) -> str:
    """Return the client's IP address, as reported by the server, which knows the proxies."""
    return str(request.environ.get("REMOTE_ADDR", ""))[:45]


def note_use(request: Request, proof: Credential, touch: Callable[[Session, int], None]) -> None:
    """Update the time of last use of a session or token, unless it is recent.

    Runs `touch(db, id)` after the response, in a transaction of its own.
    """
    if proof.used_at is None or proof.used_at < now() - session.USE_IS_NEW_FOR:
        run_after_response(request, lambda db: touch(db, proof.id))


def set_session_cookie(request: Request, value: str) -> None:
    """Set the session cookie. Browsers don't send it with POST requests from other sites."""
    set_cookie(request, COOKIE, value, seconds=request.settings.session_days * 86_400)


def clear_session_cookie(request: Request, response: Response) -> None:
    """Delete the session cookie in the browser, unless this response sets a new one.

    Stored pages are deleted, too, so that the back button does not show them to the next user.
    """
    name = full_name(request, COOKIE)
    if not any(one.startswith(f"{name}=") for one in response.headers.getall("Set-Cookie")):
        delete_cookie(request, COOKIE, response)
        response.headers["Clear-Site-Data"] = '"cache"'


def has_token(request: Request) -> bool:
    """Return whether a Bearer token authenticates the request.

    Called for every request, before traversal, so that an invalid token is refused even at a URL
    that does not exist. Raises HTTPUnauthorized for it.
    """
    return bearer_of(request) is not None and request.credential is not None


def check_scope(request: Request) -> None:
    """Raise HTTPForbidden if the request uses a read-only token. Called for writes."""
    if request.credential and request.credential.scope == "read":
        raise HTTPForbidden(detail=_("This API token is read-only. Create one that can write."))


def authenticate_and_count(request: Request) -> tuple[Actor, Credential | None]:
    """Authenticate the request, and count it toward the limit of its session or token.

    Raises HTTPTooManyRequests at the limit; the error page still knows the user.
    """
    request.authentication = found = authenticate(request)
    if found[1] is not None:
        request_rate_limit.count(request, found[1].kind, found[1].id)
    return found


def read_credential(request: Request) -> Credential | None:
    return request.authentication[1]


def includeme(config: Configurator) -> None:
    config.set_security_policy(ShopSecurityPolicy())
    config.add_request_method(authenticate_and_count, "authentication", reify=True)
    config.add_request_method(read_credential, "credential", reify=True)
    config.add_request_method(lambda request: request.identity or GUEST, "actor", reify=True)
    config.add_request_method(principals_of, "principals", reify=True)
