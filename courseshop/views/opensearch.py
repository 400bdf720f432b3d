"""How a browser searches the shop from its address bar (OpenSearch 1.1)."""

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
# OpenSearch 1.1 draft 6, "ShortName".
LONGEST_NAME = 16


@page(context=Root, name=NAME, media_type=DESCRIPTION, answers=(200, 304))
def opensearch(place: Root, request: Request) -> Response:
    """Describe how to search for courses."""
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
    """Return where to ask, by the type of what is answered; a browser puts the words in."""
    return [{"type": "text/html", "template": search_template(request, "searchTerms")}]


def search_template(request: Request, variable: str) -> str:
    """Return where courses are searched, with `{variable}` where the words belong.

    It is no query of `url`, which would quote the braces.
    """
    return f"{request.places['courses']}?q={{{variable}}}"
