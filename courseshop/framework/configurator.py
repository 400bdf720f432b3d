"""Pyramid's configurator, and the types of the shop's own directives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import pyramid.config
import pyramid.response

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
    from datetime import timedelta

    from pydantic import BaseModel
    from typing_extensions import Unpack
    from zope.interface import Interface

    from courseshop.domain.checks import CheckFunction
    from courseshop.domain.errors import Rule
    from courseshop.domain.events import Event
    from courseshop.framework.deprecation import Deprecation
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.framework.table import Table
    from courseshop.jobs import RunningJob

    AnEvent = TypeVar("AnEvent", bound=Event)
    # The class or interface of the places that a directive applies to.
    PlaceType = type[Resource | Interface]
    # The same, or its dotted name.
    Context = PlaceType | str
    # Any: each callable takes the places that it is registered for, and requests with the input
    # that their pages accept. The types do not check that they match.
    Factory = Callable[[Any, str], Resource]
    View = Callable[[Any, Request[Any]], PageData | pyramid.response.Response | None]
    Check = Callable[[Any, Request[Any]], None]
    Rules = Callable[[Any, Request[Any], Mapping[str, Any]], Iterable[Rule]]
    PanelView = Callable[[Any, Request], PageData | None]
    PanelKey = Callable[[Any, Request], Hashable]


class PageOptions(TypedDict, total=False):
    """Further arguments of `add_page`, documented in `courseshop.framework.page.Page`."""

    permission: str
    accepts: type[BaseModel] | None
    returns: type[PageData] | None
    form: str | None
    table: Table | None
    answers: Collection[int]
    media_type: str | None
    deprecated: Deprecation | None
    repeatable: bool
    rules: Rules | None
    transaction: bool
    raw: bool
    max_body: int | None
    stream: bool


class Configurator(pyramid.config.Configurator):
    """The argument of every `includeme`. docs/plugins.md explains the directives."""

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
            # File, line, function and source text, for reports of conflicts.
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

        def add_job(
            self,
            kind: str,
            handler: Callable[[RunningJob], str | None] | str,
            every: timedelta | None = None,
        ) -> None: ...

        def add_event_job(
            self,
            kind: str,
            handler: Callable[[RunningJob[AnEvent]], str | None] | str,
            event: type[AnEvent] | str,
        ) -> None: ...

        def add_check(
            self,
            noun: type[Resource],
            fields: Collection[str],
            function: CheckFunction | str,
        ) -> None: ...

        def add_slots(self, context: type[Resource], *names: str) -> None: ...

        def add_migrations(self, package_path: str, oldest_schema: str | None = None) -> None: ...

        def reserve_slugs(self, *places: type[Resource]) -> None: ...

        def add_unavailable(self, error: type[Exception] | str) -> None: ...

        def disable_replay(self, *places: Context) -> None: ...
