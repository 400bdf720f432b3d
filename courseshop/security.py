"""Who asks, as principals, and Pyramid's security policy.

Facts about the person are principals, facts about the thing are entries of its ACL; so an
`__acl__` never queries.
"""

from __future__ import annotations

from typing import Any

from pyramid.authorization import ACLHelper, Authenticated, Everyone
from pyramid.httpexceptions import HTTPUnauthorized

from courseshop.actor import GUEST, Actor
from courseshop.i18n import _

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


def principals(actor: Actor) -> set[str]:
    """Return the set of principals, a set always: in a string `in` would find substrings."""
    found = {Everyone, f"role:{actor.role}"}
    if actor.id is not None:
        found |= {Authenticated, f"user:{actor.id}"}
        found |= {f"instructor:{course_id}" for course_id in actor.teaches}
    if actor.role == "admin":
        found.add("role:moderator")
    return found


class ShopSecurityPolicy:
    """Everyone is a guest until there are accounts."""

    def __init__(self) -> None:
        self.acl = ACLHelper()

    def identity(self, request: Any) -> Actor:  # noqa: ARG002
        return GUEST

    def authenticated_userid(self, request: Any) -> int | None:
        return request.actor.id  # type: ignore[no-any-return]

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        return self.acl.permits(context, request.principals, permission)

    def remember(self, request: Any, userid: Any, **kw: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return []

    def forget(self, request: Any, **kw: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return []


def actor_of(request: Any) -> Actor:
    return request.identity or GUEST


def check_credentials(request: Any) -> None:
    """Refuse credentials that the shop did not give: a bad token is never a guest.

    Raises HTTPUnauthorized. Called once for every URL before anything is looked up.
    """
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    # Other schemes are for whoever stands before the shop, such as a proxy with a password.
    if scheme.lower() == "bearer":
        raise HTTPUnauthorized(
            detail=_("The credentials of this request are not valid."), headers=CHALLENGE
        )


def includeme(config: Any) -> None:
    config.set_security_policy(ShopSecurityPolicy())
    config.add_request_method(actor_of, "actor", reify=True)
    config.add_request_method(lambda request: principals(request.actor), "principals", reify=True)
