"""What a place says of its access, without a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.location import lineage

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyramid.authorization import AllPermissionsList, Context


def acl_entries(place: Context) -> list[tuple[str, str, Collection[str] | AllPermissionsList]]:
    """Return the ACL of one place as (action, principal, verbs), with a single verb as a tuple."""
    acl = place.__acl__() if callable(place.__acl__) else place.__acl__
    return [
        (action, principal, (verbs,) if isinstance(verbs, str) else verbs)
        for action, principal, verbs in acl
    ]


def members_only(place: Context) -> bool:
    """Return whether a place is for logged-in users only, such as the account.

    The nearest place in the lineage that has an attribute `members_only` decides.
    """
    known = (one.members_only for one in lineage(place) if hasattr(one, "members_only"))
    return bool(next(known, False))


def open_to_unconfirmed(place: Context) -> bool:
    """Return whether an account without a confirmed email address may change a place.

    It may change members-only places, unless a place in the lineage is `for_confirmed`.
    """
    confirmed = any(getattr(one, "for_confirmed", False) for one in lineage(place))
    return members_only(place) and not confirmed
