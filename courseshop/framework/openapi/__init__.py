"""The API description (OpenAPI 3.1), generated from the pages and children that are registered."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from courseshop.domain.shop import shop_of
from courseshop.framework.json import dumps
from courseshop.framework.openapi.document import Description

if TYPE_CHECKING:
    from pyramid.registry import Registry

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.openapi.objects import Object


class ApiDescription:
    """The description, made when somebody asks for it first: it is half of the time of a start.

    The tree is walked at once, so that a place which does not say what hangs there stops the start.
    """

    def __init__(self, registry: Registry) -> None:
        self._description = Description(registry)

    @cached_property
    def document(self) -> Object:
        return self._description.document()

    @cached_property
    def json(self) -> bytes:
        return dumps(self.document)


def includeme(config: Configurator) -> None:
    def describe() -> None:
        shop_of(config.registry).openapi = description = ApiDescription(config.registry)
        if shop_of(config.registry).settings.mode == "development":
            # Who writes a plugin wants to know at once what cannot be described.
            description.document  # noqa: B018 - made now

    # After all that is found out of the last page and child of the last plugin.
    config.action("courseshop openapi", describe, order=10_000)
