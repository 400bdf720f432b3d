"""Who may use a page: read from the access rules, by asking places that stand for all of a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyramid.location import lineage

from courseshop.domain.actor import GUEST, Actor
from courseshop.security import COOKIE, entries, members_only, principals

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
        "description": "A token, made at `/account/tokens`. With the scope `read` it may GET, with "
        "`write` all that its account may.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set by a log-in; by https its name begins with `__Host-`.",
    },
}
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
    """Who may do something at all places of a kind.

    `who` are words for people, none where no place could be asked. `is_open`: a guest may, at some
    of them. `sends_away`: at some of them a guest is asked to log in. `hides`: not each is there
    for everybody with an account. `by_token`: a token will do.
    """

    who: tuple[str, ...] = ()
    is_open: bool = True
    sends_away: bool = True
    hides: bool = True
    by_token: bool = True

    def requirement(self) -> list[JsonValue]:
        """Return the Security Requirement Objects: any of them will do, `{}` asks for nothing."""
        names = ["token", "session"] if self.by_token else ["session"]
        proofs: list[JsonValue] = [{name: []} for name in names]
        return [{}, *proofs] if self.is_open else proofs


class Places:
    """The places that stand for each kind of place of the tree, by its path."""

    def __init__(self, root: Resource) -> None:
        self.known: dict[str, Sequence[Resource]] = {"": [root]}

    def at(self, spot: PlaceKind) -> Sequence[Resource]:
        """Return what stands for the places of a spot; `walk` gives that above it first."""
        above, _, name = spot.path.rpartition("/")
        if spot.path not in self.known:
            self.known[spot.path] = [
                one for parent in self.known[above] for one in stand_ins(spot.place, parent, name)
            ]
        return self.known[spot.path]


def stand_ins(kind: type[Resource], parent: Resource, name: str) -> Sequence[Resource]:
    try:
        return kind.stand_ins(parent, name)
    except Exception:  # noqa: BLE001
        # A plugin's place may want to know more of its row; then nothing is said of who may.
        return ()


def access_of(places: Sequence[Resource], permission: str, *, by_row: bool = False) -> Access:
    """Return who has a permission at these places; `by_row`: a row decides if they are there."""
    if not places:
        return Access()
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
    """Return in words who has the permission; of those with an account, only where not all have."""
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
    """Return whom the ACLs of these places name by what they are to the thing, in words."""
    found = {}
    for place in places:
        for above in lineage(place):
            for _action, principal, _verbs in entries(above):
                kind, _, whose = principal.partition(":")
                words = {"user": whose, "instructor": f"instructors of {whose}"}
                words["student"] = f"students of {whose}"
                if kind in words:
                    found[words[kind]] = STUDENT | {principal}
    return found


def may(place: Resource, who: frozenset[str], permission: str) -> bool:
    return bool(place.decides(permission, who))
