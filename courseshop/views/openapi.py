"""The API description (OpenAPI 3.1), generated from the pages and children that are registered."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pyramid.exceptions import ConfigurationError

from courseshop import traversal
from courseshop.negotiation import BODIES, FORM, HTML, JSON, PROBLEM, TABLES
from courseshop.resources import Root
from courseshop.schemas import Switch
from courseshop.security import COOKIE
from courseshop.views import page
from courseshop.views.introspection import pages_of
from courseshop.views.json import dumps

if TYPE_CHECKING:
    from courseshop.traversal import Spot
    from courseshop.views import Page

REF = "#/components/schemas/{model}"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

PROOFS = {
    "token": {"type": "http", "scheme": "bearer", "description": "Made at /account/tokens."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set by a log-in; by https its name begins with __Host-.",
    },
}


class Description:
    """One API description in the making: its paths, and the schemas that they refer to."""

    def __init__(self, registry: Any) -> None:
        self.registry = registry
        self.schemas: dict[str, Any] = {"Problem": PROBLEM_SCHEMA}

    def document(self) -> dict[str, Any]:
        """Return the whole description."""
        paths: dict[str, dict[str, Any]] = {}
        for spot in traversal.walk(self.registry, Root, "courseshop"):
            for found in pages_of(self.registry, spot.place):
                path = f"{spot.path}/{found.name}" if found.name else spot.path or "/"
                operations = paths.setdefault(path, {})
                operations[found.method.lower()] = self.operation(path, spot, found)
        add_links(paths)
        fill_in(self.schemas, self.of_this_shop())
        shop = self.registry["courseshop.settings"]
        return {
            "openapi": "3.1.0",
            "info": {
                "title": shop.name,
                "version": version("courseshop"),
                "description": "Every URL is a page for people and, by `Accept`, for programs.",
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": dict(sorted(self.schemas.items())),
                "securitySchemes": PROOFS,
            },
            # A guest may ask for everything; what needs an account answers 401.
            "security": [{}, *({name: []} for name in PROOFS)],
        }

    def of_this_shop(self) -> dict[str, dict[str, Any]]:
        """Return what a schema says that differs from shop to shop, by its `x-shop`."""
        reserved = sorted(self.registry["courseshop.reserved"])
        currency = self.registry["courseshop.settings"].currency
        return {"currency": {"const": currency}, "slug": {"not": {"enum": reserved}}}

    def operation(self, path: str, spot: Spot, found: Page) -> dict[str, Any]:
        words = path.replace("{", "").replace("}", "").strip("/").replace(".", "-").split("/")
        operation: dict[str, Any] = {
            "operationId": "-".join(filter(None, [found.method.lower(), *words])),
            "summary": summary(found),
            "tags": [words[0] or "shop"],
            "parameters": [self.path_parameter(*parameter) for parameter in spot.parameters],
            "responses": {**self.responses(found), **moved(spot)},
        }
        if found.accepts and found.method == "GET":
            operation["parameters"] += self.query_parameters(found.accepts)
        elif found.accepts:
            schema = self.schema(found.accepts, "validation")
            kinds = [one for one in BODIES[found.method] if one != FORM or is_described(found)]
            content = {kind: {"schema": schema} for kind in kinds}
            operation["requestBody"] = {"required": True, "content": content}
        return operation

    def path_parameter(self, name: str, annotation: Any) -> dict[str, Any]:
        schema = self.schema(annotation, "validation")
        return {"name": name, "in": "path", "required": True, "schema": schema}

    def query_parameters(self, model: Any) -> list[dict[str, Any]]:
        schema = model.model_json_schema(ref_template=REF)
        return [
            {"name": name, "in": "query", "description": part.get("description", name)}
            | {"schema": query_schema(part)}
            for name, part in schema.get("properties", {}).items()
        ]

    def responses(self, found: Page) -> dict[str, Any]:
        problem = {PROBLEM: {"schema": {"$ref": REF.format(model="Problem")}}}
        responses: dict[str, Any] = {
            "default": {
                "description": "A problem, as a page or as problem details.",
                "content": {HTML: {"schema": {"type": "string"}}, **problem},
            }
        }
        if found.renderer is None:
            responses["200"] = {"description": summary(found)}
            responses["303"] = {"description": "A browser is sent to log in first, where it must."}
            responses["304"] = {"description": "What the client has is still right."}
            return responses
        if is_switch(found) or (found.returns is None and found.method != "GET"):
            responses["204"] = {"description": f"{summary(found)}: done."}
        if found.returns is not None or found.method == "GET":
            schema = self.schema(found.returns, "serialization") if found.returns else {}
            texts = (HTML, *(TABLES if found.table else ()))
            content = {JSON: {"schema": schema}} | {
                kind: {"schema": {"type": "string"}} for kind in texts
            }
            # What is posted to a place, or to its page `new`, makes something there; what is posted
            # to another page of it changes it.
            makes = found.method == "POST" and found.name in {"", "new"}
            success = "201" if makes and not is_switch(found) else "200"
            responses[success] = {"description": summary(found), "content": content}
            if found.method == "PUT" or is_switch(found):
                responses["201"] = {"description": "It was not so before.", "content": content}
        if found.method == "GET":
            responses["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
            responses["304"] = {"description": "What the client has is still right."}
            responses["303"] = {"description": "A browser is sent to log in first."}
        else:
            responses["303"] = {"description": "A browser is sent to the page, or to log in."}
        return responses

    def schema(self, annotation: Any, mode: Any) -> dict[str, Any]:
        """Return a type's schema; the types that it names become components."""
        schema = TypeAdapter(annotation).json_schema(mode=mode, ref_template=REF)
        for name, part in schema.pop("$defs", {}).items():
            self.add_schema(name, part)
        if "title" in schema and schema.get("type") == "object":
            self.add_schema(schema["title"], schema)
            return {"$ref": REF.format(model=schema["title"])}
        return schema

    def add_schema(self, name: str, schema: dict[str, Any]) -> None:
        """Keep a component. Two types of one name cannot both be described: say so at start-up."""
        if self.schemas.setdefault(name, schema) != schema:
            raise ConfigurationError(f"two different types are called {name}: rename one of them")


