"""Limits of the server that are smaller than what the shop and its pages accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.shop import shop_of
from courseshop.framework.introspection import PAGES
from courseshop.framework.traversal import introspectables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry

# The setting of waitress, in the section [server:main].
SETTING = "max_request_body_size"


def too_small(registry: Registry, limit: int) -> list[str]:
    """Return a sentence for each limit that exceeds `limit`, the server's own, in bytes."""
    return [
        f"{SETTING} = {limit} is too small: {what} accepts bodies of {size} bytes"
        for what, size in accepted(registry)
        if size > limit
    ]


def accepted(registry: Registry) -> Iterator[tuple[str, int]]:
    """Yield the names of what has a limit of its own, and that limit in bytes."""
    yield "courseshop.max_body", shop_of(registry).settings.max_body
    for entry in introspectables(registry, PAGES):
        page = entry["page"]
        if page.max_body is not None:
            context = entry["context"].__name__
            yield f"{page.method} {context} {page.name}".rstrip(), page.max_body
