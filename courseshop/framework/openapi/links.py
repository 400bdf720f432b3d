"""How answers lead on to other operations (Link Objects)."""

from __future__ import annotations

from typing import Any


def add_links(paths: dict[str, Any]) -> None:
    """Say of each GET how its answer leads on: to what hangs there, and to a list's first item."""
    for path, operations in paths.items():
        base, _, last = path.rpartition("/")
        source, target = paths.get(base or "/", {}).get("get"), operations.get("get")
        if not (source and target and last and "304" in source["responses"]):
            continue
        known = [one["name"] for one in source["parameters"] if one.get("in") == "path"]
        parameters = {name: f"$request.path.{name}" for name in known}
        if last.startswith("{"):
            name = last.strip("{}")
            parameters[name] = f"$response.body#/items/0/{name}"
        links = source["responses"]["200"].setdefault("links", {})
        links[target["operationId"]] = {
            "operationId": target["operationId"],
            "parameters": parameters,
        }
