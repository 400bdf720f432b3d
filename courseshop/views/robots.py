"""robots.txt (RFC 9309): keeps crawlers off pages that waste their time, and the shop's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from courseshop.domain.shop import shop_of
from courseshop.framework import return_to, traversal
from courseshop.framework.add_page import page
from courseshop.framework.introspection import pages_of
from courseshop.resources import Root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

PARAMETER = re.compile(r"\{\w+\}")
# Private pages. Shared wishlists are allowed: a crawler must read the `noindex` of the page, or it
# would index the bare URL, with the key in it, if it finds a link to it.
OWN = (
    "/account",
    "/audit",
    "/moderation",
    "/people$",
    "/people?",
    "/wishlists$",
    "/wishlists/default",
)
# Redirects that count the shares of a course.
COUNTED = ("/courses/*/share/",)
# Filters, sort orders and search words can be combined endlessly, but the plain lists have all the
# courses. Each further page of a plain list has one URL, whose query begins with the cursor.
LISTS = ("/courses", "/categories/*", "/courses/*/reviews")
RULES = "courseshop.robots"


@page(context=Root, name="robots.txt", media_type="text/plain")
def robots(place: Root, request: Request) -> Response:
    """Return robots.txt: the rules for crawlers, and the URL of the sitemap."""
    response = request.response
    response.content_type = "text/plain"
    root = urlsplit(place.url()).path.removesuffix("/")
    rules = [f"{word}: {root}{path}" for word, path in shop_of(request.registry).robots]
    lines = ["User-agent: *", *rules, "", f"Sitemap: {place.url('sitemap.xml')}"]
    response.text = "\n".join(lines) + "\n"
    return response


def rules(registry: Registry) -> Iterator[tuple[str, str]]:
    """Yield the rules for all places and pages, including those of plugins."""
    for path in (*OWN, *COUNTED, *forms(registry), f"/*?{return_to.FIELD}="):
        yield "Disallow", path
    for path in LISTS:
        yield "Disallow", f"{path}?"
        yield "Allow", f"{path}?after="


def forms(registry: Registry) -> Iterator[str]:
    """Yield the paths of GET pages that require more than "view", such as `…/edit`."""
    for kind in traversal.walk(registry):
        for found in pages_of(registry, kind.place):
            path = PARAMETER.sub("*", f"{kind.path}/{found.name}".removesuffix("/"))
            more = found.method == "GET" and found.permission != "view"
            if more and not path.startswith(OWN):
                yield f"{path}$"


def includeme(config: Configurator) -> None:
    def collect() -> None:
        shop_of(config.registry).robots = tuple(rules(config.registry))

    # Run after all plugins have registered their pages and children.
    config.action(RULES, collect, order=9_999)
