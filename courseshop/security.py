"""Who asks, as principals, and Pyramid's security policy.

Facts about the person are principals, facts about the thing are entries of its ACL; so an
`__acl__` never queries. Who asks is read once for a request, before its transaction begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyramid.authorization import Authenticated, Everyone
from pyramid.httpexceptions import HTTPForbidden, HTTPUnauthorized
from pyramid.location import lineage
from pyramid.security import Denied

from courseshop.database.request_session import reading_first
from courseshop.database.transactions import run_after_response
from courseshop.domain.actor import GUEST, Actor
from courseshop.domain.clock import now
from courseshop.domain.i18n import _
from courseshop.framework.resource import ACLS, Resource
from courseshop.services import secret, session, token, user

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from pyramid.authorization import AllPermissionsList, Context
    from pyramid.response import Response
    from pyramid.security import Allowed
    from sqlalchemy.orm import Session

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.models.rows import CredentialHolder, UserRow

# A verb says what is done; the place says to what.
PERMISSIONS = {
    "view": "see a place and what hangs there",
    "add": "make a new thing in a place",
    "edit": "change a thing",
    "delete": "take a thing away",
    "moderate": "hide or approve what others wrote",
}

# What a 401 must carry (RFC 9110, section 11.6.1).
CHALLENGE = [("WWW-Authenticate", 'Bearer realm="courseshop"')]
COOKIE = "courseshop_session"


@dataclass(frozen=True)
class Credential:
    """How somebody proved who they are: `secret` is what they hold, `scope` "read" or "write"."""

    kind: str
    id: int
    secret: str
    scope: str
    used_at: datetime | None


class Unconfirmed(Denied):
    """The account may do this as soon as its e-mail address is confirmed."""


def principals(actor: Actor) -> frozenset[str]:
    """Return the set of principals, a set always: in a string `in` would find substrings.

    It is frozen, for places keep what they have told the holders of this very set.
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
    """Return the principals of whoever asks, and by what: `by:session` or `by:token`."""
    proof = request.credential
    return principals(request.actor) | ({f"by:{proof.kind}"} if proof else set())


def own_id(request: Request) -> int:
    """Return the account that asks.

    Raises LookupError for a guest, who is asked to log in before that.
    """
    if request.actor.id is None:
        raise LookupError("a guest has no account")
    return request.actor.id


def now_teaches(request: Request, course_id: int) -> None:
    """Let the rest of this request know that the actor has just become an instructor."""
    actor = request.actor
    request.actor = replace(actor, teaches=actor.teaches | {course_id})
    request.principals = principals_of(request)


class ShopSecurityPolicy:
    """A session's cookie or a Bearer token says who asks; the ACLs of the tree say who may."""

    def identity(self, request: Request) -> Actor:
        return request.authenticated[0]

    def authenticated_userid(self, request: Request) -> int | None:
        return request.actor.id

    def permits(self, request: Request, context: Context, permission: str) -> Allowed | Denied:
        if request.actor.limited and permission != "view" and not is_own_business(context):
            return Unconfirmed("the e-mail address is not confirmed")
        if isinstance(context, Resource):
            return context.decides(permission, request.principals)
        # Another package may have places of its own, behind routes.
        return ACLS.permits(context, request.principals, permission)

    def remember(self, request: Request, userid: int, **kw: str) -> list[tuple[str, str]]:  # noqa: ARG002
        return []

    def forget(self, request: Request, **kw: str) -> list[tuple[str, str]]:  # noqa: ARG002
        return []


def entries(place: Context) -> list[tuple[str, str, Collection[str] | AllPermissionsList]]:
    """Return the ACL of one place as action, principal, verbs: an entry may name one verb alone."""
    acl = place.__acl__() if callable(place.__acl__) else place.__acl__
    return [
        (action, principal, (verbs,) if isinstance(verbs, str) else verbs)
        for action, principal, verbs in acl
    ]


def members_only(place: Context) -> bool:
    """Return whether a place is one's own business: the nearest place above that says so."""
    known = (one.members_only for one in lineage(place) if hasattr(one, "members_only"))
    return bool(next(known, False))


def is_own_business(place: Context) -> bool:
    """Return whether an account that may only read may change a place: mostly its own."""
    confirmed = any(getattr(one, "for_confirmed", False) for one in lineage(place))
    return members_only(place) and not confirmed


