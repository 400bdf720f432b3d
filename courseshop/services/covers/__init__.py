"""Generated covers of courses and categories.

A cover is SVG without text, styles and ids, so that a page with a strict Content-Security-Policy
can have many. `tastes` says which families of compositions and which palettes a category has.
`scenes`, `patterns`, `things` and `diagrams` are the families. `dice` makes choices that are the
same on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from courseshop.services.covers.dice import Dice
from courseshop.services.covers.shapes import HEIGHT, WIDTH, ground
from courseshop.services.covers.tastes import taste

if TYPE_CHECKING:
    from courseshop.services.covers.palettes import Palette
    from courseshop.services.covers.tastes import Family

CACHED = 512


@lru_cache(maxsize=CACHED)
def cover(title: str, category: str) -> str:
    """Return the cover of a course or, if the title is empty, of the category with this slug.

    It is hidden from screen readers, because pages show title and category beside it. The last 512
    covers are cached.
    """
    dice, colors, family = _choose(title, category)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice" '
        f'aria-hidden="true" focusable="false">'
        f"{ground(0, colors.paper)}{family(dice, colors)}</svg>"
    )


def palette(title: str, category: str) -> Palette:
    """Return the colors of a cover."""
    return _choose(title, category)[1]


def _choose(title: str, category: str) -> tuple[Dice, Palette, Family]:
    dice = Dice(f"{category}\n{title}")
    families, palettes = taste(category)
    if not title:
        return dice, palettes[0], families[0]
    return dice, dice.pick(palettes), dice.pick(families)
