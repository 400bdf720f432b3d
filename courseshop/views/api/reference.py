"""Convert an OpenAPI document to the plain data that the page shows, without references."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from courseshop.domain import markdown
from courseshop.views.api.types import name_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from courseshop.framework.request import PageData
    from courseshop.views.api.document import (
        Described,
        Document,
        Examples,
        Media,
        Operation,
        Parameter,
        Part,
        Reference,
        Response,
        Schema,
    )


def reference(document: Document) -> PageData:
    """Return the content of the page: the operations by tag, then the components."""
    components = document["components"]
    return {
        "about": markdown.render(document["info"]["description"]),
        "tags": [
            {
                "name": tag["name"],
                "about": markdown.render(tag["description"]),
                "operations": list(operations_of(document, tag["name"])),
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


def operations_of(document: Document, tag: str) -> Iterator[PageData]:
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            if tag in found["tags"]:
                yield {"method": method.upper(), "path": path, **operation(document, found)}


def operation(document: Document, found: Operation) -> PageData:
    parameters, responses = document["components"]["parameters"], found["responses"].items()
    return {
        "id": found["operationId"],
        "summary": found["summary"],
        "about": markdown.render(found["description"]),
        "proofs": [name for one in found["security"] for name in one],
        "open": {} in found["security"],
        "parameters": [parameter(resolved(parameters, one)) for one in found["parameters"]],
        "body": body(found.get("requestBody", {}).get("content", {})),
        "answers": [answer(status, one) for status, one in responses if "$ref" not in one],
        "problems": [
            {"status": status, "name": name_of(one["$ref"])}
            for status, one in responses
            if "$ref" in one
        ],
    }


def resolved(known: Mapping[str, Part], part: Part | Reference) -> Part:
    """Return the component in `known` that a reference names; return any other part unchanged."""
    return known[name_of(part["$ref"])] if "$ref" in part else part


def parameter(found: Parameter) -> PageData:
    example = found.get("example")
    return {
        "name": found["name"],
        "where": found["in"],
        "required": found.get("required", False),
        "about": markdown.render(found["description"]),
        "type": words(found["schema"]),
        "example": example if isinstance(example, str | None) else json.dumps(example),
    }


def body(content: Mapping[str, Media]) -> PageData | None:
    """Return the media types of a body, and the type and example of the first one."""
    if not content:
        return None
    first = next(iter(content.values()))
    return {"media": list(content), "type": words(first.get("schema", {})), **example_of(first)}


def example_of(part: Examples) -> PageData:
    """Return the request of a recorded example, and its JSON; both are None without an example."""
    found = (part.get("examples") or part.get("x-examples") or {}).get("demo")
    if found is None:
        return {"asked": None, "example": None}
    written = json.dumps(found["value"], ensure_ascii=False, indent=2)
    return {"asked": found["summary"], "example": written}


def answer(status: str, found: Response) -> PageData:
    shown = body(found.get("content", {}))
    if shown is not None and "x-examples" in found:
        shown = {**shown, **example_of(found)}
    return {
        "status": status,
        "about": markdown.render(found["description"]),
        "headers": list(found.get("headers", {})),
        "body": shown,
    }


def problem(name: str, found: Response) -> PageData:
    content = next(iter(found["content"].values()))
    about = markdown.render(found["description"])
    return {"name": name, "about": about, **example_of(content)}


def header_fields(document: Document) -> dict[str, Described]:
    """Return the header fields of requests and responses, by name."""
    components = document["components"]
    sent = {one["name"]: one for one in components["parameters"].values()}
    answered = {
        name: resolved(components["headers"], one)
        for methods in document["paths"].values()
        for found in methods.values()
        for response in found["responses"].values()
        for name, one in resolved(components["responses"], response).get("headers", {}).items()
    }
    found: dict[str, Described] = {**sent, **answered}
    return dict(sorted(found.items()))


def schema(name: str, found: Schema) -> PageData:
    required = found.get("required", [])
    return {
        "name": name,
        "about": markdown.render(found.get("description", "")),
        "type": words(found),
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
