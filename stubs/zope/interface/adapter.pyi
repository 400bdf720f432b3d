from collections.abc import Sequence
from typing import Any

from zope.interface import Interface, Specification

# Registered values have any type: a factory, a page, a panel.
class AdapterRegistry:
    def register(
        self,
        required: Sequence[Specification],
        provided: type[Interface],
        name: str,
        value: object,
    ) -> None: ...
    def lookup(
        self, required: Sequence[Specification], provided: type[Interface], name: str = ""
    ) -> Any: ...
    def lookupAll(
        self, required: Sequence[Specification], provided: type[Interface]
    ) -> Sequence[tuple[str, Any]]: ...
