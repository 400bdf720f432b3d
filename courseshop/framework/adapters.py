"""What hangs on places: children and pages, as named adapters in Pyramid's own registry.

So they follow the inheritance of classes and interfaces as views do: what hangs on a base class
hangs on every place derived from it.
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

    # What a class provides, and the kind of what hangs on it.
    Place = tuple[Specification, type[Interface]]

NAMES = "courseshop.names"
HUNG = "courseshop.hung"
LINKED = "courseshop.linked"


class IChild(Interface):
    """`factory(parent, name)`, registered for a parent under the child's name."""


class IPage(Interface):
    """A `Page`, registered for a place under "METHOD name"."""


def hang(
    config: Configurator,
    required: Specification,
    kind: type[Interface],
    name: str,
    found: Factory | Page | bool,
) -> None:
    """Register a child or a page under a name for what `required` specifies."""
    config.registry[NAMES].add(name)
    for known in (HUNG, LINKED):
        config.registry[known].clear()
    config.registry.adapters.register((required,), kind, name, found)


def specification(config: Configurator, place: Context) -> tuple[PlaceType, Specification]:
    """Return a class or interface, given as itself or by dotted name, and its specification."""
    found: PlaceType = config.maybe_dotted(place)
    return found, declaration(found)


def page(place: Resource, method: str, name: str) -> Page | None:
    """Return the page that answers `method` on `name` of this place."""
    return adapter(place, IPage, f"{method} {name}")


# What hangs there is of the kind that was asked for, which the types do not follow: Any.
def adapter(place: Resource, kind: type[Interface], name: str) -> Any | None:
    """Return what is registered under a name for this place.

    zope.interface keeps what it has found under each name it is asked for, and what it has not, for
    ever. So it is not asked for names that nothing has: there is no end of them in URLs.
    """
    registry = place.request.registry
    if name not in registry[NAMES]:
        return None
    return registry.adapters.lookup((providedBy(place),), kind, name)


def pages(place: Resource) -> Iterator[Page]:
    """Yield every page of this place, its own and those of its base classes."""
    for _name, found in hung(place, IPage):
        yield found


def hung(place: Resource, kind: type[Interface]) -> list[tuple[str, Any]]:
    """Return what hangs on a place, by name; found out once for all places of its class."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Place, list[tuple[str, Any]]] = registry[HUNG]
    found = known.get((provided, kind))
    if found is None:
        registered = registry.adapters.lookupAll((provided,), kind)
        found = known[provided, kind] = sorted(registered, key=lambda item: item[0])
    return found


def linked(place: Resource) -> dict[str, str]:
    """Return what GET pages links lead to, by name, and the permission that each needs."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Specification, dict[str, str]] = registry[LINKED]
    if provided not in known:
        found = (one for one in pages(place) if one.method == "GET" and one.linked)
        known[provided] = {one.name: one.permission for one in found}
    return known[provided]


def reserved_names(registry: Registry, place: type[Resource]) -> set[str]:
    """Return the names that a row in this place cannot have: those of its children and pages."""
    required = (implementedBy(place),)
    children = {name for name, _factory in registry.adapters.lookupAll(required, IChild)}
    return children | {found.name for _name, found in registry.adapters.lookupAll(required, IPage)}


def applies(context: PlaceType, place: PlaceType) -> bool:
    """Return whether what hangs on `context` hangs on `place` too; both a class or an interface."""
    return declaration(place).isOrExtends(declaration(context))


def declaration(place: PlaceType) -> Specification:
    """Return the specification of a class or interface, which the registry looks up by."""
    return place if IInterface.providedBy(place) else implementedBy(place)


def includeme(config: Configurator) -> None:
    # The names of all children and pages, and what was found out of them.
    config.registry[NAMES] = set()
    config.registry[HUNG] = {}
    config.registry[LINKED] = {}
