"""Children and pages of places, as named adapters in Pyramid's own registry.

Like views, they follow the inheritance of classes and interfaces: a page or child that is
registered for a base class is available at every place derived from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Interface, implementedBy, providedBy
from zope.interface.interfaces import IInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry
    from zope.interface import Specification

    from courseshop.framework.configurator import Configurator, Context, Factory, PlaceType
    from courseshop.framework.page import Page
    from courseshop.framework.resource import Resource

    # A cache key: what a class provides, and the kind of adapter.
    Place = tuple[Specification, type[Interface]]

NAMES = "courseshop.names"
# The `form` of a page whose form is on the own page of the parent place.
ABOVE = ".."
REGISTERED = "courseshop.registered"
LINKED = "courseshop.linked"
PAGE_NAMES = "courseshop.page_names"


class IChild(Interface):
    """`factory(parent, name)`, registered for a parent under the child's name."""


class IPage(Interface):
    """A `Page`, registered for a place under "METHOD name"."""


def register_adapter(
    config: Configurator,
    required: Specification,
    kind: type[Interface],
    name: str,
    found: Factory | Page | bool,
) -> None:
    """Register a child, a page or a flag under a name, for places that provide `required`."""
    config.registry[NAMES].add(name)
    for known in (REGISTERED, LINKED, PAGE_NAMES):
        config.registry[known].clear()
    config.registry.adapters.register((required,), kind, name, found)


def specification(config: Configurator, place: Context) -> tuple[PlaceType, Specification]:
    """Return a class or interface, given directly or by dotted name, and its specification."""
    found: PlaceType = config.maybe_dotted(place)
    return found, declaration(found)


def page(place: Resource, method: str, name: str) -> Page | None:
    """Return the page for a method and page name at this place, or None."""
    return adapter(place, IPage, f"{method} {name}")


def page_with_form(place: Resource, method: str, name: str) -> tuple[Resource, Page] | None:
    """Return the GET page whose form posts to the page of this name, and its place; None if none.

    By default it has the same name.
    """
    sent_to = page(place, method, name)
    form = name if sent_to is None or sent_to.form is None else sent_to.form
    where = place.__parent__ if form == ABOVE else place
    found = where and page(where, "GET", "" if form == ABOVE else form)
    return (where, found) if where and found else None


# Any: the type of the result depends on `kind`, which the types do not express.
def adapter(place: Resource, kind: type[Interface], name: str) -> Any | None:
    """Return what is registered under a name for this place, or None.

    zope.interface caches every lookup forever, including misses. The number of names in URLs is
    unlimited, so names that were never registered are not looked up.
    """
    registry = place.request.registry
    if name not in registry[NAMES]:
        return None
    return registry.adapters.lookup((providedBy(place),), kind, name)


def pages(place: Resource) -> Iterator[Page]:
    """Yield every page of this place, including inherited ones."""
    for _name, found in registered(place, IPage):
        yield found


def registered(place: Resource, kind: type[Interface]) -> list[tuple[str, Any]]:
    """Return a place's children or pages, sorted by name; cached for all places of its class."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Place, list[tuple[str, Any]]] = registry[REGISTERED]
    found = known.get((provided, kind))
    if found is None:
        registered = registry.adapters.lookupAll((provided,), kind)
        found = known[provided, kind] = sorted(registered, key=lambda item: item[0])
    return found


def linked(place: Resource) -> dict[str, str]:
    """Return a place's GET pages that links lead to: the permission that each needs, by name."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Specification, dict[str, str]] = registry[LINKED]
    if provided not in known:
        found = (one for one in pages(place) if one.method == "GET" and one.linked)
        known[provided] = {one.name: one.permission for one in found}
    return known[provided]


def page_names(place: Resource) -> frozenset[str]:
    """Return the names of a place's pages, which no row can have; cached as in `registered`."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Specification, frozenset[str]] = registry[PAGE_NAMES]
    if provided not in known:
        known[provided] = frozenset(one.name for one in pages(place))
    return known[provided]


def reserved_names(registry: Registry, place: type[Resource]) -> set[str]:
    """Return the names that no row in this place can have: those of its children and pages."""
    required = (implementedBy(place),)
    children = {name for name, _factory in registry.adapters.lookupAll(required, IChild)}
    return children | {found.name for _name, found in registry.adapters.lookupAll(required, IPage)}


def applies(context: PlaceType, place: PlaceType) -> bool:
    """Return whether a registration for `context` also applies to `place`."""
    return declaration(place).isOrExtends(declaration(context))


def declaration(place: PlaceType) -> Specification:
    """Return the specification of a class or interface, for lookups in the registry."""
    return place if IInterface.providedBy(place) else implementedBy(place)


def includeme(config: Configurator) -> None:
    # The names of all children and pages, then three caches of lookups.
    config.registry[NAMES] = set()
    config.registry[REGISTERED] = {}
    config.registry[LINKED] = {}
    config.registry[PAGE_NAMES] = {}
