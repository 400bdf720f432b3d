"""What kinds of covers a category has, so that its courses look related."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from courseshop.services.covers.diagrams import network, orbits, plot
from courseshop.services.covers.dice import Dice
from courseshop.services.covers.palettes import PALETTES, Palette
from courseshop.services.covers.patterns import arcs, cubes, ribbon, scales, tiles
from courseshop.services.covers.scenes import horizon, leaves, stairs, street, vases
from courseshop.services.covers.things import (
    books,
    bubbles,
    keys,
    record,
    screens,
    shutter,
    strings,
)

Family = Callable[[Dice, Palette], str]


class Taste(NamedTuple):
    """Families of compositions, and palettes; the category's own cover has the first of each."""

    families: tuple[Family, ...]
    palettes: tuple[Palette, ...]


# So many that neighbors seldom look alike.
FAMILIES_OF_A_TASTE, PALETTES_OF_A_TASTE = 7, 8

# Families that suit any category. The others belong to some subject, such as music.
NEUTRAL: tuple[Family, ...] = (
    horizon, leaves, stairs, street, vases, arcs, cubes, ribbon, scales, tiles, books, bubbles,
    orbits,
)  # fmt: skip

# The categories of the demo.
CHOSEN: dict[str, tuple[str, tuple[Family, ...]]] = {
    "upgrade-yourself": (
        "dusk straw sky rose night moss poppy lagoon",
        (horizon, stairs, books, orbits, street, ribbon, bubbles),
    ),
    "web-development": (
        "lagoon slate night straw sky brick berry mint",
        (screens, ribbon, cubes, network, tiles, arcs, street),
    ),
    "data-science": (
        "straw night sky slate lagoon moss dusk brick",
        (plot, network, orbits, cubes, scales, tiles, arcs),
    ),
    "design": (
        "rose straw brick berry sky lagoon poppy mint",
        (tiles, arcs, ribbon, vases, scales, screens, cubes),
    ),
    "business": (
        "sky olive slate straw moss clay mint dusk",
        (street, plot, books, stairs, arcs, horizon, cubes),
    ),
    "languages": (
        "berry sky rose lagoon straw poppy mint dusk",
        (bubbles, books, street, arcs, horizon, ribbon, vases),
    ),
    "music-and-photography": (
        "clay dusk brick night straw rose berry slate",
        (strings, keys, record, shutter, horizon, arcs, scales),
    ),
    "health-and-home": (
        "moss olive rose mint clay sky straw lagoon",
        (leaves, vases, horizon, street, scales, tiles, orbits),
    ),
}


@lru_cache(maxsize=256)
def taste(category: str) -> Taste:
    """Return a category's taste, which depends only on its slug."""
    if category in CHOSEN:
        names, chosen = CHOSEN[category]
        return Taste(chosen, tuple(PALETTES[name] for name in names.split()))
    dice = Dice(category)
    families = dice.shuffle(NEUTRAL)[:FAMILIES_OF_A_TASTE]
    palettes = dice.shuffle(tuple(PALETTES.values()))[:PALETTES_OF_A_TASTE]
    return Taste(tuple(families), tuple(palettes))
