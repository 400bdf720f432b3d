"""Links from responses to other operations (Link Objects)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.openapi.objects import listed, part

if TYPE_CHECKING:
    from courseshop.framework.openapi.objects import Object


def add_links(paths: dict[str, Object]) -> None:
    """Add links to each GET response: to the place's children, and to a list's first item."""
    for path, operations in paths.items():
        base, _, last = path.rpartition("/")
        source, target = part(paths.get(base or "/", {}), "get"), part(operations, "get")
        responses = part(source, "responses")
        if not (target and last and "304" in responses):
            continue
        known = [one["name"] for one in listed(source, "parameters") if one.get("in") == "path"]
        parameters: Object = {str(name): f"$request.path.{name}" for name in known}
        if last.startswith("{"):
            name = last.strip("{}")
            parameters[name] = f"$response.body#/items/0/{name}"
        answer, operation = part(responses, "200"), str(target["operationId"])
        link: Object = {"operationId": operation, "parameters": parameters}
        answer["links"] = {**part(answer, "links"), operation: link}
