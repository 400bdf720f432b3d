"""The API description as a page: the same facts as in `/openapi.json`, for people to read."""

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
    """Show the API description; as JSON, where it is."""
    info = description(request)["info"]
    found: ApiOut = {
        "title": info["title"],
        "version": info["version"],
        "links": {"self": place.url(NAME), "openapi": place.url(DESCRIPTION)},
    }
    return {**found, "reference": shown(request)} if form_of(request) == HTML else found


def description(request: Request) -> Document:
    # It is JSON that is put together from many parts.
    found: Any = shop_of(request.registry).openapi.document
    document: Document = found
    return document


def shown(request: Request) -> str:
    """Return the page's content, which nothing but the reader's language changes.

    It is made once for each of the shop's languages, with the address that the examples were
    recorded at; that of the shop stands in for it.
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
