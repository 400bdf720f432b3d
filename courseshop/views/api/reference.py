"""From an OpenAPI document to what the page shows: plain data, with references resolved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from courseshop.services import markdown
from courseshop.views.api.types import name_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator


def reference(document: dict[str, Any]) -> dict[str, Any]:
    """Return all of the description, by tag."""
    operations = list(operations_of(document))
    components = document["components"]
    return {
        "about": markdown.render(document["info"]["description"]),
        "tags": [
            {
                "name": tag["name"],
                "about": markdown.render(tag["description"]),
                "operations": [one for one in operations if tag["name"] in one["tags"]],
            }
            for tag in document["tags"]
        ],
        "proofs": [
            {"name": name, "about": markdown.render(one["description"])}
            for name, one in components["securitySchemes"].items()
        ],
        "problems": [problem(name, one) for name, one in components["responses"].items()],
        "headers": [
            {"name": name, "about": markdown.render(one["description"])}
            for name, one in header_fields(document).items()
        ],
        "schemas": [schema(name, one) for name, one in components["schemas"].items()],
    }


def operations_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            yield {
                "id": found["operationId"],
                "method": method.upper(),
                "path": path,
                "tags": found["tags"],
                "summary": found["summary"],
                "about": markdown.render(found["description"]),
                "proofs": [name for one in found["security"] for name in one],
                "open": {} in found["security"],
                "parameters": [parameter(document, one) for one in found["parameters"]],
                "body": body(found.get("requestBody", {}).get("content", {})),
                "answers": [
                    answer(status, one)
                    for status, one in found["responses"].items()
                    if "$ref" not in one
                ],
                "problems": [
                    {"status": status, "name": name_of(one["$ref"])}
                    for status, one in found["responses"].items()
                    if "$ref" in one
                ],
            }


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference to a component leads to, anything else as it is."""
    if "$ref" not in part:
        return part
    *_, kind, name = part["$ref"].split("/")
    return document["components"][kind][name]  # type: ignore[no-any-return]


def parameter(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    found = resolved(document, part)
    example = found.get("example")
    return {
        "name": found["name"],
        "where": found["in"],
        "required": found.get("required", False),
        "about": markdown.render(found["description"]),
        "type": words(found["schema"]),
        "example": example if isinstance(example, str | None) else json.dumps(example),
    }


def body(content: dict[str, Any]) -> dict[str, Any] | None:
    """Return the media types of a body, and the type and example of the first of them."""
    if not content:
        return None
    first: dict[str, Any] = next(iter(content.values()))
    return {"media": list(content), "type": words(first.get("schema", {})), **example_of(first)}


def example_of(part: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked for an example, and the JSON of it."""
    found = (part.get("examples") or part.get("x-examples") or {}).get("demo")
    if found is None:
        return {"asked": None, "example": None}
    written = json.dumps(found["value"], ensure_ascii=False, indent=2)
    return {"asked": found["summary"], "example": written}


def answer(status: str, found: dict[str, Any]) -> dict[str, Any]:
    shown = body(found.get("content", {}))
    if shown is not None and "x-examples" in found:
        shown |= example_of(found)
    return {
        "status": status,
        "about": markdown.render(found["description"]),
        "headers": list(found.get("headers", {})),
        "body": shown,
    }


def problem(name: str, found: dict[str, Any]) -> dict[str, Any]:
    content = next(iter(found["content"].values()))
    about = markdown.render(found["description"])
    return {"name": name, "about": about, **example_of(content)}


def header_fields(document: dict[str, Any]) -> dict[str, Any]:
    """Return the header fields that are sent or answered, by name."""
    sent = {one["name"]: one for one in document["components"]["parameters"].values()}
    answered = {
        name: resolved(document, one)
        for methods in document["paths"].values()
        for found in methods.values()
        for response in found["responses"].values()
        for name, one in resolved(document, response).get("headers", {}).items()
    }
    return dict(sorted({**sent, **answered}.items()))


def schema(name: str, found: dict[str, Any]) -> dict[str, Any]:
    required = found.get("required", [])
    return {
        "name": name,
        "about": markdown.render(found.get("description", "")),
        "type": words({key: one for key, one in found.items() if key != "properties"}),
        "properties": [
            {
                "name": key,
                "required": key in required,
                "about": markdown.render(one.get("description", "")),
                "type": words(one),
            }
            for key, one in found.get("properties", {}).items()
        ],
    }
