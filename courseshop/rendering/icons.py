"""The icons of the pages, from icons.svg beside this module."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="0 0 20 20">(.*?)</symbol>')


@cache
def shapes() -> dict[str, str]:
    """Return the SVG elements of each icon by its name."""
    return dict(SYMBOL.findall(Path(__file__).with_suffix(".svg").read_text(encoding="utf-8")))


def icon(name: str, *, turns: bool = False) -> Markup:
    """Return an icon as SVG. If it `turns`, it is mirrored on pages that run from right to left.

    It is hidden from screen readers: the words beside it say what it means. Raises KeyError if
    there is no icon of this name.
    """
    kind = "icon icon-turn" if turns else "icon"
    svg = f'<svg class="{kind}" viewBox="0 0 20 20" aria-hidden="true">{shapes()[name]}</svg>'
    return Markup(svg)  # noqa: S704 - our own SVG
