"""The API description (OpenAPI 3.1), generated from the pages and children that are registered."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from courseshop.domain.shop import shop_of
from courseshop.framework.json import dumps
from courseshop.framework.openapi.document import Description


class ApiDescription:
    """The description, made when somebody asks for it first: it is half of the time of a start.

    The tree is walked at once, so that a place which does not say what hangs there stops the start.
    """

    def __init__(self, registry: Any) -> None:
        self._description = Description(registry)

    @cached_property
    def document(self) -> dict[str, Any]:
        return self._description.document()

    @cached_property
    def json(self) -> bytes:
        return dumps(self.document)


def includeme(config: Any) -> None:
    def describe() -> None:
        shop_of(config.registry).openapi = description = ApiDescription(config.registry)
        if shop_of(config.registry).settings.mode == "development":
            # Who writes a plugin wants to know at once what cannot be described.
            description.document  # noqa: B018 - made now

    # After all that is found out of the last page and child of the last plugin.
    config.action("courseshop openapi", describe, order=10_000)
