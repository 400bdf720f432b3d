from __future__ import annotations

from typing import Any

from courseshop.resources import Root
from courseshop.schemas.shop import KeptOut
from courseshop.views import page


@page(
    context=Root,
    name="kept",
    renderer="courseshop:templates/kept.jinja2",
    permission="edit",
    returns=KeptOut,
)
def kept(_place: Root, request: Any) -> dict[str, int]:
    """Show how much the process that answers keeps, and how often it found what it looked for."""
    request.response.headers["Cache-Control"] = "no-store"
    figures: dict[str, int] = request.registry["courseshop.shelf"].figures()
    return figures