def authenticate(request: Request) -> tuple[Actor, Credential | None]:
    """Return who asks and what proves it; without proof a guest.

    Raises HTTPUnauthorized for a Bearer token that is none: it is never a guest. The session of
    the database is closed before the request begins to write, so that nothing is held then.
    """
    guest = Actor(address=address_of(request))
    # What the page of an error shows, when reading who asks is what failed.
    request.authenticated = (guest, None)
    token_text = bearer_of(request)
    if token_text is not None:
        with reading_first(request) as db:
            return by_token(request, db, token_text)
    cookie = request.cookies.get(cookie_name(request))
    if cookie is None:
        return guest, None
    if re.fullmatch(secret.COOKIE, cookie):
        with reading_first(request) as db:
            row = session.holder(db, cookie, request.settings)
            if row is not None:
                proof = Credential("session", row.id, cookie, "write", row.used_at)
                note_use(request, proof, session.touch)
                return actor_of(request, db, row.user_id, row), proof
    request.add_response_callback(clear_cookie)
    return guest, None


def bearer_of(request: Request) -> str | None:
    """Return what stands for a token in the request, None when it brings none.

    Other schemes are for whoever stands before the shop, such as a proxy with a password.
    """
    header = request.environ.get("HTTP_AUTHORIZATION")
    found = header and re.match(r"bearer\b(.*)", header, re.IGNORECASE | re.DOTALL)
    return found[1].strip() if found else None


def by_token(request: Request, db: Session, text: str) -> tuple[Actor, Credential]:
    row = None
    if re.fullmatch(secret.TOKEN, text) and secret.is_whole(text):
        row = token.holder(db, text)
    if row is None:
        raise HTTPUnauthorized(detail=_("The API token is not valid."), headers=CHALLENGE)
    proof = Credential("token", row.id, text, row.scope, row.used_at)
    note_use(request, proof, token.touch)
    return actor_of(request, db, row.user_id, row), proof


def actor_of(request: Request, db: Session, user_id: int, row: CredentialHolder | UserRow) -> Actor:
    """Return who asks, by a row with the columns that every request needs."""
    return Actor(
        id=user_id,
        username=row.username,
        role=row.role,
        name=row.name,
        stamp=row.stamp,
        limited=row.email is None and request.settings.unconfirmed != "write",
        address=address_of(request),
        **user.courses_of(db, user_id),
    )


def address_of(request: Request) -> str:
    """Return where a request comes from, as the server (which knows the proxies) says."""
    return str(request.environ.get("REMOTE_ADDR", ""))[:45]


def note_use(request: Request, proof: Credential, touch: Callable[[Session, int], None]) -> None:
    """Store now and then, after the request, that its session or token was used."""
    if proof.used_at is None or proof.used_at < now() - session.USE_IS_NEW_FOR:
        run_after_response(request, lambda db: touch(db, proof.id))


def cookie_name(request: Request) -> str:
    # A browser takes a cookie of this name only from the host itself, and only by https.
    return f"__Host-{COOKIE}" if request.scheme == "https" else COOKIE


def set_cookie(request: Request, value: str) -> None:
    """Give the browser the id of its session; neither scripts nor other sites can use it."""
    request.response.set_cookie(
        cookie_name(request),
        value,
        max_age=request.settings.session_days * 86_400,
        path="/",
        secure=request.scheme == "https",
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(request: Request, response: Response) -> None:
    """Take a cookie away that is nobody's, unless this answer sets a new one."""
    name = cookie_name(request)
    if not any(one.startswith(f"{name}=") for one in response.headers.getall("Set-Cookie")):
        response.set_cookie(
            name, "", max_age=0, path="/", secure=request.scheme == "https", httponly=True
        )


def has_token(request: Request) -> bool:
    """Return whether a token authenticates the request; raise HTTPUnauthorized for an invalid one.

    It is asked for every URL, before anything is looked up.
    """
    return bearer_of(request) is not None and request.credential is not None


def check_scope(request: Request) -> None:
    """Raise HTTPForbidden when a token that only reads would change something."""
    if request.credential and request.credential.scope == "read":
        raise HTTPForbidden(detail=_("This API token is read-only. Create one that can write."))


def read_credential(request: Request) -> Credential | None:
    return request.authenticated[1]


def includeme(config: Configurator) -> None:
    config.set_security_policy(ShopSecurityPolicy())
    config.add_request_method(authenticate, "authenticated", reify=True)
    config.add_request_method(read_credential, "credential", reify=True)
    config.add_request_method(lambda request: request.identity or GUEST, "actor", reify=True)
    config.add_request_method(principals_of, "principals", reify=True)
