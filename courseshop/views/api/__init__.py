"""The API description as a page: the same facts as in `/openapi.json`, for people to read."""

from __future__ import annotations

from typing import Any

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

NAME = "api"
PAGE = "courseshop:templates/api/api.jinja2"
REFERENCE = "courseshop:templates/api/reference.jinja2"


@page(context=Root, name=NAME, renderer=PAGE, returns=ApiOut)
def api(place: Root, request: Any) -> dict[str, Any]:
    """Show the API description; as JSON, where it is."""
    info = shop_of(request.registry).openapi.document["info"]
    found: dict[str, Any] = {
        "title": info["title"],
        "version": info["version"],
        "links": {"self": place.url(NAME), "openapi": place.url(DESCRIPTION)},
    }
    return {**found, "reference": shown(request)} if form_of(request) == HTML else found


def shown(request: Any) -> str:
    """Return the page's content, which nothing but the reader's language changes.

    It is made once for each of the shop's languages, with the address that the examples were
    recorded at; that of the shop stands in for it.
    """
    kept = shop_of(request.registry).reference
    html: str | None = kept.get(request.locale_name)
    if html is None:
        facts = reference(shop_of(request.registry).openapi.document)
        html = render(REFERENCE, facts, request)
        if shop_of(request.registry).release is not None:
            kept[request.locale_name] = html
    return html.replace(RECORDED_AT, str(escape(request.application_url)))


def includeme(config: Any) -> None:
    shop_of(config.registry).reference = {}
