"""The OpenAPI document, assembled from the registered pages and children."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from courseshop.domain import money
from courseshop.domain.shop import CORE_PACKAGE, shop_of
from courseshop.framework import traversal
from courseshop.framework.introspection import PAGES, pages_of
from courseshop.framework.negotiation import PROBLEM
from courseshop.framework.openapi import access, headers, responses
from courseshop.framework.openapi.components import Schemas, finished
from courseshop.framework.openapi.examples import RECORDED_AT, Examples
from courseshop.framework.openapi.links import add_links
from courseshop.framework.openapi.objects import part
from courseshop.framework.openapi.operations import SHOP, Operation
from courseshop.framework.traversal import introspectables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry

    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.traversal import PlaceKind

ABOUT = """\
Every URL is a page for people and, with `Accept: application/json`, the same data for programs.
This description covers all endpoints, including those that plugins add.

**Responses** are `application/json`, or `text/html` for browsers. Lists are also available as
`text/csv` and `text/markdown`. Keys are snake_case, times are in UTC and end in `Z`, money is a
decimal string with its currency, and missing values are `null`. `links` contains only the URLs that
you may follow now. To pin this version, use `application/vnd.courseshop.v1+json` in `Accept` and
`Content-Type`. `application/json` is the current version.

**Errors** are `application/problem+json`; `errors` lists all validation errors at once. Errors are
checked in this order: 400, 404, 405, 401 or 403, 415, 406, 412, 422 or 409. A resource that you
are not allowed to see returns 404, as if it did not exist.

**Authentication.** API clients send `Authorization: Bearer` with an API token. Browsers send a
session cookie, and their writes must come from the shop's own pages.

**Pagination.** Follow the cursors in `links`; the `Link` header contains them, too.

**Concurrent edits.** `If-None-Match` with an `ETag` returns 304 if nothing has changed. `If-Match`
on a write returns 412 if someone else edited the resource first. A PATCH is a merge patch
(RFC 7396).
"""


class Description:
    """Builds the API description of a shop."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.schemas, self.examples = Schemas(), Examples()
        self.kinds = list(traversal.walk(registry))
        self.classes = {kind.path: kind.place for kind in self.kinds}

    def document(self) -> Object:
        """Return the OpenAPI document, with the URLs of the recorded demo shop."""
        paths: dict[str, Object] = {}
        tags: dict[str, str] = {}
        for operation in self.by_owner():
            self.schemas.owner = operation.page.owner
            described = operation.described(self.schemas, self.examples)
            paths.setdefault(operation.path, {})[operation.page.method.lower()] = described
            tags.setdefault(operation.tag, self.meaning(operation.kind))
        add_links(paths)
        found: Object = {
            "openapi": "3.1.0",
            "info": self.info(),
            "servers": [{"url": RECORDED_AT}],
            "paths": {path: paths[path] for path in sorted(paths)},
            "components": self.components(),
            # Guests may send every request; those that need an account return 401.
            "security": access.Access().requirement(),
            "tags": [{"name": name, "description": tags[name]} for name in sorted(tags)],
        }
        return finished(found, self.names, self.of_this_shop())

    def by_owner(self) -> list[Operation]:
        """Return the operations of the core first: its types keep their names."""
        owners = [entry["page"].owner for entry in introspectables(self.registry, PAGES)]
        rank = {
            owner: number for number, owner in enumerate(dict.fromkeys([CORE_PACKAGE, *owners]))
        }
        return sorted(self.operations(), key=lambda one: rank[one.page.owner])

    def operations(self) -> Iterator[Operation]:
        root: Any = self.classes[""]
        # None: there is no request.
        known = access.Places(root(None))
        for kind in self.kinds:
            places = known.at(kind)
            for page in pages_of(self.registry, kind.place):
                who = access.access_of(places, page.permission, by_row=bool(kind.parameters))
                yield Operation(page, kind, places, who, self.tag(kind))

    def tag(self, kind: PlaceKind) -> str:
        """Return the tag under which a kind of place is listed.

        It is the first segment of the path, or the segment after a row: `reviews` for the place
        `/courses/{slug}/reviews`.
        """
        segments = kind.path.strip("/").split("/")
        below = segments[2:3] if segments[1:2] and segments[1].startswith("{") else []
        if below and not below[0].startswith("{"):
            return below[0]
        return SHOP if segments[0].startswith(".") else segments[0] or SHOP

    def meaning(self, kind: PlaceKind) -> str:
        """Return the description of a kind's tag: the docstring of the place of that name."""
        path = kind.path
        while path.rpartition("/")[2] not in {self.tag(kind), ""}:
            path = path.rpartition("/")[0]
        return inspect.getdoc(self.classes[path]) or self.tag(kind)

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
        """Return the keywords of schemas that differ between shops, for each value of `x-shop`."""
        reserved = sorted(shop_of(self.registry).reserved_slugs)
        currency = shop_of(self.registry).settings.currency
        return {
            "amount": {"pattern": money.shown_pattern(currency)},
            "amount_sent": {"pattern": money.pattern(currency)},
            "currency": {"const": currency},
            "slug": {"not": {"enum": [*reserved]}},
        }
