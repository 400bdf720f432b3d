"""The API reference: an HTML page with the content of `/openapi.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import escape
from pyramid.renderers import render

from courseshop.domain.shop import shop_of
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.openapi.examples import RECORDED_AT
from courseshop.resources import Root
from courseshop.schemas.api import ApiOut
from courseshop.views.api.reference import reference
from courseshop.views.openapi import NAME as DESCRIPTION

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request
    from courseshop.views.api.document import Document

NAME = "api"
PAGE = "courseshop:templates/api/api.jinja2"
REFERENCE = "courseshop:templates/api/reference.jinja2"


@page(context=Root, name=NAME, renderer=PAGE, returns=ApiOut)
def api(place: Root, request: Request) -> PageData:
    """Show the API reference.

    The JSON form links to the OpenAPI document.
    """
    info = description(request)["info"]
    found: ApiOut = {
        "title": info["title"],
        "version": info["version"],
        "links": {"self": place.url(NAME), "openapi": place.url(DESCRIPTION)},
    }
    return {**found, "reference": shown(request)} if form_of(request) == HTML else found


def description(request: Request) -> Document:
    # It is built as untyped JSON.
    found: Any = shop_of(request.registry).openapi.document
    document: Document = found
    return document


def shown(request: Request) -> str:
    """Return the HTML of the reference, which depends on nothing but the reader's language.

    It is cached for each language, with the base URL at which the examples were recorded; the
    shop's own URL replaces that in each response.
    """
    kept = shop_of(request.registry).reference
    html = kept.get(request.locale_name)
    if html is None:
        html = render(REFERENCE, reference(description(request)), request)
        if shop_of(request.registry).release is not None:
            kept[request.locale_name] = html
    return html.replace(RECORDED_AT, str(escape(request.application_url)))


def includeme(config: Configurator) -> None:
    shop_of(config.registry).reference = {}
