"""Who may use a page: permissions in the API description, from the ACLs of sample places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyramid.location import lineage

from courseshop.domain.actor import GUEST, Actor
from courseshop.framework.place_acl import acl_entries, members_only
from courseshop.security import COOKIE, principals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.resource import Resource
    from courseshop.framework.traversal import PlaceKind

SCHEMES: Object = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, created at `/account/tokens`. The scope `read` allows GET, "
        "the scope `write` allows everything that the account may do.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set at login; over HTTPS its name starts with `__Host-`, or with "
        "`__Secure-` if the shop is served under a path prefix.",
    },
}
# What the description says where no sample place tells who has the permission.
UNKNOWN = "unknown"
EVERYBODY = "everybody"
ACCOUNT = "anybody with an account"
STUDENT = principals(Actor(id=0, role="student"))
ROLES = {
    "instructors": principals(Actor(id=0, role="instructor")),
    "moderators": principals(Actor(id=0, role="moderator")),
    "admins": principals(Actor(id=0, role="admin")),
}


@dataclass(frozen=True)
class Access:
    """Who has a permission at the places of one kind.

    `who` are descriptions for people, or UNKNOWN if there is no sample place. `is_open`: guests
    have the permission at some of the places. `sends_away`: some places ask guests to log in.
    `hides`: some places are hidden from some users. `by_token`: an API token is sufficient.
    """

    who: tuple[str, ...] = ()
    is_open: bool = True
    sends_away: bool = True
    hides: bool = True
    by_token: bool = True

    def requirement(self) -> list[JsonValue]:
        """Return the Security Requirement Objects: one of them must be met; `{}` is always met."""
        names = ["token", "session"] if self.by_token else ["session"]
        proofs: list[JsonValue] = [{name: []} for name in names]
        return [{}, *proofs] if self.is_open else proofs


class Places:
    """Sample places of each kind in the tree, by path."""

    def __init__(self, root: Resource) -> None:
        self.known: dict[str, Sequence[Resource]] = {"": [root]}

    def at(self, kind: PlaceKind) -> Sequence[Resource]:
        """Return the sample places of a kind. Requires those of its parent, as `walk` provides."""
        above, _, name = kind.path.rpartition("/")
        if kind.path not in self.known:
            self.known[kind.path] = [
                one for parent in self.known[above] for one in stand_ins(kind.place, parent, name)
            ]
        return self.known[kind.path]


def stand_ins(kind: type[Resource], parent: Resource, name: str) -> Sequence[Resource]:
    try:
        return kind.stand_ins(parent, name)
    except Exception:  # noqa: BLE001
        # A plugin's place may need more of its row; then its permissions are not described.
        return ()


def access_of(places: Sequence[Resource], permission: str, *, by_row: bool = False) -> Access:
    """Return who has a permission at these places.

    `by_row` means that a row decides whether they exist.
    """
    if not places:
        return Access(who=(UNKNOWN,), is_open=False)
    guest = principals(GUEST)
    refusing = [one for one in places if not may(one, guest, permission)]
    return Access(
        who=tuple(who_may(places, permission)),
        is_open=len(refusing) < len(places),
        sends_away=any(members_only(one) or may(one, guest, "view") for one in refusing),
        hides=by_row or not all(may(one, STUDENT, "view") for one in places),
        by_token=any(may(one, STUDENT | {"by:token"}, permission) for one in places)
        or not any(may(one, STUDENT, permission) for one in places),
    )


def who_may(places: Sequence[Resource], permission: str) -> list[str]:
    """Describe who has the permission.

    This is everybody if guests have it at some of the places. Otherwise it is the users who have it
    at places where not every account has it, or any account if there are no such users.
    """
    if any(may(one, principals(GUEST), permission) for one in places):
        return [EVERYBODY]
    choosy = [one for one in places if not may(one, STUDENT, permission)]
    found = [
        words
        for words, who in {**named(choosy), **ROLES}.items()
        if any(may(one, who, permission) for one in choosy)
    ]
    return found or [ACCOUNT]


def named(places: Sequence[Resource]) -> dict[str, frozenset[str]]:
    """Return principals by description, such as "students of the course", as ACLs name them."""
    found = {}
    for place in places:
        for above in lineage(place):
            for _action, principal, _verbs in acl_entries(above):
                kind, _, whose = principal.partition(":")
                words = {"user": whose, "instructor": f"instructors of {whose}"}
                words["student"] = f"students of {whose}"
                if kind in words:
                    found[words[kind]] = STUDENT | {principal}
    return found


def may(place: Resource, who: frozenset[str], permission: str) -> bool:
    return bool(place.decides(permission, who))
