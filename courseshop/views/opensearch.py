"""The OpenSearch 1.1 description, for searches from the address bar of a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.xml import document
from courseshop.resources import Root

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request

NAME = "opensearch.xml"
DESCRIPTION = "application/opensearchdescription+xml"
# Limit of "ShortName", from OpenSearch 1.1 draft 6.
LONGEST_NAME = 16


@page(context=Root, name=NAME, media_type=DESCRIPTION, answers=(200, 304))
def opensearch(place: Root, request: Request) -> Response:
    """Return the OpenSearch description of the course search."""
    shop = request.settings
    facts = {
        "name": shop.name[:LONGEST_NAME],
        "description": shop.tagline,
        "urls": urls(request),
        "languages": [locale.replace("_", "-") for locale in shop.locales],
        "logo": place.url("logo"),
    }
    return document(request, DESCRIPTION, "courseshop:templates/opensearch.jinja2", facts)


def urls(request: Request) -> list[dict[str, str]]:
    """Return the URL templates of searches, each with the media type of its results."""
    return [{"type": "text/html", "template": search_template(request, "searchTerms")}]


def search_template(request: Request, variable: str) -> str:
    """Return the URL template of the course search; `{variable}` stands for the search words.

    It does not use `url(query=…)`, which would quote the braces.
    """
    return f"{request.places['courses']}?q={{{variable}}}"
