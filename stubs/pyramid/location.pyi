from collections.abc import Iterator
from typing import TypeVar

Place = TypeVar("Place")

# All places of this tree have one base; another package's may have no `__parent__`.
def lineage(resource: Place) -> Iterator[Place]: ...
