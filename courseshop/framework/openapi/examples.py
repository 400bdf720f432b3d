"""Examples: what the demo shop was asked, and what it answered.

They are recorded by `make examples`, never written by hand; a test records them again and compares.
A plugin gives its own by `examples` of pydantic's `Field` and `ConfigDict(json_schema_extra=...)`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.framework.openapi.objects import Object

FILE = Path(__file__).with_name("examples.json")
# The address of the shop in what is recorded; that of the shop that is asked stands in for it.
RECORDED_AT = "http://localhost:6543"


class Recorded(TypedDict, total=False):
    """What was asked for, in words, with which parameters of the path, and what came of it."""

    asked: str
    path: dict[str, str]
    sent: JsonValue
    status: int
    answer: JsonValue


class Examples:
    """What is recorded, by operation: the path and query, what was sent, status and answer."""

    def __init__(self) -> None:
        recorded = json.loads(FILE.read_text("utf-8"))
        self.operations: dict[str, Recorded] = recorded["operations"]
        self.problems: dict[str, Recorded] = recorded["problems"]

    def of_path(self, path: str, name: str) -> Object:
        """Return the example of a parameter of the path: from a page of what the path leads to.

        All parameters of a path are taken from one page, so that they belong together.
        """
        while path:
            found = self.operations.get(f"GET {path}", {"path": {}})["path"]
            if path.endswith("}") and name in found:
                return {"example": found[name]}
            path = path.rpartition("/")[0]
        return {}

    def sent(self, operation: str) -> Object:
        """Return the example of a body that is sent."""
        found = self.operations.get(operation)
        return shown(found, found["sent"]) if found and "sent" in found else {}

    def answered(self, operation: str, status: int) -> Object:
        """Return the example of an answer with this status, for its content."""
        found = self._answer(operation, status)
        if found is None or is_misread(found["answer"]):
            return {}
        return shown(found, found["answer"])

    def beside(self, operation: str, status: int) -> Object:
        """Return the example of an answer that cannot stand in its content, as an extension."""
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
    """Return whether Spectral takes an answer for a schema: by an item called `default`, say.

    Its rule oas3-valid-schema-example looks for `default` beside `items` wherever there is content.
    """
    return isinstance(value, dict) and {"default", "items"} <= value.keys()
