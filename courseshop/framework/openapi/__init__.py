"""The API description (OpenAPI 3.1), generated from the registered pages and children."""

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
    """The API description, generated on first use because it takes half of the startup time.

    The tree is walked at startup, so that a child without the necessary annotations aborts it.
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
            # Authors of plugins should see at once what cannot be described.
            description.document  # noqa: B018 - generates it

    # Runs after the actions that depend on all pages and children.
    config.action("courseshop openapi", describe, order=10_000)
