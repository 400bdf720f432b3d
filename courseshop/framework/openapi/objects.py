"""JSON objects, of which the description is made, and what is found in them."""

from __future__ import annotations

from pydantic import JsonValue

Object = dict[str, JsonValue]


def part(found: Object, key: str) -> Object:
    """Return the members of what is at a key, none where nothing is."""
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def parts(found: Object, key: str) -> dict[str, Object]:
    """Return what is called by name at a key, such as the properties of a schema."""
    return {name: one for name, one in part(found, key).items() if isinstance(one, dict)}


def listed(found: Object, key: str) -> list[Object]:
    """Return the objects of a list, none where there is no list."""
    values = found.get(key)
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
