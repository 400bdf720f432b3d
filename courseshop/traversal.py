"""The mechanism of the tree: places, and how children and pages are hung on them.

Nothing here knows of courses. A child and a page are *named adapters* of their place in
Pyramid's own registry, so they follow the inheritance of classes and interfaces as views do:
what hangs on a base class hangs on every place derived from it.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_type_hints
from urllib.parse import quote

from pyramid.authorization import ACLHelper
from pyramid.encode import urlencode
from pyramid.exceptions import ConfigurationError
from pyramid.traversal import PATH_SEGMENT_SAFE
from zope.interface import Interface, implementedBy, providedBy
from zope.interface.interfaces import IInterface

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHILDREN = "courseshop children"
NAMES = "courseshop.names"
HUNG = "courseshop.hung"
LINKED = "courseshop.linked"
ACLS = ACLHelper()
_PLAIN = re.compile(r"[A-Za-z0-9._-]+").fullmatch


class IChild(Interface):  # type: ignore[misc]
    """`factory(parent, name)`, registered for a parent under the child's name."""


class IPage(Interface):  # type: ignore[misc]
    """A `PageLike`, registered for a place under "METHOD name"."""


class PageLike(Protocol):
    """What the tree needs to know of a page in order to link to it."""

    name: str
    method: str
    permission: str
    linked: bool


class Resource:
    """A place in the tree: it has a parent, a name, a request and one ACL.

    A subclass whose children are rows defines `find(name)`. The name of its argument and its
    annotations describe the URL: `def find(self, slug: Slug, /) -> Course | None` documents
    `/courses/{slug}`. `indexed` tells that everybody may view the place, and that search engines
    shall list its front page.
    """

    __acl__: Any = ()
    indexed = False
    _verdicts: tuple[frozenset[str], dict[str, Any]] | None = None

    def __init__(self, parent: Resource | None, name: str | None) -> None:
        self.__parent__ = parent
        self.__name__ = name
        if parent is not None:
            self.request: Any = parent.request

    def __getitem__(self, name: str) -> Resource:
        factory = adapter(self, IChild, name)
        place = self.find(name) if factory is None else factory(self, name)
        if place is None:
            raise KeyError(name)
        return place

    def find(self, name: str, /) -> Resource | None:  # noqa: ARG002
        """Return the place of the row called `name`, None where the caller may see none."""
        return None

    @classmethod
    def stand_ins(cls, parent: Any, name: str) -> Sequence[Resource]:
        """Return places that stand for all of this kind, one for each ACL that they can have.

        The API description asks them who may do what; it has neither a request nor a database. A
        class whose constructor takes a row gives it one that says just enough for the ACL: ids
        there are words for people, as in `user:its author` and `instructor:the course`.
        """
        return (cls(parent, name),)

    def moved(self, name: str) -> Resource | None:  # noqa: ARG002
        """Return the place of the row that was called `name`, None where the caller sees none."""
        return None

    def key(self) -> tuple[Any, ...] | None:
        """Return what the pages of this place depend on, its version first.

        It is known before a page is built, and makes its ETag. None: the page's body does.
        """
        return None

    def children(self) -> dict[str, Resource]:
        """Return the registered children that the caller may view, by name."""
        places = ((name, factory(self, name)) for name, factory in hung(self, IChild))
        return {name: place for name, place in places if place.permits("view")}

    def links(self) -> dict[str, str]:
        """Return the URLs that the caller may GET now: here, the children, the named pages."""
        links = {"self": self.url()}
        for name, place in self.children().items():
            front = linked(place).get("")
            # The children are those that the caller may view.
            if front and (front == "view" or place.permits(front)):
                links[name] = place.url()
        for name, permission in linked(self).items():
            if name and self.permits(permission):
                links[name] = self.url(name)
        return links

    def permits(self, permission: str) -> bool:
        return bool(self.request.has_permission(permission, self))

    def decides(self, permission: str, principals: frozenset[str]) -> Any:
        """Return what Pyramid's ACLHelper says of a permission at this place: allowed or denied.

        It is kept for as long as the caller has the same `principals`: a page asks 90 times, mostly
        the same places about the links of its reviews.
        """
        if self._verdicts is None or self._verdicts[0] is not principals:
            self._verdicts = (principals, {})
        known = self._verdicts[1]
        if permission not in known:
            known[permission] = ACLS.permits(self, principals, permission)
        return known[permission]

    def url(self, *names: str, query: dict[str, Any] | None = None) -> str:
        """Return the canonical URL of this place, or of the page `names` on it.

        It is what Pyramid's `resource_url` makes of the parent and the name, which asks the
        lineage anew each time.
        """
        url = self.address
        for name in names:
            url += _segment(name)
        if self.__parent__ is None and not names:
            url += "/"
        return f"{url}?{urlencode(query)}" if query else url

    @cached_property
    def address(self) -> str:
        """The URL of this place; of the root it is that of the shop, without a slash."""
        if self.__parent__ is None:
            return str(self.request.application_url)
        return self.__parent__.address + _segment(self.__name__ or "")


