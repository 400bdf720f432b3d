from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.shop import shop_of
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import JSON
from courseshop.framework.openapi.examples import RECORDED_AT
from courseshop.resources import Root

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request

NAME = "openapi.json"


@page(context=Root, name=NAME, media_type=JSON)
def openapi(_place: Root, request: Request) -> Response:
    """Return the OpenAPI document of this API."""
    response = request.response
    response.content_type = JSON
    response.charset = None
    here = request.application_url.encode()
    response.body = shop_of(request.registry).openapi.json.replace(RECORDED_AT.encode(), here)
    return response
