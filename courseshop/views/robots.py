"""robots.txt (RFC 9309): where crawlers waste their time, and the shop's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from courseshop.domain.shop import shop_of
from courseshop.framework import traversal
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
# What is one person's own. A list that somebody shares stays open: its page says `noindex`, which
# a crawler has to read, or it lists the bare address, with the key in it, wherever it finds that.
OWN = ("/account", "/audit", "/moderation", "/wishlists$", "/wishlists/default")
# Redirects that count how often a course is shared.
COUNTED = ("/courses/*/share/",)
# Filters, orders and words combine without end, and lead to courses that the plain lists hold, too.
# Of these each further page has one address, in which the cursor stands first.
LISTS = ("/courses", "/categories/*", "/courses/*/reviews")
RULES = "courseshop.robots"


@page(context=Root, name="robots.txt", media_type="text/plain")
def robots(place: Root, request: Request) -> Response:
    """Tell crawlers what they need not read, and where the sitemap is."""
    response = request.response
    response.content_type = "text/plain"
    root = urlsplit(place.url()).path.removesuffix("/")
    rules = [f"{word}: {root}{path}" for word, path in shop_of(request.registry).robots]
    lines = ["User-agent: *", *rules, "", f"Sitemap: {place.url('sitemap.xml')}"]
    response.text = "\n".join(lines) + "\n"
    return response


def rules(registry: Registry) -> Iterator[tuple[str, str]]:
    """Yield the rules of all places and pages, those of plugins too."""
    for path in (*OWN, *COUNTED, *forms(registry)):
        yield "Disallow", path
    for path in LISTS:
        yield "Disallow", f"{path}?"
        yield "Allow", f"{path}?after="


def forms(registry: Registry) -> Iterator[str]:
    """Yield the paths of the pages for those who may do more than view, such as `…/edit`."""
    for spot in traversal.walk(registry):
        for found in pages_of(registry, spot.place):
            path = PARAMETER.sub("*", f"{spot.path}/{found.name}".removesuffix("/"))
            more = found.method == "GET" and found.permission != "view"
            if more and not path.startswith(OWN):
                yield f"{path}$"


def includeme(config: Configurator) -> None:
    def collect() -> None:
        shop_of(config.registry).robots = tuple(rules(config.registry))

    # After the last page and child of the last plugin.
    config.action(RULES, collect, order=9_999)
