from collections.abc import Iterable
from typing import Generic, TypedDict, TypeVar

PATH_SEGMENT_SAFE: str
PATH_SAFE: str

_Place = TypeVar("_Place")

class Traversed(TypedDict, Generic[_Place]):
    context: _Place
    view_name: str
    subpath: tuple[str, ...]
    traversed: tuple[str, ...]

# All places of the shop have the same base class.
def traverse(resource: _Place, path: str | Iterable[str]) -> Traversed[_Place]: ...
