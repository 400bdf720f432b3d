"""Signed cursors, each valid only for the list, the filters and the sort order that it comes from.

In another list, a cursor would skip rows or repeat them, and no client could notice.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING

from pyramid.location import lineage

from courseshop.framework.place_acl import members_only

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

    from courseshop.framework.resource import Resource

# The length of the position in a cursor; the signature follows.
POSITION = 22


def bind_cursor(place: Resource, query: BaseModel | None, position: str | None) -> str | None:
    """Return the cursor of a position in the list of a place; None if there is no position.

    `query` has the filters and the sort order of the list.
    """
    return None if position is None else position + signature(place, query, position)


def foreign_cursors(place: Resource, query: BaseModel) -> list[str]:
    """Return the names of the parameters with cursors of another list, filter or sort order."""
    sent = {name: getattr(query, name, None) for name in ("after", "before")}
    return [
        name
        for name, cursor in sent.items()
        if isinstance(cursor, str) and cursor != bind_cursor(place, query, cursor[:POSITION])
    ]


def signature(place: Resource, query: BaseModel | None, position: str) -> str:
    """Return a keyed hash (11 characters) of the list's path, its filters, order and position.

    Below a members-only place, each user has lists of their own.
    """
    path = [one.__name__ for one in lineage(place)]
    owner = place.request.actor.id if members_only(place) else None
    # Only a PageQuery has a selection.
    selection: dict[str, JsonValue] = getattr(query, "selection", dict)()
    key = place.request.settings.secret.encode()[:64]
    signed = repr((path, owner, sorted(selection.items()), position)).encode()
    return urlsafe_b64encode(blake2b(signed, digest_size=8, key=key).digest()).decode().rstrip("=")
