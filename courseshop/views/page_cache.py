from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.shop import shop_of
from courseshop.framework.add_page import page
from courseshop.resources import Root
from courseshop.schemas.shop import KeptOut

if TYPE_CHECKING:
    from courseshop.framework.request import Request


@page(
    context=Root,
    name="kept",
    renderer="courseshop:templates/kept.jinja2",
    permission="edit",
    returns=KeptOut,
)
def kept(_place: Root, request: Request) -> dict[str, int]:
    """Show the hits, misses and size of the page cache of the process that handles the request."""
    request.response.headers["Cache-Control"] = "no-store"
    figures: dict[str, int] = shop_of(request.registry).page_cache.figures()
    return figures
