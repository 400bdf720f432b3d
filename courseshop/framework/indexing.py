"""Which pages search engines list, and under which address (RFC 6596)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource

CURSORS = ("after", "before")
# A page of another size begins with the same row.
HARMLESS = {*CURSORS, "limit"}


def canonical(request: Request) -> str | None:
    """Return the address under which search engines list this page, None where they shall not.

    They list the front pages of places that are `indexed`, not forms, errors, or what is one
    person's own. Each further page of a list is a page of its own; what is searched, filtered or
    sorted repeats what the plain list holds. What no page asks for, such as `utm_source`, is left
    out.
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