def _segment(name: str) -> str:
    """Return a name as it stands in a path, where most names are as they are.

    Pyramid's own keeps every segment that it quotes for ever.
    """
    return "/" + (name if _PLAIN(name) else quote(name, PATH_SEGMENT_SAFE))


def is_fixed(place: Resource) -> bool:
    """Tell whether a place and all above it hang there for everyone, and no row decides."""
    if place.__parent__ is None:
        return True
    factory = adapter(place.__parent__, IChild, place.__name__ or "")
    return factory is not None and is_fixed(place.__parent__)


def page(place: Resource, method: str, name: str) -> Any | None:
    """Return the page that answers `method` on `name` of this place."""
    return adapter(place, IPage, f"{method} {name}")


def adapter(place: Resource, kind: Any, name: str) -> Any | None:
    """Return what is registered under a name for this place.

    zope.interface keeps what it has found under each name it is asked for, and what it has not, for
    ever. So it is not asked for names that nothing has: there is no end of them in URLs.
    """
    registry = place.request.registry
    if name not in registry[NAMES]:
        return None
    return registry.adapters.lookup((providedBy(place),), kind, name)


def pages(place: Resource) -> Iterator[PageLike]:
    """Yield every page of this place, its own and those of its base classes."""
    for _name, found in hung(place, IPage):
        yield found


def hung(place: Resource, kind: Any) -> list[tuple[str, Any]]:
    """Return what hangs on a place, by name; found out once for all places of its class."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Any, list[tuple[str, Any]]] = registry[HUNG]
    found = known.get((provided, kind))
    if found is None:
        registered = registry.adapters.lookupAll((provided,), kind)
        found = known[provided, kind] = sorted(registered, key=lambda item: item[0])
    return found


def linked(place: Resource) -> dict[str, str]:
    """Return what GET pages links lead to, by name, and the permission that each needs."""
    registry, provided = place.request.registry, providedBy(place)
    known: dict[Any, dict[str, str]] = registry[LINKED]
    if provided not in known:
        found = (one for one in pages(place) if one.method == "GET" and one.linked)
        known[provided] = {one.name: one.permission for one in found}
    return known[provided]


def hang(config: Any, required: Any, kind: Any, name: str, found: Any) -> None:
    """Register a child or a page under a name for what `required` specifies."""
    config.registry[NAMES].add(name)
    for known in (HUNG, LINKED):
        config.registry[known].clear()
    config.registry.adapters.register((required,), kind, name, found)


def child_class(factory: Any) -> Any | None:
    """Return the class of the places that a child's factory makes, None when it does not say."""
    if inspect.isclass(factory):
        return factory
    made = get_type_hints(factory).get("return") if inspect.isroutine(factory) else None
    return made if inspect.isclass(made) else None


def specification(config: Any, place: Any) -> tuple[Any, Any]:
    """Return a class or interface, given as itself or by dotted name, and its specification."""
    place = config.maybe_dotted(place)
    return place, declaration(place)


