"""JSON objects of the description, and typed access to their members."""

from __future__ import annotations

from pydantic import JsonValue

Object = dict[str, JsonValue]


def part(found: Object, key: str) -> Object:
    """Return the object at a key, or an empty object."""
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def parts(found: Object, key: str) -> dict[str, Object]:
    """Return the objects in the object at a key, by name, such as a schema's properties."""
    return {name: one for name, one in part(found, key).items() if isinstance(one, dict)}


def listed(found: Object, key: str) -> list[Object]:
    """Return the objects in the list at a key, or an empty list."""
    values = found.get(key)
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
