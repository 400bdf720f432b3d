"""`@page` and `config.add_page`: register one view as HTML and as JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Protocol, Required, TypeVar

import venusian
from pyramid.exceptions import ConfigurationError

from courseshop.domain.shop import shop_of
from courseshop.framework.adapters import IPage, register_adapter, specification
from courseshop.framework.configurator import PageOptions
from courseshop.framework.introspection import PAGES
from courseshop.framework.page import Page
from courseshop.framework.tracking import is_tracking

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from courseshop.framework.configurator import Check, Configurator, Context, View

Decorated = TypeVar("Decorated", bound="View")
OPTIONS = {one.name for one in fields(Page)} - {
    "view",
    "method",
    "package",
    "owner",
    "name",
    "renderer",
}


def add_page(  # noqa: PLR0913, PLR0917 - the options of nearly every page
    config: Configurator,
    view: View | str,
    context: Context,
    name: str = "",
    renderer: str | None = None,
    request_method: str = "GET",
    check: Check | str | None = None,
    **options: Unpack[PageOptions],
) -> None:
    """Register `view(place, request)`, which returns one dict, as HTML and as JSON.

    `context` is the class or interface of the places that have this page; `options` are further
    fields of `Page`. Raises ConfigurationError for unknown options and contradictory ones.
    """
    place, required = specification(config, context)
    if unknown := options.keys() - OPTIONS:
        raise ConfigurationError(
            f"add_page: no option {', '.join(sorted(unknown))}; one of {', '.join(sorted(OPTIONS))}"
        )
    page = Page(
        view=config.maybe_dotted(view),
        name=name,
        method=request_method,
        renderer=renderer,
        check=config.maybe_dotted(check),
        package=config.package,
        owner=shop_of(config.registry).including,
        **options,
    )
    refuse_tracking(page)
    introspectable = config.introspectable(
        PAGES, (place, name, request_method), f"{request_method} {place.__name__} {name}", PAGES
    )
    introspectable.update(page=page, context=place, package=config.package_name)

    def register() -> None:
        register_adapter(config, required, IPage, f"{request_method} {name}", page)
        if request_method != "GET":
            shop_of(config.registry).writing_methods.add(request_method)

    config.action((PAGES, place, name, request_method), register, introspectables=(introspectable,))
    config.add_view(
        page, context=place, name=name, request_method=request_method, permission=page.permission
    )


def refuse_tracking(page: Page) -> None:
    """Raise ConfigurationError for a query parameter that would be removed from every request."""
    names = page.accepts.model_fields if page.accepts and page.method == "GET" else ()
    for name in filter(is_tracking, names):
        raise ConfigurationError(f"add_page: {name!r} is a tracking parameter; use another name")


class Registration(PageOptions, total=False):
    """The arguments of `@page`: those of `config.add_page`, except the view."""

    context: Required[Context]
    name: str
    renderer: str | None
    request_method: str
    check: Check | str | None


class Scanner(Protocol):
    """The scanner of `config.scan`, as it is passed to venusian callbacks."""

    config: Configurator


def page(**options: Unpack[Registration]) -> Callable[[Decorated], Decorated]:
    """Call `config.add_page(function, **options)` when the decorated function is scanned."""

    def decorate(view: Decorated) -> Decorated:
        def callback(scanner: Scanner, _name: str, found: View) -> None:
            config = scanner.config.with_package(info.module)
            config.add_page(found, **options, _info=info.codeinfo)

        info = venusian.attach(view, callback, category="pyramid")
        return view

    return decorate


def includeme(config: Configurator) -> None:
    config.add_directive("add_page", add_page)
