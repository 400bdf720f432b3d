"""Parameters in the path and in the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from courseshop.framework.openapi.components import REF, not_null, untitled
from courseshop.framework.openapi.objects import parts

if TYPE_CHECKING:
    from pydantic import BaseModel

    from courseshop.framework.openapi.components import Schemas
    from courseshop.framework.openapi.examples import Examples
    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.traversal import PlaceKind


def in_path(path: str, kind: PlaceKind, schemas: Schemas, examples: Examples) -> list[Object]:
    """Return the parameters of a path, each with its example from the demo shop, if any."""
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": describe(kind, name),
            "schema": schemas.of(annotation, "validation"),
            **parsed(examples.of_path(path, name), annotation),
        }
        for name, annotation in kind.parameters
    ]


# Any: typing has no type for annotations.
def parsed(example: Object, annotation: Any) -> Object:
    """Return an example as `find` gets it, such as an integer for a RowId."""
    return {name: TypeAdapter(annotation).validate_python(one) for name, one in example.items()}


def describe(kind: PlaceKind, name: str) -> str:
    """Describe a path parameter, for example "Id of one of the reviews."."""
    segments = kind.path.split("/")
    above = segments[segments.index(f"{{{name}}}") - 1]
    if above.startswith("{"):
        return f"{name.capitalize()} of the course."
    if above.endswith("s"):
        return f"{name.capitalize()} of one of the {above}."
    return f"{name.capitalize()}, as in the links of /{above}."


def in_query(model: type[BaseModel]) -> list[Object]:
    """Return the query parameters of a model, with the `examples` of its fields."""
    schema = model.model_json_schema(ref_template=REF)
    return [parameter(name, part) for name, part in parts(schema, "properties").items()]


def parameter(name: str, part: Object) -> Object:
    examples = part.get("examples")
    return {
        "name": name,
        "in": "query",
        "description": part.get("description", name),
        "schema": query_schema(part),
        **({"example": examples[0]} if isinstance(examples, list) else {}),
    }


def query_schema(part: Object) -> Object:
    """Return the schema of a parameter, without the keys that belong to the parameter itself."""
    own = {"description", "examples"}
    return {key: value for key, value in untitled(not_null(part)).items() if key not in own}
