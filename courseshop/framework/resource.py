"""A place in the tree: the base of all of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache, cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from pyramid.authorization import ACLHelper
from pyramid.encode import urlencode
from pyramid.traversal import PATH_SEGMENT_SAFE

from courseshop.framework.adapters import IChild, adapter, hung, linked

if TYPE_CHECKING:
    from pyramid.authorization import Acl
    from pyramid.security import Allowed, Denied
    from sqlalchemy.orm import Session

    from courseshop.framework.configurator import Factory
    from courseshop.framework.request import Request

Kind = TypeVar("Kind", bound="Resource")
Row = TypeVar("Row")
# What the query string of a URL says: a list repeats its name.
QueryValue = str | int | Sequence[str] | None
# What the pages of a place depend on, its version first.
Key = tuple[int, *tuple[Hashable, ...]]
ACLS = ACLHelper()
_PLAIN = re.compile(r"[A-Za-z0-9._-]+").fullmatch


class Resource:
    """A place in the tree: it has a parent, a name, a request and one ACL.

    A subclass whose children are rows defines `find(name)`. The name of its argument and its
    annotations describe the URL: `def find(self, slug: Slug, /) -> Course | None` documents
    `/courses/{slug}`, and no name that is no Slug gets there. `indexed` tells that everybody may
    view the place, and that search engines shall list its front page.
    """

    __acl__: Acl = ()
    indexed = False
    _verdicts: tuple[frozenset[str], dict[str, Allowed | Denied]] | None = None

    def __init__(self, parent: Resource | None, name: str | None) -> None:
        self.__parent__ = parent
        self.__name__ = name
        if parent is not None:
            self.request: Request = parent.request

    def __getitem__(self, name: str) -> Resource:
        factory: Factory | None = adapter(self, IChild, name)
        place: Resource | None = None
        if factory is not None:
            place = factory(self, name)
        elif may_be_called(type(self), name):
            place = self.find(name)
        if place is None:
            raise KeyError(name)
        return place

    def child(self, name: str, kind: type[Kind]) -> Kind:
        """Return the child called `name`, which is a `kind`; TypeError if a plugin made it another.

        Raises KeyError where there is none.
        """
        found = self[name]
        if not isinstance(found, kind):
            raise TypeError(f"{name} is a {type(found).__name__}, not a {kind.__name__}")
        return found

    def find(self, name: str, /) -> Resource | None:  # noqa: ARG002
        """Return the place of the row called `name`, None where the caller may see none."""
        return None

    @classmethod
    def stand_ins(cls, parent: Resource, name: str) -> Sequence[Resource]:
        """Return places that stand for all of this kind, one for each ACL that they can have.

        The API description asks them who may do what; it has neither a request nor a database. A
        class whose constructor takes a row gives it one that says just enough for the ACL: ids
        there are words for people, as in `user:its author` and `instructor:the course`.
        """
        return (cls(parent, name),)

    def moved(self, name: str) -> Resource | None:  # noqa: ARG002
        """Return the place of the row that was called `name`, None where the caller sees none."""
        return None

    def key(self) -> Key | None:
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

    def decides(self, permission: str, principals: frozenset[str]) -> Allowed | Denied:
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

    def url(self, *names: str, query: Mapping[str, QueryValue] | None = None) -> str:
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
        """The URL of this place; the root's has no slash at its end."""
        if self.__parent__ is None:
            return str(self.request.application_url)
        return self.__parent__.address + _segment(self.__name__ or "")


@cache
def names_of(find: Callable[..., Resource | None]) -> TypeAdapter[str]:
    """Return what the names of rows look like: the annotation of the argument of `find`."""
    parameter = list(inspect.signature(find).parameters)[1]
    return TypeAdapter(get_type_hints(find, include_extras=True).get(parameter, str))


def may_be_called(place: type[Resource], name: str) -> bool:
    """Return whether a row in such a place may have this name; `find` never sees another."""
    try:
        names_of(place.find).validate_python(name)
    except ValidationError:
        return False
    return True


class RootResource(Resource):
    """The first place of the tree, which a request begins with."""

    def __init__(self, request: Request) -> None:
        super().__init__(None, "")
        self.request = request
        self.known: dict[str, Resource] = {}

    def __getitem__(self, name: str) -> Resource:
        """Return a child, always the same one: a page names dozens of things in other places."""
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = super().__getitem__(name)
        return found


class RowResource(Resource, Generic[Row]):
    """A place of one row; `found` is None for a guest, who may not know whether the row exists.

    `examples` are rows that stand for all of them, each with just enough for an ACL.
    """

    examples: Sequence[Mapping[str, str] | None] = (None,)

    def __init__(self, parent: Resource, name: str, found: Row | None) -> None:
        super().__init__(parent, name)
        self.found = found

    @property
    def row(self) -> Row:
        """The row. Raises LookupError for a guest, who is asked to log in before that."""
        if self.found is None:
            raise LookupError(f"a guest has no row at {self.__name__!r}")
        return self.found

    @classmethod
    def stand_ins(cls, parent: Resource, name: str) -> Sequence[Resource]:
        # An example is no whole row.
        rows: list[Any] = [example and SimpleNamespace(**example) for example in cls.examples]
        return [cls(parent, name, row) for row in rows]


class OwnRows(Resource):
    """Rows of the current user. A guest finds a place under any name, and is asked to log in."""

    def own(
        self,
        kind: Callable[[Resource, str, Row | None], Kind],
        name: str,
        find: Callable[[Session, int], Row | None],
    ) -> Kind | None:
        """Return the place of the current user's row, and for a guest one without a row."""
        actor = self.request.actor
        if actor.id is None:
            return kind(self, name, None)
        row = find(self.request.db, actor.id)
        return None if row is None else kind(self, name, row)


def _segment(name: str) -> str:
    """Return a name as it stands in a path, where most names are as they are.

    Pyramid's own keeps every segment that it quotes for ever.
    """
    return "/" + (name if _PLAIN(name) else quote(name, PATH_SEGMENT_SAFE))
