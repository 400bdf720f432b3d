"""The resource tree as a whole: `config.add_child`, and a walk over all kinds of places."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from pydantic import PydanticUserError
from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import IRootFactory

from courseshop.domain.shop import CORE_PACKAGE, shop_of
from courseshop.framework.adapters import IChild, adapter, applies, register_adapter, specification
from courseshop.framework.resource import Resource, name_parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed import SupportsRichComparisonT
    from pyramid.registry import Introspectable, Registry

    from courseshop.framework.configurator import Configurator, Context, Factory, PlaceType

CHILDREN = "courseshop children"


def is_fixed(place: Resource) -> bool:
    """Return whether a place and all its ancestors are registered children rather than rows."""
    if place.__parent__ is None:
        return True
    factory: Factory | None = adapter(place.__parent__, IChild, place.__name__ or "")
    return factory is not None and is_fixed(place.__parent__)


def child_class(factory: Factory) -> type[Resource] | None:
    """Return the class of place that a child factory creates, or None if it is not annotated."""
    hints = get_type_hints(factory) if inspect.isroutine(factory) else {}
    made = factory if inspect.isclass(factory) else hints.get("return")
    return made if inspect.isclass(made) and issubclass(made, Resource) else None


def add_child(config: Configurator, parent: Context, name: str, factory: Factory | str) -> None:
    """Register `factory(parent, name)` as a child of every `parent` place.

    `parent` is a class or interface, or its dotted name. `name` becomes a segment of the URL.
    `factory` is a `Resource` class, or a function with a return annotation of such a class. Two
    children with the same name under the same parent are a conflict and abort startup. Raises
    ConfigurationError for any other factory and for an invalid name.
    """
    place, required = specification(config, parent)
    maker: Factory = config.maybe_dotted(factory)
    if child_class(maker) is None:
        raise ConfigurationError(
            f"add_child: {maker!r} is not a courseshop.plugin.Resource, nor a function whose "
            "annotation says that it returns one"
        )
    if not name or "/" in name or name.startswith("@@") or name in {".", ".."}:
        raise ConfigurationError(f"add_child: {name!r} cannot be the name of a child")
    introspectable = config.introspectable(
        CHILDREN, (place, name), f"{place.__name__}/{name}", CHILDREN
    )
    introspectable.update(parent=place, name=name, factory=maker, package=config.package_name)
    introspectable["owner"] = shop_of(config.registry).including

    def register() -> None:
        register_adapter(config, required, IChild, name, maker)

    config.action((CHILDREN, place, name), register, introspectables=(introspectable,))


@dataclass(frozen=True)
class PlaceKind:
    """A kind of place: its path with `{parameters}`, its class, and the package that registered it.

    A row has the package of its parent. A parameter is a name and its annotation in `find`, typed
    Any because typing has no type for annotations.
    """

    path: str
    place: type[Resource]
    parameters: tuple[tuple[str, Any], ...]
    package: str


def walk(registry: Registry) -> Iterator[PlaceKind]:
    """Yield every kind of place, parents first; a class nested in itself is not entered again."""
    root = registry.getUtility(IRootFactory)
    kind = PlaceKind("", root, (), CORE_PACKAGE)
    yield from _walk(registry, kind, frozenset())


def _walk(
    registry: Registry, kind: PlaceKind, above: frozenset[type[Resource]]
) -> Iterator[PlaceKind]:
    yield kind
    above |= {kind.place}
    for name, found, package in below(registry, kind.place):
        if found is None or found in above:
            continue
        if isinstance(name, tuple):
            path, parameters = f"{kind.path}/{{{name[0]}}}", (*kind.parameters, name)
        else:
            path, parameters = f"{kind.path}/{name}", kind.parameters
        owner = package or kind.package
        yield from _walk(registry, PlaceKind(path, found, parameters, owner), above)


def below(
    registry: Registry, place: type[Resource]
) -> Iterator[tuple[str | tuple[str, Any], type[Resource] | None, str | None]]:
    """Yield the name, class and package of each child of a place.

    The name of a row is a pair: the parameter of `find` and its annotation. It has no package of
    its own. Raises ConfigurationError if `find` is not annotated.
    """
    children = introspectables(registry, CHILDREN)
    for child in nearest(children, place, "parent", lambda one: one["name"]):
        yield child["name"], child_class(child["factory"]), child["owner"]
    if place.find is not Resource.find:
        hints = get_type_hints(place.find, include_extras=True)
        if len(hints) < 2:
            raise ConfigurationError(
                f"{place.__qualname__}.find: annotate its argument and its result, as in "
                "def find(self, slug: Slug, /) -> Course | None"
            )
        parameter = list(inspect.signature(place.find).parameters)[1]
        check_annotation(place)
        found = [part for part in get_args(hints["return"]) if part is not type(None)]
        kind = found[0] if found else hints["return"]
        yield (parameter, hints[parameter]), kind, None


def check_annotation(place: type[Resource]) -> None:
    """Raise ConfigurationError if pydantic cannot validate names with the annotation of `find`."""
    try:
        name_parser(place.find)
    except PydanticUserError as error:
        raise ConfigurationError(f"{place.__qualname__}.find: {error}") from error


def introspectables(registry: Registry, category: str) -> list[Introspectable]:
    """Return the introspectables of a directive, in order of registration."""
    return [entry["introspectable"] for entry in registry.introspector.get_category(category) or ()]


def nearest(
    found: Iterable[Introspectable],
    place: PlaceType,
    where: str,
    key: Callable[[Introspectable], SupportsRichComparisonT],
) -> list[Introspectable]:
    """Return the entries that apply to places of this class, sorted by `key`.

    If several entries have the same key, the one registered for the nearest base class wins.
    `where` is the introspectable's entry that holds the class it was registered for.
    """
    kept: dict[SupportsRichComparisonT, Introspectable] = {}
    for entry in found:
        known = kept.get(key(entry))
        if applies(entry[where], place) and (not known or applies(known[where], entry[where])):
            kept[key(entry)] = entry
    return [kept[one] for one in sorted(kept)]


def includeme(config: Configurator) -> None:
    config.add_directive("add_child", add_child)
