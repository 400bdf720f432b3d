"""What is registered where: for the API description, `courseshop tree`, and start-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from pyramid.path import AssetResolver

from courseshop.domain.shop import shop_of
from courseshop.framework import adapters, traversal

if TYPE_CHECKING:
    from pyramid.registry import Registry

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.page import Page
    from courseshop.framework.resource import Resource

PAGES = "courseshop pages"
PANELS = "courseshop panels"


def pages_of(registry: Registry, place: type[Resource]) -> list[Page]:
    """Return the pages of a class of places; one of a subclass stands before its base's."""
    found = traversal.nearest(
        traversal.entries(registry, PAGES),
        place,
        "context",
        lambda entry: (entry["page"].name, entry["page"].method),
    )
    return [entry["page"] for entry in found]


def check_names(registry: Registry) -> None:
    """Raise ConfigurationError where a child has the name of a page, and so hides it."""
    for spot in traversal.walk(registry):
        names = {found.name for found in pages_of(registry, spot.place)}
        for child in traversal.entries(registry, traversal.CHILDREN):
            if child["name"] in names and adapters.applies(child["parent"], spot.place):
                raise ConfigurationError(
                    f"the child {child['name']!r} that {child['package']} hangs under "
                    f"{child['parent'].__name__} hides the page {spot.path}/{child['name']}"
                )


def check_templates(registry: Registry) -> None:
    """Raise ConfigurationError where a page or panel names a template that is not there."""
    found = [entry["page"] for entry in traversal.entries(registry, PAGES)]
    found += [entry["panel"] for entry in traversal.entries(registry, PANELS)]
    for one in found:
        name = one.renderer or ""
        # Of a renderer without a file, such as "string", Pyramid itself says what is wrong.
        asset = AssetResolver(one.package).resolve(name) if name.endswith(".jinja2") else None
        if asset and not asset.exists():
            raise ConfigurationError(
                f"{one.view.__module__}.{one.view.__qualname__}: there is no template "
                f"{asset.absspec()}"
            )


def reserve_slugs(config: Configurator, *places: type[Resource]) -> None:
    """Reserve the names of the pages and children of `places`: no row there can be called so."""

    def reserve() -> None:
        names = set().union(*(adapters.reserved_names(config.registry, one) for one in places))
        shop_of(config.registry).reserved_slugs |= frozenset(filter(None, names))

    # After the last page and child of the last plugin.
    config.action(("courseshop reserved slugs", places), reserve, order=9_999)


def includeme(config: Configurator) -> None:
    shop_of(config.registry).reserved_slugs = frozenset()
    config.add_directive("reserve_slugs", reserve_slugs)

    def check() -> None:
        check_names(config.registry)
        check_templates(config.registry)

    # After the last page and child of the last plugin.
    config.action("courseshop checks", check, order=9_999)
