from typing import Any

from zope.interface import Interface
from zope.interface.adapter import AdapterRegistry

class Introspectable(dict[str, Any]):
    category_name: str
    title: str

class Introspector:
    def get_category(self, category_name: str) -> list[dict[str, Introspectable]] | None: ...

# Any, because only the code that sets a key knows the type of its value.
class Registry(dict[str, Any]):
    settings: dict[str, str]
    adapters: AdapterRegistry
    introspector: Introspector
    def notify(self, *events: object) -> None: ...
    def getUtility(self, provided: type[Interface], name: str = "") -> Any: ...
    def queryUtility(self, provided: type[Interface], name: str = "") -> Any: ...
    def registerUtility(
        self, component: object, provided: type[Interface], name: str = ""
    ) -> None: ...
