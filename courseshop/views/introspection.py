"""What is registered where: for the API description, `courseshop tree`, and start-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError

from courseshop import traversal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from courseshop.traversal import Resource
    from courseshop.views import Page

PAGES = "courseshop pages"


def pages_of(registry: Any, place: type[Resource]) -> Iterator[Page]:
    """Yield the pages of a class of places; one of a subclass stands before its base's."""
    entries = [entry["introspectable"] for entry in registry.introspector.get_category(PAGES)]
    fitting = [entry for entry in entries if traversal.applies(entry["context"], place)]
    nearest: dict[tuple[str, str], Any] = {}
    for entry in fitting:
        key = (entry["page"].name, entry["page"].method)
        known = nearest.get(key)
        if known is None or traversal.applies(known["context"], entry["context"]):
            nearest[key] = entry
    for _key, entry in sorted(nearest.items(), key=lambda item: item[0]):
        yield entry["page"]


def check_names(registry: Any) -> None:
    """Raise ConfigurationError where a child has the name of a page, and so hides it."""
    for entry in registry.introspector.get_category(traversal.CHILDREN) or ():
        child = entry["introspectable"]
        for page_entry in registry.introspector.get_category(PAGES):
            found = page_entry["introspectable"]
            if found["page"].name == child["name"] and overlap(child["parent"], found["context"]):
                raise ConfigurationError(
                    f"the child {child['name']!r} that {child['package']} hangs under "
                    f"{child['parent'].__name__} hides the page of that name by {found['package']}"
                )


def overlap(one: Any, other: Any) -> bool:
    return traversal.applies(one, other) or traversal.applies(other, one)


def includeme(config: Any) -> None:
    # After the last page and child of the last plugin.
    config.action("courseshop names", lambda: check_names(config.registry), order=9_999)
