"""Find the page of a request by its path alone, before the body is read.

The body is read before traversal, so that a slow client never holds a lock. Pages with a limit of
their own, or that read the body themselves, must be known before that. Classes are descended as
traversal descends places: to a registered child, else to the class of a row (`find`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.interfaces import IRootFactory

from courseshop.domain.shop import shop_of
from courseshop.framework import traversal
from courseshop.framework.introspection import PAGES, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIEnvironment
    from pyramid.registry import Registry

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.page_spec import PageSpec
    from courseshop.framework.resource import Resource

    Place = type[Resource]

# Environ key of the page, if it has a body of its own.
EXPECTED = "courseshop.expected-page"


class ExpectedPages:
    """The pages with a body of their own; empty, and so without any cost, if there are none."""

    def __init__(self, registry: Registry) -> None:
        self.pages = [page for page in all_pages(registry) if has_own_body(page)]
        self._root: Place = registry.getUtility(IRootFactory)
        self._classes = dict(classes(registry)) if self.pages else {}

    def find(self, environ: WSGIEnvironment) -> PageSpec | None:
        """Return the page that traversal will find, if it has a body of its own."""
        found = self._descend(environ.get("PATH_INFO", "")) if self.pages else None
        if found is None:
            return None
        place, name = found
        page = self._classes[place].pages.get((environ["REQUEST_METHOD"], name))
        return page if page and has_own_body(page) else None

    def _descend(self, path: str) -> tuple[Place, str] | None:
        place = self._root
        *above, last = path.encode("latin-1").decode().strip("/").split("/")
        for segment in above:
            below = self._below(place, segment)
            if below is None:
                return None
            place = below
        end = self._below(place, last)
        return (place, last) if end is None else (end, "")

    def _below(self, place: Place, segment: str) -> Place | None:
        known = self._classes[place]
        # A child has precedence over a row, and the name of a page is never a row's.
        row = None if segment in known.page_names else known.row
        found = known.children.get(segment, row)
        return found if found in self._classes else None


class PlaceClass:
    """What is below the places of a class: named children, rows of one class, and pages."""

    def __init__(self, registry: Registry, place: Place) -> None:
        below = [(name, found) for name, found, _package in traversal.below(registry, place)]
        self.children = {name: found for name, found in below if isinstance(name, str)}
        self.row = next((found for name, found in below if not isinstance(name, str)), None)
        found = pages_of(registry, place)
        self.pages = {(page.method, page.name): page for page in found}
        self.page_names = {page.name for page in found}


def has_own_body(page: PageSpec) -> bool:
    return page.raw or page.stream or page.max_body is not None


def all_pages(registry: Registry) -> Iterator[PageSpec]:
    for entry in traversal.introspectables(registry, PAGES):
        yield entry["page"]


def classes(registry: Registry) -> Iterator[tuple[Place, PlaceClass]]:
    for kind in traversal.walk(registry):
        yield kind.place, PlaceClass(registry, kind.place)


def expected_page(environ: WSGIEnvironment) -> PageSpec | None:
    """Return the page of this request, if it has a body of its own."""
    found: PageSpec | None = environ.get(EXPECTED)
    return found


def is_raw(environ: WSGIEnvironment) -> bool:
    """Return whether the request is for a page that checks who has sent it by itself."""
    page = expected_page(environ)
    return page is not None and page.raw


def reads_body(environ: WSGIEnvironment) -> bool:
    """Return whether the view reads the body by itself, so that nothing else may parse it."""
    page = expected_page(environ)
    return page is not None and (page.raw or page.stream)


def includeme(config: Configurator) -> None:
    def know() -> None:
        shop_of(config.registry).expected_pages = ExpectedPages(config.registry)

    # Runs after every plugin has registered its pages and children.
    config.action("courseshop expected pages", know, order=10_000)