def add_child(config: Any, parent: Any, name: str, factory: Any) -> None:
    """Hang `factory(parent, name)` under every `parent`.

    `parent` is a class or interface, or its dotted name; `name` becomes a segment of the URL;
    `factory` is a `Resource` class, or a function that returns one and is annotated so. Two
    children of one name under one parent are a conflict and stop start-up.
    """
    parent, required = specification(config, parent)
    factory = config.maybe_dotted(factory)
    made = child_class(factory)
    if made is None or not issubclass(made, Resource):
        raise ConfigurationError(
            f"add_child: {factory!r} is not a courseshop.traversal.Resource, nor a function whose "
            "annotation says that it returns one"
        )
    if not name or "/" in name or name.startswith("@@") or name in {".", ".."}:
        raise ConfigurationError(f"add_child: {name!r} cannot be the name of a child")
    introspectable = config.introspectable(
        CHILDREN, (parent, name), f"{parent.__name__}/{name}", CHILDREN
    )
    introspectable.update(parent=parent, name=name, factory=factory, package=config.package_name)

    def register() -> None:
        hang(config, required, IChild, name, factory)

    config.action((CHILDREN, parent, name), register, introspectables=(introspectable,))


@dataclass(frozen=True)
class Spot:
    """A kind of place: its path with `{parameters}`, its class, who hung it there."""

    path: str
    place: type[Resource]
    parameters: tuple[tuple[str, Any], ...]
    package: str


def walk(registry: Any, root: type[Resource], package: str) -> Iterator[Spot]:
    """Yield every kind of place below `root`, parents first; a place is not entered twice."""
    yield from _walk(registry, Spot("", root, (), package), frozenset())


def _walk(registry: Any, spot: Spot, above: frozenset[type[Resource]]) -> Iterator[Spot]:
    yield spot
    above |= {spot.place}
    for name, found, package in _below(registry, spot.place):
        if found is None or found in above:
            continue
        if isinstance(name, tuple):
            path, parameters = f"{spot.path}/{{{name[0]}}}", (*spot.parameters, name)
        else:
            path, parameters = f"{spot.path}/{name}", spot.parameters
        yield from _walk(registry, Spot(path, found, parameters, package), above)


def _below(registry: Any, place: type[Resource]) -> Iterator[tuple[Any, Any, str]]:
    """Yield name (a row's: parameter and annotation), class and package of what hangs there."""
    children = entries(registry, CHILDREN)
    for child in nearest(children, place, "parent", lambda one: one["name"]):
        yield child["name"], child_class(child["factory"]), child["package"]
    if place.find is not Resource.find:
        hints = get_type_hints(place.find, include_extras=True)
        if len(hints) < 2:
            raise ConfigurationError(
                f"{place.__qualname__}.find: annotate its argument and its result, as in "
                "def find(self, slug: Slug, /) -> Course | None"
            )
        parameter = list(inspect.signature(place.find).parameters)[1]
        found = [part for part in get_args(hints["return"]) if part is not type(None)]
        kind = found[0] if found else hints["return"]
        yield (parameter, hints[parameter]), kind, place.__module__.partition(".")[0]


def entries(registry: Any, category: str) -> list[Any]:
    """Return what a directive has registered, in the order of registration."""
    return [entry["introspectable"] for entry in registry.introspector.get_category(category) or ()]


def nearest(found: Iterable[Any], place: Any, where: str, key: Any) -> list[Any]:
    """Return which entries hang on places of this class, sorted by `key`.

    Of several with one key the one that hangs on the nearest base stays; `where` is the name
    under which an entry says what it hangs on.
    """
    kept: dict[Any, Any] = {}
    for entry in found:
        known = kept.get(key(entry))
        if applies(entry[where], place) and (not known or applies(known[where], entry[where])):
            kept[key(entry)] = entry
    return [kept[one] for one in sorted(kept)]


def applies(context: Any, place: Any) -> bool:
    """Tell whether what hangs on `context` hangs on `place` too; both a class or an interface."""
    return bool(declaration(place).isOrExtends(declaration(context)))


def declaration(place: Any) -> Any:
    """Return the specification of a class or interface, which the registry looks up by."""
    return place if IInterface.providedBy(place) else implementedBy(place)


def reserved_names(registry: Any, place: type[Resource]) -> set[str]:
    """Return the names that a row in this place cannot have: those of its children and pages."""
    required = (implementedBy(place),)
    children = {name for name, _factory in registry.adapters.lookupAll(required, IChild)}
    return children | {found.name for _name, found in registry.adapters.lookupAll(required, IPage)}


def includeme(config: Any) -> None:
    # Those of all children and pages.
    config.registry[NAMES] = set()
    # What was found out of them.
    config.registry[HUNG] = {}
    config.registry[LINKED] = {}
    config.add_directive("add_child", add_child)
