"""Canonical URLs for search engines (RFC 6596)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource

CURSORS = ("after", "before")
# Ignoring `limit` is harmless: with another limit, a list starts with the same row.
HARMLESS = {*CURSORS, "limit"}


def canonical(request: Request) -> str | None:
    """Return the URL under which search engines should index this page, or None for no indexing.

    Only an `indexed` place's own page (the one with `name=""`) is indexed, not forms, errors or
    private pages. Every further page of a list has its own URL. Searched, filtered and sorted lists
    are not indexed, because they repeat the plain list. Parameters that no page accepts, such as
    `utm_source`, are dropped.
    """
    place: Resource | None = getattr(request, "context", None)
    accepted = request.accepted
    read = request.method in {"GET", "HEAD"} and request.exception is None
    if place is None or not read or not getattr(place, "indexed", False) or request.view_name:
        return None
    chosen = accepted.model_dump(exclude_defaults=True) if accepted else {}
    if set(chosen) - HARMLESS:
        return None
    return place.url(query={name: chosen[name] for name in CURSORS if name in chosen})


def includeme(config: Configurator) -> None:
    config.add_request_method(canonical, reify=True)