def fill_in(part: Any, facts: dict[str, dict[str, Any]]) -> None:
    """Replace each `x-shop` in a schema by the facts that it names."""
    if isinstance(part, dict):
        part.update(facts.get(part.pop("x-shop", ""), {}))
        for value in part.values():
            fill_in(value, facts)
    elif isinstance(part, list):
        for value in part:
            fill_in(value, facts)


def query_schema(part: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema without null: a query says that by leaving it out."""
    options = [option for option in part.get("anyOf", []) if option != {"type": "null"}]
    schema = options[0] if len(options) == 1 else part
    return {key: value for key, value in schema.items() if key not in {"title", "description"}}


def add_links(paths: dict[str, Any]) -> None:
    """Say of each GET how its answer leads on: to what hangs there, and to a list's first item."""
    for path, operations in paths.items():
        base, _, last = path.rpartition("/")
        source, target = paths.get(base or "/", {}).get("get"), operations.get("get")
        if not (source and target and "304" in source["responses"] and last):
            continue
        known = [one["name"] for one in source["parameters"] if one["in"] == "path"]
        parameters = {name: f"$request.path.{name}" for name in known}
        if last.startswith("{"):
            name = last.strip("{}")
            parameters[name] = f"$response.body#/items/0/{name}"
        links = source["responses"]["200"].setdefault("links", {})
        links[target["operationId"]] = {
            "operationId": target["operationId"],
            "parameters": parameters,
        }


def is_described(found: Page) -> bool:
    """Tell whether a page takes a form whose fields are those of its JSON."""
    return getattr(found.accepts, "same_in_forms", True)


def moved(spot: Spot) -> dict[str, Any]:
    """Return what is answered where a thing is called otherwise now; reads and writes follow it."""
    if not spot.parameters:
        return {}
    return {"308": {"description": "It has another address now, which Location says."}}


def is_switch(found: Page) -> bool:
    """Tell whether a page does for forms what PUT and DELETE do for programs."""
    return found.accepts is not None and issubclass(found.accepts, Switch)


def summary(found: Page) -> str:
    lines = (found.view.__doc__ or "").strip().splitlines()
    return lines[0].rstrip(".") if lines else found.view.__name__.replace("_", " ").capitalize()


@page(context=Root, name="openapi.json")
def openapi(_place: Root, request: Any) -> Any:
    """Describe the API."""
    response = request.response
    response.content_type = JSON
    response.charset = None
    server = {"url": request.application_url}
    response.body = dumps({**request.registry["courseshop.openapi"], "servers": [server]})
    return response


def includeme(config: Any) -> None:
    def describe() -> None:
        registry = config.registry
        registry["courseshop.openapi"] = Description(registry).document()

    # After the last page and child of the last plugin.
    config.action("courseshop openapi", describe, order=9_999)
