"""Types for the parts of an OpenAPI document that the reference shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeVar, final

if TYPE_CHECKING:
    from pydantic import JsonValue

Reference = TypedDict("Reference", {"$ref": str})
Schema = TypedDict(
    "Schema",
    {
        "$ref": str,
        "additionalProperties": "Schema | bool",
        "anyOf": "list[Schema]",
        "const": "JsonValue",
        "default": "JsonValue",
        "description": str,
        "enum": "list[JsonValue]",
        "exclusiveMaximum": float,
        "format": str,
        "items": "Schema",
        "maxItems": int,
        "maxLength": int,
        "maximum": float,
        "minItems": int,
        "minLength": int,
        "minProperties": int,
        "minimum": float,
        "oneOf": "list[Schema]",
        "properties": "dict[str, Schema]",
        "required": list[str],
        "type": "str | list[str]",
    },
    total=False,
)


class Described(TypedDict):
    description: str


class Example(TypedDict):
    summary: str
    value: JsonValue


Examples = TypedDict(
    "Examples",
    {"examples": "dict[str, Example]", "x-examples": "dict[str, Example]"},
    total=False,
)


class Media(Examples):
    schema: NotRequired[Schema]


_Parameter = TypedDict(
    "_Parameter",
    {
        "name": str,
        "in": str,
        "description": str,
        "required": NotRequired[bool],
        "schema": Schema,
        "example": "NotRequired[JsonValue]",
    },
)


@final
class Parameter(_Parameter):
    """An inline parameter. Like the next types it is final, so mypy knows that it has no `$ref`."""


@final
class Header(Described):
    pass


@final
class Response(Examples):
    description: str
    content: NotRequired[dict[str, Media]]
    headers: NotRequired[dict[str, Header | Reference]]


class Body(TypedDict):
    content: dict[str, Media]


class Operation(TypedDict):
    operationId: str
    tags: list[str]
    summary: str
    description: str
    security: list[dict[str, list[str]]]
    parameters: list[Parameter | Reference]
    requestBody: NotRequired[Body]
    responses: dict[str, Response | Reference]


class Components(TypedDict):
    schemas: dict[str, Schema]
    responses: dict[str, Response]
    parameters: dict[str, Parameter]
    headers: dict[str, Header]
    securitySchemes: dict[str, Described]


class Tag(Described):
    name: str


class Info(Described):
    title: str
    version: str


class Document(TypedDict):
    info: Info
    tags: list[Tag]
    paths: dict[str, dict[str, Operation]]
    components: Components


Part = TypeVar("Part", Header, Parameter, Response)
