"""What stands in the path and in the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.framework.openapi.components import REF, not_null, untitled

if TYPE_CHECKING:
    from courseshop.framework.openapi.components import Schemas
    from courseshop.framework.openapi.examples import Examples
    from courseshop.framework.traversal import PlaceKind


def in_path(
    path: str, spot: PlaceKind, schemas: Schemas, examples: Examples
) -> list[dict[str, Any]]:
    """Return the parameters of a path, each with an example of the demo shop where there is one."""
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": f"{name.capitalize()} of {whose(spot, name)}.",
            "schema": schemas.of(annotation, "validation"),
            **examples.of_path(path, name),
        }
        for name, annotation in spot.parameters
    ]


def whose(spot: PlaceKind, name: str) -> str:
    """Return in words what a parameter of the path picks out, such as "one of the reviews"."""
    segments = spot.path.split("/")
    above = segments[segments.index(f"{{{name}}}") - 1]
    return "the course" if above.startswith("{") else f"one of the {above}"


def in_query(model: Any) -> list[dict[str, Any]]:
    """Return the parameters of a query; pydantic's `examples` are theirs."""
    schema = model.model_json_schema(ref_template=REF)
    return [parameter(name, part) for name, part in schema.get("properties", {}).items()]


def parameter(name: str, part: dict[str, Any]) -> dict[str, Any]:
    found = {"name": name, "in": "query", "description": part.get("description", name)}
    shown = {"example": part["examples"][0]} if "examples" in part else {}
    return {**found, "schema": query_schema(part), **shown}


def query_schema(part: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, without what stands beside it there."""
    own = {"title", "description", "examples"}
    return {key: untitled(value) for key, value in not_null(part).items() if key not in own}
