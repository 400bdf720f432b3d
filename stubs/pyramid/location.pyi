from collections.abc import Iterator
from typing import TypeVar

Place = TypeVar("Place")

# All places of the shop have the same base class. Those of other packages may lack `__parent__`.
def lineage(resource: Place) -> Iterator[Place]: ...
