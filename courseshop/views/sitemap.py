"""The sitemap for search engines (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from courseshop.framework.add_page import page
from courseshop.framework.conditional import etag
from courseshop.framework.resource import Resource, RowResource
from courseshop.framework.xml import answer, document, written
from courseshop.resources import Root
from courseshop.schemas.sitemap import PART_NAME, PartName
from courseshop.services import sitemap as service
from courseshop.views.links import root_of, urls_below

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

XML = "application/xml"
INDEX = "courseshop:templates/sitemap/index.jinja2"
PART = "courseshop:templates/sitemap/part.jinja2"


class Sitemaps(Resource):
    """The parts of the sitemap, which `/sitemap.xml` lists."""

    def find(self, name: PartName, /) -> Sitemap | None:
        known = re.fullmatch(PART_NAME, name)
        found = known and service.find(self.request.db, known[1], int(known[2]))
        return Sitemap(self, name, found) if found else None


class Sitemap(RowResource[service.Part]):
    """A part of the sitemap; `row` is a `services.sitemap.Part`."""


class Listed(NamedTuple):
    """The URL of a page, and the time of its last edit, if known."""

    url: str
    edited: datetime | None


@page(context=Root, name="sitemap.xml", media_type=XML, answers=(200, 304))
def index(place: Root, request: Request) -> Response:
    """List the parts of the sitemap."""
    below = place["sitemaps"]
    urls = [below.url(part.name) for part in service.parts(request.db)]
    return document(request, XML, INDEX, {"urls": urls})


@page(context=Sitemap, media_type=XML, answers=(200, 304))
def part(place: Sitemap, request: Request) -> Response:
    """Return a part of the sitemap."""
    if place.row.kind == service.PAGES:
        return document(request, XML, PART, {"listed": pages(root_of(request))})
    tag = etag(request, place.row)
    return answer(
        request, XML, tag, lambda: written(PART, {"listed": rows(place, request)}, request)
    )


def rows(place: Sitemap, request: Request) -> Iterator[Listed]:
    """Yield the entries of a part."""
    url = urls_below(root_of(request)[place.row.kind])
    for row in service.content(request.db, place.row):
        yield Listed(url(row.name), row.edited)


def pages(root: Root) -> Iterator[Listed]:
    """Yield the home page and its public children, including those of plugins."""
    yield Listed(root.url(), None)
    for child in root.children().values():
        if child.indexed:
            yield Listed(child.url(), None)


def includeme(config: Configurator) -> None:
    config.add_child(Root, "sitemaps", Sitemaps)
