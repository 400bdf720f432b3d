"""Schemas in words: pieces of text, some of which link to a named schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

    from courseshop.views.api.document import Schema

Keyword = Literal[
    "minimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "default",
]
# The text for each keyword that limits a value.
LIMITS: dict[Keyword, str] = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "minProperties": "at least {} of them",
    "default": "by default {}",
}


class Piece(NamedTuple):
    """A piece of text; `schema` is the name of the schema to which it links, if any."""

    text: str
    schema: str | None = None


def name_of(reference: str) -> str:
    return reference.rpartition("/")[2]


def words(schema: Schema) -> list[Piece]:
    """Return a schema in words: its type or its allowed values, then its limits."""
    return [*type_of(schema), *(Piece(f", {limit}") for limit in limits(schema))]


def type_of(schema: Schema) -> list[Piece]:
    if "$ref" in schema:
        name = name_of(schema["$ref"])
        return [Piece(name, name)]
    if "const" in schema:
        return [Piece(value(schema["const"]))]
    if "enum" in schema:
        return [Piece(", ".join(map(value, schema["enum"])))]
    for several in ("anyOf", "oneOf"):
        if several in schema and all(has_type(one) for one in schema[several]):
            return list(between(schema[several]))
    return structure(schema)


def has_type(schema: Schema) -> bool:
    return bool({"type", "$ref", "const", "enum", "anyOf"} & schema.keys())


def between(options: list[Schema]) -> Iterator[Piece]:
    """Yield the options of a value, with "or" between them."""
    for number, option in enumerate(options):
        if number:
            yield Piece(" or ")
        yield from words(option)


def structure(schema: Schema) -> list[Piece]:
    kind, more = schema.get("type", "anything"), schema.get("additionalProperties")
    if kind == "array":
        return [Piece("list of "), *words(schema.get("items", {}))]
    if kind == "object" and isinstance(more, dict):
        return [Piece("object of "), *words(more)]
    kind = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return [Piece(f"{kind} ({schema['format']})" if "format" in schema else kind)]


def limits(schema: Schema) -> Iterator[str]:
    for keyword, text in LIMITS.items():
        if keyword in schema:
            yield text.format(value(schema[keyword]))


def value(found: JsonValue) -> str:
    """Return a value as JSON."""
    return json.dumps(found, ensure_ascii=False)
