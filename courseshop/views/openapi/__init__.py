"""The API description (OpenAPI 3.1), generated from the pages and children that are registered."""

from __future__ import annotations

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
    response.body = request.registry["courseshop.openapi.json"].replace(RECORDED_AT.encode(), here)
    return response


def includeme(config: Any) -> None:
    def describe() -> None:
        registry = config.registry
        registry["courseshop.openapi"] = document = Description(registry).document()
        registry["courseshop.openapi.json"] = dumps(document)

    # After the last page and child of the last plugin.
    config.action("courseshop openapi", describe, order=9_999)
