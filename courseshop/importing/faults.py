"""The faults of an imported file: the field, and what its author should change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    # The content of a file before `CourseFile` validates it.
    Facts = Mapping[str, JsonValue]


class Fault(NamedTuple):
    """A fault of a field; `field` is "" if it concerns the whole file."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class Faulty(ValueError):  # noqa: N818 - the file has faults, the program has none
    """A file has faults; `facts` are the fields that could be read in spite of them."""

    def __init__(self, faults: Sequence[Fault], facts: Facts | None = None) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = list(faults)
        self.facts = facts or {}
