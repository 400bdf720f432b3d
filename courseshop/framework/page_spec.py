"""The options of a page, and which of them exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError

from courseshop.domain.shop import CORE_PACKAGE
from courseshop.security import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType

    from pydantic import BaseModel

    from courseshop.framework.configurator import Check, Rules, View
    from courseshop.framework.deprecation import Deprecation
    from courseshop.framework.request import PageData
    from courseshop.framework.table import Table

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class PageSpec:
    """One method at one place. Its fields are the options of `add_page`.

    `name` is the path segment after the place ("" is the place itself). `renderer` is the template
    of the HTML page. Without it, the page is not negotiated: the view returns the response itself,
    with one `media_type`. `accepts` is a pydantic model of the query (GET) or the body; its
    instance is `request.accepted`. `returns` is a TypedDict: its keys, and no others, are in the
    JSON. `form` is the name of the GET page that shows a rejected form again (None: the page with
    the same `name`; "..": the own page of the parent place). `table` maps paths in a list's items
    to column headings, and makes the list available as CSV and Markdown. `answers` are the statuses
    that the view itself decides on, such as 409 and 429, for the API description. `deprecated` adds
    deprecation headers to all responses.
    `check(place, request)` raises NotAllowed for users who have the `permission` but still may not
    do this. A `repeatable` POST accepts an Idempotency-Key. `rules(place, request, sent)` returns
    functions that raise Conflict; `sent` has the valid fields, even if other fields are at fault.
    A page without a `transaction` opens short ones by `request.in_transaction`, and may call other
    servers between them: conflicts repeat these transactions, but never the page.
    A `raw` page takes any body from anyone, as by another server: there is no session, and its view
    checks a signature. `max_body` is the largest body in bytes (default: `courseshop.max_body`).
    `owner` is the package of the `.ini` that has added the page.
    With `stream` the body is a file, `request.body_file`, and nothing but the view reads it.
    """

    view: View
    name: str = ""
    method: str = "GET"
    permission: str = "view"
    renderer: str | None = None
    accepts: type[BaseModel] | None = None
    returns: type[PageData] | None = None
    form: str | None = None
    table: Table | None = None
    answers: Collection[int] = ()
    media_type: str | None = None
    deprecated: Deprecation | None = None
    check: Check | None = None
    repeatable: bool = False
    rules: Rules | None = None
    transaction: bool = True
    raw: bool = False
    max_body: int | None = None
    stream: bool = False
    package: ModuleType | None = None
    owner: str = CORE_PACKAGE

    def __post_init__(self) -> None:
        if self.accepts is not None and self.renderer is None:
            raise ConfigurationError("add_page: a page that accepts something needs a renderer")
        if self.repeatable and (self.renderer is None or self.method != "POST"):
            raise ConfigurationError("add_page: only a POST with a renderer can be repeatable")
        if self.raw and (self.method == "GET" or self.renderer or self.permission != "view"):
            raise ConfigurationError(
                "add_page: a raw page takes a body from anyone, so it has another method than GET, "
                'no renderer, and the permission "view"'
            )
        if self.stream and (self.method == "GET" or self.accepts or self.repeatable):
            raise ConfigurationError(
                "add_page: only a page that writes, accepts no model, and is not repeatable, can "
                "stream its body"
            )
        if not self.transaction and (self.method == "GET" or self.repeatable):
            raise ConfigurationError(
                "add_page: only a page that writes, and is not repeatable, can be without a "
                "transaction"
            )
        if self.method not in METHODS:
            raise ConfigurationError(f"add_page: unknown method {self.method!r}")
        if self.permission not in PERMISSIONS:
            known = ", ".join(PERMISSIONS)
            raise ConfigurationError(f"add_page: unknown permission {self.permission!r}: {known}")

    @property
    def linked(self) -> bool:
        """Whether links lead here: pages without a renderer are for programs only."""
        return self.renderer is not None
