"""Look up what is registered, for the API description, `courseshop tree` and startup checks."""

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
    """Return the pages of a class of places; a subclass's page overrides its base class's."""
    found = traversal.nearest(
        traversal.introspectables(registry, PAGES),
        place,
        "context",
        lambda entry: (entry["page"].name, entry["page"].method),
    )
    return [entry["page"] for entry in found]


def check_names(registry: Registry) -> None:
    """Raise ConfigurationError if a child has the name of a page, which it would hide."""
    for kind in traversal.walk(registry):
        names = {found.name for found in pages_of(registry, kind.place)}
        for child in traversal.introspectables(registry, traversal.CHILDREN):
            if child["name"] in names and adapters.applies(child["parent"], kind.place):
                raise ConfigurationError(
                    f"the child {child['name']!r} that {child['package']} adds to "
                    f"{child['parent'].__name__} hides the page {kind.path}/{child['name']}"
                )


def check_templates(registry: Registry) -> None:
    """Raise ConfigurationError if the template of a page or panel does not exist."""
    found = [entry["page"] for entry in traversal.introspectables(registry, PAGES)]
    found += [entry["panel"] for entry in traversal.introspectables(registry, PANELS)]
    for one in found:
        name = one.renderer or ""
        # Pyramid itself reports an unknown renderer without a file, such as "string".
        asset = AssetResolver(one.package).resolve(name) if name.endswith(".jinja2") else None
        if asset and not asset.exists():
            raise ConfigurationError(
                f"{one.view.__module__}.{one.view.__qualname__}: there is no template "
                f"{asset.absspec()}"
            )


def reserve_slugs(config: Configurator, *places: type[Resource]) -> None:
    """Reserve the names of the pages and children of `places`, so that no row can have them."""

    def reserve() -> None:
        names = set().union(*(adapters.reserved_names(config.registry, one) for one in places))
        shop_of(config.registry).reserved_slugs |= frozenset(filter(None, names))

    # Runs after every plugin has registered its pages and children.
    config.action(("courseshop reserved slugs", places), reserve, order=9_999)


def includeme(config: Configurator) -> None:
    shop_of(config.registry).reserved_slugs = frozenset()
    config.add_directive("reserve_slugs", reserve_slugs)

    def check() -> None:
        check_names(config.registry)
        check_templates(config.registry)

    # Runs after every plugin has registered its pages and children.
    config.action("courseshop checks", check, order=9_999)
