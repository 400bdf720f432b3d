"""The schemas of what comes in and goes out, as components that have a name."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pyramid.exceptions import ConfigurationError

from courseshop.framework.openapi.objects import listed, parts
from courseshop.protection import csrf

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue
    from pydantic.json_schema import JsonSchemaMode

    from courseshop.framework.openapi.objects import Object

REF = "#/components/schemas/{model}"
# The types of what goes out are called so in the code.
SUFFIX = "Out"
# What holds values in a schema, which are not looked into.
VALUES = {"const", "default", "enum", "example", "examples"}
PROBLEM: Object = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "The kind of problem, the same in every shop.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, for people to read."},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {
            "type": "array",
            "description": "All faults at once.",
            "items": {"$ref": "#/components/schemas/Fault"},
        },
    },
}
FAULT: Object = {
    "type": "object",
    "description": "A fault of what was sent.",
    "required": ["field", "code", "message"],
    "properties": {
        "field": {"type": "string", "description": "Its path, such as `price.amount`; empty: all."},
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}

CSRF_TOKEN: Object = {
    "type": "string",
    "description": "Of browsers that are logged in: it stands in each form of the session.",
}


def not_null(schema: Object) -> Object:
    """Return a field's schema without null: forms and queries say that by leaving it out."""
    options = [option for option in listed(schema, "anyOf") if option != {"type": "null"}]
    if len(options) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**rest, **options[0]}


def ref(name: str) -> Object:
    return {"$ref": REF.format(model=name)}


# typing has no type for an annotation of any form: Any, as pydantic has it.
def schema_of(annotation: Any, mode: JsonSchemaMode) -> Object:
    """Return a type's JSON Schema by pydantic."""
    return TypeAdapter(annotation).json_schema(mode=mode, ref_template=REF)


# It takes a third of a start, and is the same for each shop of a process.
cached_schema_of = cache(schema_of)


class Schemas:
    """The schemas that an API description refers to, by name."""

    def __init__(self) -> None:
        self.known: dict[str, Object] = {"Problem": PROBLEM, "Fault": FAULT}
        # By the identity of the type, which is kept with it: not each can be hashed.
        self._made: dict[tuple[int, str], tuple[Any, Object]] = {}

    def of(self, annotation: Any, mode: JsonSchemaMode) -> Object:
        """Return a type's schema; the types that it names become components.

        Raises ConfigurationError when two different types have one name.
        """
        key = (id(annotation), mode)
        if key not in self._made:
            self._made[key] = (annotation, self._make(annotation, mode))
        return self._made[key][1]

    def _make(self, annotation: Any, mode: JsonSchemaMode) -> Object:
        try:
            schema = deepcopy(cached_schema_of(annotation, mode))
        except TypeError:
            # What an annotation says besides its type need not be hashable.
            schema = schema_of(annotation, mode)
        for name, one in parts(schema, "$defs").items():
            self._add(name, one)
        schema.pop("$defs", None)
        title = schema.get("title")
        if isinstance(title, str) and schema.get("type") == "object":
            self._add(title, schema)
            return ref(title)
        return untitled(schema)

    def of_form(self, model: type[BaseModel]) -> Object:
        """Return the schema of a model as a form, which a session sends with its CSRF token.

        A component of its own: generated clients choose by the type of a body what to send it as.
        """
        name = str(self.of(model, "validation")["$ref"]).rpartition("/")[2]
        plain = self.known[name]
        fields = {field: not_null(one) for field, one in parts(plain, "properties").items()}
        properties: Object = {**fields, csrf.FIELD: CSRF_TOKEN}
        self._add(f"{name}Form", {**plain, "properties": properties})
        return ref(f"{name}Form")

    def _add(self, name: str, schema: Object) -> None:
        plain = untitled(schema)
        if self.known.setdefault(name, plain) != plain:
            raise ConfigurationError(f"two different types are called {name}: rename one of them")

    def public_names(self) -> dict[str, str]:
        """Return what components are called for clients, where that is not as in the code."""
        short = {name: name.removesuffix(SUFFIX) for name in self.known if name.endswith(SUFFIX)}
        return {name: public for name, public in short.items() if public not in self.known}


def untitled(schema: Object) -> Object:
    """Return a schema without the titles that repeat what its properties are called."""
    return {
        key: value if key in VALUES else untitled_value(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }


def untitled_value(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [untitled_value(one) for one in value]
    return untitled(value) if isinstance(value, dict) else value


def finished(found: Object, names: dict[str, str], facts: dict[str, Object]) -> Object:
    """Return a description with public names, and what differs from shop to shop filled in.

    `facts` are what a schema says for its `x-shop`.
    """
    made = {key: finished_value(value, names, facts) for key, value in found.items()}
    made.update(facts.get(str(made.pop("x-shop", "")), {}))
    reference = made.get("$ref", "")
    name = reference.rpartition("/")[2] if isinstance(reference, str) else ""
    if name in names and reference == REF.format(model=name):
        made["$ref"] = REF.format(model=names[name])
    return made


def finished_value(value: JsonValue, names: dict[str, str], facts: dict[str, Object]) -> JsonValue:
    if isinstance(value, list):
        return [finished_value(one, names, facts) for one in value]
    return finished(value, names, facts) if isinstance(value, dict) else value
