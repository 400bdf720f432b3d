"""Base classes of the places in the resource tree."""

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

from courseshop.framework.adapters import IChild, adapter, linked, page_names, registered
from courseshop.framework.left_out import UNAVAILABLE, leave_out

if TYPE_CHECKING:
    from pyramid.authorization import Acl
    from pyramid.security import Allowed, Denied
    from sqlalchemy.orm import Session

    from courseshop.framework.configurator import Factory
    from courseshop.framework.request import Request

Kind = TypeVar("Kind", bound="Resource")
Row = TypeVar("Row")
# The value of a query parameter; a list repeats the parameter.
QueryValue = str | int | Sequence[str] | None
# Everything that the pages of a place depend on, its version first.
Key = tuple[int, *tuple[Hashable, ...]]
ACLS = ACLHelper()
_PLAIN = re.compile(r"[A-Za-z0-9._-]+").fullmatch


class Resource:
    """A place in the resource tree, with a parent, a name, a request and one ACL.

    A subclass whose children are rows defines `find(name)`. The name of its argument and its
    annotations describe the URL: `def find(self, slug: Slug, /) -> Course | None` documents
    `/courses/{slug}`. The annotation is enforced: `find` gets what pydantic makes of the name, such
    as an int for a RowId, and is not called for an invalid name. `indexed` means that everyone may
    view the place, and that search engines should list its own page (the one with `name=""`).
    """

    __acl__: Acl = ()
    indexed = False
    # The fields of the place's row that `config.add_check` can check.
    checked_fields: frozenset[str] = frozenset()
    _verdicts: tuple[frozenset[str], dict[str, Allowed | Denied]] | None = None

    def __init__(self, parent: Resource | None, name: str | None) -> None:
        self.__parent__ = parent
        self.__name__ = name
        if parent is not None:
            self.request: Request = parent.request

    def __getitem__(self, name: str) -> Resource:
        factory: Factory | None = adapter(self, IChild, name)
        place = self._of_row(name) if factory is None else factory(self, name)
        if place is None:
            raise KeyError(name)
        return place

    def _of_row(self, name: str) -> Resource | None:
        """Return the place of the row called `name`; None, without a query, if no row can be."""
        if name in page_names(self):
            return None
        try:
            parsed = name_parser(type(self).find).validate_python(name)
        except ValidationError:
            return None
        return self.find(parsed)

    def child(self, name: str, kind: type[Kind]) -> Kind:
        """Return the child called `name`, which is a `kind`.

        Raises KeyError if there is none, and TypeError if a plugin has replaced it with another
        class.
        """
        found = self[name]
        if not isinstance(found, kind):
            raise TypeError(f"{name} is a {type(found).__name__}, not a {kind.__name__}")
        return found

    # Any: each place annotates its own type of name.
    def find(self, name: Any, /) -> Resource | None:  # noqa: ARG002
        """Return the place of the row called `name` if the user may see it, else None."""
        return None

    @classmethod
    def stand_ins(cls, parent: Resource, name: str) -> Sequence[Resource]:
        """Return sample places of this kind, one for each ACL that such a place can have.

        The API description reads permissions from them, without a request or a database. A class
        whose constructor takes a row passes it one with only the fields that the ACL needs. Ids in
        it are descriptions for people, as in `user:its author` and `instructor:the course`.
        """
        return (cls(parent, name),)

    def moved(self, name: str) -> Resource | None:  # noqa: ARG002
        """Return the place of the row formerly called `name` if the user may see it, else None."""
        return None

    def key(self) -> Key | None:
        """Return everything that the pages of this place depend on, its version first.

        The key is known before a page is built, and determines its ETag. With None, the ETag is a
        hash of the page's body.
        """
        return None

    def children(self) -> dict[str, Resource]:
        """Return the registered children that the current user may view, by name.

        Those whose backend is away are left out.
        """
        found: dict[str, Resource] = {}
        for name, factory in registered(self, IChild):
            try:
                place = factory(self, name)
                if place.permits("view"):
                    found[name] = place
            except self.request.registry[UNAVAILABLE] as error:
                leave_out(self.request, f"the child {name!r}", error)
        return found

    def links(self) -> dict[str, str]:
        """Return the URLs that the current user may GET: this place, its children and pages."""
        links = {"self": self.url()}
        for name, place in self.children().items():
            front = linked(place).get("")
            # `children` has already checked "view".
            if front and (front == "view" or place.permits(front)):
                links[name] = place.url()
        for name, permission in linked(self).items():
            if name and self.permits(permission):
                links[name] = self.url(name)
        return links

    def permits(self, permission: str) -> bool:
        return bool(self.request.has_permission(permission, self))

    def decides(self, permission: str, principals: frozenset[str]) -> Allowed | Denied:
        """Return the decision of Pyramid's ACLHelper about a permission at this place.

        Decisions are cached as long as `principals` is the same set: a page needs 90 of them,
        mostly at the same places for the links of its reviews.
        """
        if self._verdicts is None or self._verdicts[0] is not principals:
            self._verdicts = (principals, {})
        known = self._verdicts[1]
        if permission not in known:
            known[permission] = ACLS.permits(self, principals, permission)
        return known[permission]

    def url(self, *names: str, query: Mapping[str, QueryValue] | None = None) -> str:
        """Return the canonical URL of this place, or of the page `names` on it.

        Equals Pyramid's `resource_url`, but avoids walking up the lineage on each call.
        """
        url = self.address
        for name in names:
            url += _segment(name)
        if self.__parent__ is None and not names:
            url += "/"
        return f"{url}?{urlencode(query)}" if query else url

    @cached_property
    def address(self) -> str:
        """The URL of this place; for the root, without a trailing slash."""
        if self.__parent__ is None:
            return str(self.request.application_url)
        return self.__parent__.address + _segment(self.__name__ or "")


