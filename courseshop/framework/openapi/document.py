"""The whole description, put together from the pages and children that are registered."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from courseshop.domain.shop import shop_of
from courseshop.framework import traversal
from courseshop.framework.introspection import pages_of
from courseshop.framework.negotiation import PROBLEM
from courseshop.framework.openapi import access, headers, responses
from courseshop.framework.openapi.components import Schemas, finished
from courseshop.framework.openapi.examples import RECORDED_AT, Examples
from courseshop.framework.openapi.links import add_links
from courseshop.framework.openapi.objects import part
from courseshop.framework.openapi.operations import SHOP, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry

    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.traversal import PlaceKind

ABOUT = """\
Every address is a page for people and, by `Accept: application/json`, the same facts for programs.
What is described here is what is registered, plugins included.

**Answers.** `application/json`, or `text/html` for browsers; lists also come as `text/csv` and
`text/markdown`. Keys are snake_case, times are UTC and end in `Z`, money is a decimal string with
its currency, and what is absent is `null`. `links` holds what whoever asks may follow now, and
nothing else. `application/json` is `application/vnd.courseshop.v1+json` now; ask for that, and send
it, to stay with its shapes.

**Problems** come as `application/problem+json`; `errors` names all faults at once. They are judged
in this order: 400, 404, 405, 401 or 403, 415, 406, 412, 422 or 409. What you may not see is 404, as
if it did not exist.

**Who asks.** Programs send `Authorization: Bearer` with a token; browsers have the cookie of a
session, and their writes must come from the shop's own pages.

**Lists** are walked by the cursors in `links`, which stand in the header `Link`, too.

**Changes.** `If-None-Match` with an `ETag` gives 304 where nothing is new. `If-Match` on a write
gives 412 where somebody was faster. A PATCH is a merge patch (RFC 7396).
"""


class Description:
    """One API description in the making."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.schemas, self.examples = Schemas(), Examples()
        self.spots = list(traversal.walk(registry))
        self.kinds = {spot.path: spot.place for spot in self.spots}

    def document(self) -> Object:
        """Return the whole description; its addresses are those of the recorded demo shop."""
        paths: dict[str, Object] = {}
        tags: dict[str, str] = {}
        for operation in self.operations():
            described = operation.described(self.schemas, self.examples)
            paths.setdefault(operation.path, {})[operation.page.method.lower()] = described
            tags.setdefault(operation.tag, self.meaning(operation.spot))
        add_links(paths)
        found: Object = {
            "openapi": "3.1.0",
            "info": self.info(),
            "servers": [{"url": RECORDED_AT}],
            "paths": {path: paths[path] for path in sorted(paths)},
            "components": self.components(),
            # A guest may ask for everything; what needs an account answers 401.
            "security": access.Access().requirement(),
            "tags": [{"name": name, "description": tags[name]} for name in sorted(tags)],
        }
        return finished(found, self.names, self.of_this_shop())

    def operations(self) -> Iterator[Operation]:
        root: Any = self.kinds[""]
        # Nobody asks: it has no request.
        known = access.Places(root(None))
        for spot in self.spots:
            places = known.at(spot)
            for page in pages_of(self.registry, spot.place):
                who = access.access_of(places, page.permission, by_row=bool(spot.parameters))
                yield Operation(page, spot, places, who, self.tag(spot))

    def tag(self, spot: PlaceKind) -> str:
        """Return what a spot is listed under: the child of the shop, or of a row, that it is in."""
        segments = spot.path.strip("/").split("/")
        below = segments[2:3] if segments[1:2] and segments[1].startswith("{") else []
        if below and not below[0].startswith("{"):
            return below[0]
        return segments[0] or SHOP

    def meaning(self, spot: PlaceKind) -> str:
        """Return what the place says of itself under whose name a spot is listed."""
        path = spot.path
        while path.rpartition("/")[2] not in {self.tag(spot), ""}:
            path = path.rpartition("/")[0]
        return inspect.getdoc(self.kinds[path]) or self.tag(spot)

    def info(self) -> Object:
        name = shop_of(self.registry).settings.name
        return {
            "title": name,
            "version": version("courseshop"),
            "description": ABOUT,
            "contact": {"name": name, "url": RECORDED_AT},
            "license": {"name": "MIT", "identifier": "MIT"},
        }

    @property
    def names(self) -> dict[str, str]:
        return self.schemas.public_names()

    def components(self) -> Object:
        names = self.names
        schemas = {names.get(name, name): one for name, one in self.schemas.known.items()}
        return {
            "schemas": {name: schemas[name] for name in sorted(schemas)},
            "responses": {**self.problems()},
            "parameters": headers.parameter_components(),
            "headers": headers.header_components(),
            "securitySchemes": access.SCHEMES,
        }

    def problems(self) -> dict[str, Object]:
        found = responses.components()
        for status in responses.MEANINGS:
            if example := self.examples.problem(status):
                part(part(found[responses.component(status)], "content"), PROBLEM).update(example)
        return found

    def of_this_shop(self) -> dict[str, Object]:
        """Return what a schema says that differs from shop to shop, by its `x-shop`."""
        reserved = sorted(shop_of(self.registry).reserved_slugs)
        currency = shop_of(self.registry).settings.currency
        return {"currency": {"const": currency}, "slug": {"not": {"enum": [*reserved]}}}
