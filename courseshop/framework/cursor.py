"""Cursors of lists, each valid only for the list, filters and order that it comes from.

In another list a cursor would skip rows or show them twice, and no client could notice.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING

from pyramid.location import lineage

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

    from courseshop.framework.resource import Resource

# Characters of a cursor that hold the position of a row; the others hold the signature.
POSITION = 22


def bind_cursor(place: Resource, query: BaseModel | None, position: str | None) -> str | None:
    """Return the cursor for a position in the list that this query of a place asks for."""
    return None if position is None else position + signature(place, query, position)


def foreign_cursors(place: Resource, query: BaseModel) -> list[str]:
    """Return the parameters of a query whose cursors come from another list, filter or order."""
    sent = {name: getattr(query, name, None) for name in ("after", "before")}
    return [
        name
        for name, cursor in sent.items()
        if isinstance(cursor, str) and cursor != bind_cursor(place, query, cursor[:POSITION])
    ]


def signature(place: Resource, query: BaseModel | None, position: str) -> str:
    """Return 11 characters that depend on the list and the position."""
    path = [one.__name__ for one in lineage(place)]
    # Only the queries of lists have it.
    selection: dict[str, JsonValue] = getattr(query, "selection", dict)()
    key = place.request.settings.secret.encode()[:64]
    told = repr((path, sorted(selection.items()), position)).encode()
    return urlsafe_b64encode(blake2b(told, digest_size=8, key=key).digest()).decode().rstrip("=")