@cache
def name_parser(find: Callable[..., Resource | None]) -> TypeAdapter[Any]:
    """Return a parser for the names of rows, from the annotation of the argument of `find`."""
    parameter = list(inspect.signature(find).parameters)[1]
    return TypeAdapter(get_type_hints(find, include_extras=True).get(parameter, str))


class RootResource(Resource):
    """The root of the tree, where the traversal of every request starts."""

    def __init__(self, request: Request) -> None:
        super().__init__(None, "")
        self.request = request
        self.known: dict[str, Resource] = {}

    def __getitem__(self, name: str) -> Resource:
        """Return a child, the same one each time: a page links to dozens of other places."""
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = super().__getitem__(name)
        return found


class RowResource(Resource, Generic[Row]):
    """The place of one row; `found` is None for a guest, who must not learn whether the row exists.

    `examples` are rows for `stand_ins`, each with only the fields that the ACL needs.
    """

    examples: Sequence[Mapping[str, str] | None] = (None,)

    def __init__(self, parent: Resource, name: str, found: Row | None) -> None:
        super().__init__(parent, name)
        self.found = found

    @property
    def row(self) -> Row:
        """The row. Raises LookupError for a guest, who should have been asked to log in before."""
        if self.found is None:
            raise LookupError(f"a guest has no row at {self.__name__!r}")
        return self.found

    @classmethod
    def stand_ins(cls, parent: Resource, name: str) -> Sequence[Resource]:
        # Any: an example has only some of the fields of a row.
        rows: list[Any] = [example and SimpleNamespace(**example) for example in cls.examples]
        return [cls(parent, name, row) for row in rows]


class OwnRows(Resource):
    """Rows of the current user. For a guest, every name is a place that asks them to log in."""

    def own(
        self,
        kind: Callable[[Resource, str, Row | None], Kind],
        name: str,
        find: Callable[[Session, int], Row | None],
    ) -> Kind | None:
        """Return the place of the current user's row, or for a guest a place without a row."""
        actor = self.request.actor
        if actor.id is None:
            return kind(self, name, None)
        row = find(self.request.db, actor.id)
        return None if row is None else kind(self, name, row)


def _segment(name: str) -> str:
    """Return a slash and a name, percent-encoded; most names need no encoding.

    Pyramid's own function keeps every segment that it has ever encoded in a cache without a limit.
    """
    return "/" + (name if _PLAIN(name) else quote(name, PATH_SEGMENT_SAFE))
