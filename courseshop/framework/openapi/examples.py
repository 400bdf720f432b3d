"""Examples: recorded requests to a demo shop, and their responses.

`make examples` records them; they are never written by hand, and a test records them again and
compares. A plugin adds its own with `examples` of pydantic's `Field` and
`ConfigDict(json_schema_extra=...)`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.framework.openapi.objects import Object

FILE = Path(__file__).with_name("examples.json")
# The base URL in the recorded examples; it is replaced by the URL of the running shop.
RECORDED_AT = "http://localhost:6543"


class Recorded(TypedDict, total=False):
    """A recorded exchange.

    `asked` is its method, path and query, `path` the parameters of the path, `sent` the body of the
    request, `answer` the body of the response.
    """

    asked: str
    path: dict[str, str]
    sent: JsonValue
    status: int
    answer: JsonValue


class Examples:
    """The recorded exchanges: `operations` by method and path, `problems` by status."""

    def __init__(self) -> None:
        recorded = json.loads(FILE.read_text("utf-8"))
        self.operations: dict[str, Recorded] = recorded["operations"]
        self.problems: dict[str, Recorded] = recorded["problems"]

    def of_path(self, path: str, name: str) -> Object:
        """Return the example of a path parameter, from the recorded GET that the path leads to.

        All parameters of a path come from one exchange, so that they belong together.
        """
        while path:
            found = self.operations.get(f"GET {path}", {"path": {}})["path"]
            if path.endswith("}") and name in found:
                return {"example": found[name]}
            path = path.rpartition("/")[0]
        return {}

    def sent(self, operation: str) -> Object:
        """Return the example of a request body."""
        found = self.operations.get(operation)
        return shown(found, found["sent"]) if found and "sent" in found else {}

    def answered(self, operation: str, status: int) -> Object:
        """Return the example of a response with this status, for its content."""
        found = self._answer(operation, status)
        if found is None or is_misread(found["answer"]):
            return {}
        return shown(found, found["answer"])

    def beside(self, operation: str, status: int) -> Object:
        """Return the example of a response as an extension, if its content cannot contain it."""
        found = self._answer(operation, status)
        if found is None or not is_misread(found["answer"]):
            return {}
        return {f"x-{name}": example for name, example in shown(found, found["answer"]).items()}

    def _answer(self, operation: str, status: int) -> Recorded | None:
        found = self.operations.get(operation, Recorded())
        return found if found.get("status") == status and "answer" in found else None

    def problem(self, status: int) -> Object:
        """Return the example of a problem with this status."""
        found = self.problems.get(str(status))
        return shown(found, found["answer"]) if found else {}


def shown(found: Recorded, value: JsonValue) -> Object:
    return {"examples": {"demo": {"summary": found["asked"], "value": value}}}


def is_misread(value: JsonValue) -> bool:
    """Return whether Spectral would mistake a response for a schema.

    Its rule oas3-valid-schema-example looks for `default` beside `items` in any content.
    """
    return isinstance(value, dict) and {"default", "items"} <= value.keys()
