"""Panels: blocks that the shop and plugins add to the slots of a page, and to its JSON."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from markupsafe import Markup
from pyramid.exceptions import ConfigurationError
from pyramid.renderers import render
from zope.interface import Interface, providedBy

from courseshop.domain.shop import shop_of
from courseshop.framework import adapters
from courseshop.framework.adapters import specification
from courseshop.framework.introspection import PANELS
from courseshop.framework.left_out import UNAVAILABLE, leave_out
from courseshop.framework.page_cache import cached_part
from courseshop.security import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from types import ModuleType

    from courseshop.framework.configurator import (
        Configurator,
        Context,
        PanelKey,
        PanelView,
        PlaceType,
    )
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource

Made = TypeVar("Made")
# Registry key of the names of slots, by the class of their places.
SLOTS = "courseshop slots"


@dataclass(frozen=True)
class Panel:
    """A block in a slot of a page, and in the page's JSON if `json` is True."""

    slot: str
    view: PanelView
    renderer: str
    permission: str
    key: PanelKey | None
    order: int
    json: bool
    shared: bool
    package: ModuleType

    def html(self, place: Resource, request: Request) -> Markup | None:
        """Return the panel's HTML, or None if it shows nothing, or if its backend is away."""
        return self._unless_away(request, lambda: self._cached(place, request))

    def data(self, place: Resource, request: Request) -> PageData | None:
        """Return the panel's JSON, or None as in `html`."""
        return self._unless_away(request, lambda: self.view(place, request)) if self.json else None

    def state(self, place: Resource, request: Request) -> Hashable:
        """Return the panel's key, or None if it has none, or if its backend is away."""
        key = self.key
        return self._unless_away(request, lambda: key(place, request)) if key else None

    @property
    def name(self) -> str:
        return f"{self.slot} {self.view.__module__}.{self.view.__qualname__}"

    def _unless_away(self, request: Request, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except request.registry[UNAVAILABLE] as error:
            leave_out(request, f"the panel {self.name}", error)
            return None

    def _cached(self, place: Resource, request: Request) -> Markup | None:
        # The cache key does not cover templates, so do not cache while they may change.
        may_change = shop_of(request.registry).release is None
        if not self.shared or self.key is None or may_change:
            return self._html(place, request)
        depends = repr((place.key(), self.key(place, request)))
        key = (self.view, place.url(), request.locale_name, depends)
        return cached_part(request, key, lambda: self._html(place, request))

    def _html(self, place: Resource, request: Request) -> Markup | None:
        value = self.view(place, request)
        if value is None:
            return None
        html = render(self.renderer, value, request, package=self.package)
        return Markup(html)  # noqa: S704 - a template has escaped it


class IPanel(Interface):
    """A `Panel`, registered for a place."""


def panels_of(place: Resource) -> list[Panel]:
    registered = place.request.registry.adapters.lookupAll((providedBy(place),), IPanel)
    return [panel for _name, panel in sorted(registered, key=lambda item: (item[1].order, item[0]))]


def show_panels(
    panels: Iterable[Panel], place: Resource, request: Request
) -> dict[str, list[Markup]]:
    """Return the HTML of the panels by slot; a slot without panels is an empty list."""
    shown: dict[str, list[Markup]] = defaultdict(list)
    for panel in panels:
        html = panel.html(place, request)
        if html is not None:
            shown[panel.slot].append(html)
    return shown


def add_panels(
    value: PageData, panels: Iterable[Panel], place: Resource, request: Request
) -> PageData:
    """Add the panels' dicts to a page's dict under `panels`, by slot, if there are any."""
    slots: dict[str, list[PageData]] = {}
    for panel in panels:
        data = panel.data(place, request)
        if data is not None:
            slots.setdefault(panel.slot, []).append(data)
    return {**value, "panels": slots} if slots else value


def add_panel(  # noqa: PLR0913, PLR0917 - the options of a panel, most with a default
    config: Configurator,
    slot: str,
    view: PanelView | str,
    context: Context,
    renderer: str,
    permission: str = "view",
    key: PanelKey | None = None,
    order: int = 0,
    json: bool = True,
    shared: bool = False,
) -> None:
    """Show a panel in a slot of `context`'s own page (the one with `name=""`).

    `view(place, request)` returns the dict for the template `renderer`, or None to show nothing.
    `slot` is one of the page's slots (`add_slots`). `key(place, request)` returns everything that
    the panel depends on; without a key, the page's ETag is known only after the page is built.
    `order` sorts the panels of a slot. With `json=False` the panel is not in the page's JSON. A
    `shared` panel looks the same to all users who may see it: its HTML is cached by its key, the
    place's key, the URL and the language. Raises ConfigurationError for unknown permissions and
    slots, and for a shared panel without a key.
    """
    if permission not in PERMISSIONS:
        raise ConfigurationError(f"add_panel: unknown permission {permission!r}")
    place, required = specification(config, context)
    known = slots_of(config, place)
    if not known:
        raise ConfigurationError(f"add_panel: pages of {place.__name__} have no slots")
    if slot not in known:
        raise ConfigurationError(f"add_panel: no slot {slot!r}; one of {', '.join(sorted(known))}")
    if shared and key is None:
        raise ConfigurationError("add_panel: a panel that is shared needs a key")
    shown: PanelView = config.maybe_dotted(view)
    panel = Panel(slot, shown, renderer, permission, key, order, json, shared, config.package)
    name = panel.name
    introspectable = config.introspectable(PANELS, (place, name), name, PANELS)
    introspectable.update(panel=panel, context=place, package=config.package_name)

    def register() -> None:
        config.registry.adapters.register((required,), IPanel, name, panel)

    config.action((PANELS, place, name), register, introspectables=(introspectable,))


def add_slots(config: Configurator, context: type[Resource], *names: str) -> None:
    """Declare slots of `context`'s own page (the one with `name=""`).

    Its template shows each `panels.NAME`.
    """
    config.registry[SLOTS].setdefault(context, set()).update(names)


def slots_of(config: Configurator, context: PlaceType) -> set[str]:
    """Return the slots of all pages on which a panel for `context` would appear."""
    found: set[str] = set()
    known: dict[type[Resource], set[str]] = config.registry[SLOTS]
    for place, names in known.items():
        if adapters.applies(context, place) or adapters.applies(place, context):
            found |= names
    return found


def includeme(config: Configurator) -> None:
    config.registry[SLOTS] = {}
    config.add_directive("add_panel", add_panel)
    config.add_directive("add_slots", add_slots)
