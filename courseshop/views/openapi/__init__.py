"""The API description (OpenAPI 3.1), generated from the pages and children that are registered."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from courseshop.negotiation import JSON
from courseshop.resources import Root
from courseshop.views import page
from courseshop.views.json import dumps
from courseshop.views.openapi.document import Description
from courseshop.views.openapi.examples import RECORDED_AT

NAME = "openapi.json"


@page(context=Root, name=NAME, media_type=JSON)
def openapi(_place: Root, request: Any) -> Any:
    """Describe the API."""
    response = request.response
    response.content_type = JSON
    response.charset = None
    here = request.application_url.encode()
    response.body = request.registry["courseshop.openapi"].json.replace(RECORDED_AT.encode(), here)
    return response


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
        config.registry["courseshop.openapi"] = description = ApiDescription(config.registry)
        if config.registry["courseshop.settings"].mode == "development":
            # Who writes a plugin wants to know at once what cannot be described.
            description.document  # noqa: B018 - made now

    # After the last page and child of the last plugin.
    config.action("courseshop openapi", describe, order=9_999)
