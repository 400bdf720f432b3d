"""The faults of an imported file: the field, and what its author should change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from translationstring import TranslationString

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from courseshop.domain.errors import Refused

    # The content of a file before `CourseFile` validates it.
    Facts = Mapping[str, JsonValue]


# How deeply the values of a file may be nested. The shop's own fields need four levels.
DEEPEST = 50


# The most faults of a file that are reported.
MOST = 100


class Fault(NamedTuple):
    """A fault of a field; `field` is "" if it concerns the whole file."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class Faulty(ValueError):  # noqa: N818 - the file has faults, the program has none
    """A file has faults; `facts` are the fields that could be read in spite of them."""

    def __init__(self, faults: Sequence[Fault], facts: Facts | None = None) -> None:
        lines = [*map(str, faults[:MOST])]
        if len(faults) > MOST:
            lines.append(f"There are {len(faults) - MOST} more faults.")
        super().__init__("\n".join(lines))
        self.faults = list(faults)
        self.facts = facts or {}


def fault_of(refused: Refused) -> Fault:
    message = TranslationString(refused.message, mapping=refused.parameters).interpolate()
    return Fault(refused.field, str(message))


def depth_of(value: JsonValue) -> int:
    """Return how deeply a value is nested, without recursion; at most one more than `DEEPEST`."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        nested = [one for one in level if isinstance(one, dict | list)]
        parts = (one.values() if isinstance(one, dict) else one for one in nested)
        level = [part for one in parts for part in one]
        depth += bool(nested)
    return depth
