"""`@page` and `config.add_page`: register one view as HTML and as JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import venusian
from pyramid.exceptions import ConfigurationError

from courseshop.domain.shop import shop_of
from courseshop.framework.adapters import IPage, hang, specification
from courseshop.framework.introspection import PAGES
from courseshop.framework.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = {one.name for one in fields(Page)} - {"view", "method", "package", "name", "renderer"}


def add_page(  # noqa: PLR0913, PLR0917 - what nearly every page says
    config: Any,
    view: Any,
    context: Any,
    name: str = "",
    renderer: str | None = None,
    request_method: str = "GET",
    **options: Any,
) -> None:
    """Register `view(place, request)`, which returns one dict, as HTML and as JSON.

    `context` is the class or interface of the places that have this page; the `options` are those
    of `Page`. Raises ConfigurationError where they make no sense.
    """
    context, required = specification(config, context)
    if unknown := options.keys() - OPTIONS:
        raise ConfigurationError(
            f"add_page: no option {', '.join(sorted(unknown))}; one of {', '.join(sorted(OPTIONS))}"
        )
    if "check" in options:
        options["check"] = config.maybe_dotted(options["check"])
    view = config.maybe_dotted(view)
    said: dict[str, Any] = {"name": name, "renderer": renderer, "method": request_method}
    page = Page(view=view, package=config.package, **said, **options)
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
        page, context=context, name=name, request_method=request_method, permission=page.permission
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
