"""Pyramid's configurator, and the types of the directives that the shop adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import pyramid.config
import pyramid.response

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

    from pydantic import BaseModel
    from typing_extensions import Unpack
    from zope.interface import Interface

    from courseshop.framework.deprecation import Deprecation
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.framework.table import Table

    # What a directive is for: a class or interface of places.
    PlaceType = type[Resource | Interface]
    # The same, or its dotted name.
    Context = PlaceType | str
    # Each of these takes the places that it is registered for, and what their pages accept. That
    # it fits is not in the types.
    Factory = Callable[[Any, str], Resource]
    View = Callable[[Any, Request[Any]], PageData | pyramid.response.Response | None]
    Check = Callable[[Any, Request[Any]], None]
    PanelView = Callable[[Any, Request], PageData | None]
    PanelKey = Callable[[Any, Request], Hashable]


class PageOptions(TypedDict, total=False):
    """What `add_page` takes besides: fields of `courseshop.framework.page.Page`, which explains."""

    permission: str
    accepts: type[BaseModel] | None
    returns: type[PageData] | None
    form: str | None
    table: Table | None
    answers: Collection[int]
    media_type: str | None
    deprecated: Deprecation | None
    repeatable: bool


class Configurator(pyramid.config.Configurator):
    """The argument of each `includeme`. docs/plugins.md says what the directives do.

    A view or factory takes the places that it is registered for, and their pages' input.
    """

    if TYPE_CHECKING:

        def add_child(self, parent: Context, name: str, factory: Factory | str) -> None: ...

        def add_page(  # noqa: PLR0913, PLR0917 - as the directive itself
            self,
            view: View | str,
            context: Context,
            name: str = "",
            renderer: str | None = None,
            request_method: str = "GET",
            check: Check | str | None = None,
            # The file, line, function and text that conflicts are reported at.
            _info: tuple[str, int, str, str] | None = None,
            **options: Unpack[PageOptions],
        ) -> None: ...

        def add_panel(  # noqa: PLR0913, PLR0917 - as the directive itself
            self,
            slot: str,
            view: PanelView | str,
            context: Context,
            renderer: str,
            permission: str = "view",
            key: PanelKey | None = None,
            order: int = 0,
            json: bool = True,
            shared: bool = False,
        ) -> None: ...

        def add_slots(self, context: type[Resource], *names: str) -> None: ...

        def add_migrations(self, package_path: str) -> None: ...

        def reserve_slugs(self, *places: type[Resource]) -> None: ...

        def disable_replay(self, *places: Context) -> None: ...
