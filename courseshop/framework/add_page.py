"""`@page` and `config.add_page`: register one view as HTML and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import venusian
from pyramid.exceptions import ConfigurationError

from courseshop.domain.shop import shop_of
from courseshop.framework.adapters import IPage, hang, specification
from courseshop.framework.introspection import PAGES
from courseshop.framework.page import Page
from courseshop.security import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from courseshop.framework.deprecation import Deprecation
    from courseshop.framework.table import Table

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def add_page(  # noqa: PLR0913, PLR0917 - the facts of one page, most with a default
    config: Any,
    view: Any,
    context: Any,
    name: str = "",
    renderer: str | None = None,
    request_method: str = "GET",
    permission: str = "view",
    accepts: Any = None,
    returns: Any = None,
    form: str | None = None,
    table: Table | None = None,
    answers: Collection[int] = (),
    media_type: str | None = None,
    deprecated: Deprecation | None = None,
    check: Any = None,
    repeatable: bool = False,
) -> None:
    """Register `view(place, request)`, which returns one dict, as HTML and as JSON.

    `context` is the class or interface of the places that have this page, `name` what follows
    the place in the URL ("" is the place itself), `renderer` the template of the HTML form.
    `accepts` is a pydantic model of the query (GET) or of the body; its instance is
    `request.accepted`. `returns` is a TypedDict: its keys, and no others, are the JSON form.
    Without a renderer the view returns its response itself, of one `media_type`, and is not
    negotiated. A browser whose form is refused gets it back from the GET page `form` (None: the one
    called `name`). A list with a `table`, of paths in its items to headings, is there as CSV and as
    Markdown, too. `answers` are the statuses that the view itself decides on, such as 409 and 429,
    for the API description; those that follow from all the rest need not be named.
    The answers of a page that is `deprecated` say so, and the API description does.
    `check(place, request)` raises NotAllowed for who may not do this although they have the
    permission. A POST that is `repeatable` takes an Idempotency-Key.
    """
    context, required = specification(config, context)
    if accepts is not None and renderer is None:
        raise ConfigurationError("add_page: a page that accepts something needs a renderer")
    if repeatable and (renderer is None or request_method != "POST"):
        raise ConfigurationError("add_page: what is repeatable is a POST with a renderer")
    if request_method not in METHODS:
        raise ConfigurationError(f"add_page: no method {request_method!r}; one of {METHODS}")
    if permission not in PERMISSIONS:
        known = ", ".join(PERMISSIONS)
        raise ConfigurationError(f"add_page: no permission {permission!r}; one of {known}")
    page = Page(
        view=config.maybe_dotted(view),
        name=name,
        method=request_method,
        permission=permission,
        renderer=renderer,
        accepts=accepts,
        returns=returns,
        package=config.package,
        form=form,
        table=table,
        answers=frozenset(answers),
        media_type=media_type,
        deprecated=deprecated,
        check=config.maybe_dotted(check),
        repeatable=repeatable,
    )
    introspectable = config.introspectable(
        PAGES, (context, name, request_method), f"{request_method} {context.__name__} {name}", PAGES
    )
    introspectable.update(page=page, context=context, package=config.package_name)

    def register() -> None:
        hang(config, required, IPage, f"{request_method} {name}", page)
        if request_method != "GET":
            shop_of(config.registry).writing_methods.add(request_method)

    config.action(
        (PAGES, context, name, request_method), register, introspectables=(introspectable,)
    )
    config.add_view(
        page, context=context, name=name, request_method=request_method, permission=permission
    )


def page(**options: Any) -> Callable[[Any], Any]:
    """Register the function by `config.add_page(function, **options)` when it is scanned."""

    def decorate(view: Any) -> Any:
        def callback(scanner: Any, _name: str, found: Any) -> None:
            config = scanner.config.with_package(info.module)
            config.add_page(found, **options, _info=info.codeinfo)

        info = venusian.attach(view, callback, category="pyramid")
        return view

    return decorate


def includeme(config: Any) -> None:
    config.add_directive("add_page", add_page)
