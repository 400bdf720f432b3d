"""Covers that show a place: a landscape, a street, plants, a still life, or stairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.services.covers.shapes import (
    box,
    circle,
    disc,
    ground,
    line,
    mirrored,
    path,
    pill,
)

if TYPE_CHECKING:
    from courseshop.services.covers.dice import Dice
    from courseshop.services.covers.palettes import Palette


def horizon(dice: Dice, colors: Palette) -> str:
    """Draw a sun over hills, over mountains, or setting in the sea."""
    return dice.pick((_hills, _mountains, _sea))(dice, colors)


def _hills(dice: Dice, colors: Palette) -> str:
    shapes = [disc(dice.between(84, 236), dice.between(50, 76), dice.between(26, 40), colors.spark)]
    for n, fill in enumerate(reversed(colors.inks)):
        top, side = 84 + 28 * n + dice.below(14), dice.pick((1, -1))
        rise, fall = side * dice.between(16, 46), side * dice.between(16, 46)
        curve = f"M0 {top}c54 {-rise} 106 {-rise} 160 0s106 {fall} 160 0V180H0z"
        shapes.append(path(curve, fill))
    return "".join(shapes)


def _mountains(dice: Dice, colors: Palette) -> str:
    strong, medium, faint = colors.inks
    x = dice.between(126, 194)
    sun = (64 if x > 160 else 256) + dice.between(-14, 14)
    return (
        disc(sun, dice.between(40, 60), dice.between(20, 28), colors.spark)
        + _mountain(x - dice.between(80, 110), dice.between(66, 96), faint, medium)
        + _mountain(x + dice.between(80, 110), dice.between(66, 96), faint, medium)
        + _mountain(x, dice.between(116, 142), medium, strong)
        + path(f"M0 {dice.between(146, 160)}q90 -24 180 4t140 -6V180H0z", strong)
    )


def _mountain(x: int, high: int, lit: str, shaded: str) -> str:
    """Return a mountain with the sun at its left side."""
    half, top, third = high * 5 // 6, 180 - high, high // 3
    ridge = f"l{-(third // 2)} {-third} {third} {-(third // 2)}z"
    return path(f"M{x - half} 180L{x} {top}l{half} {high}z", lit) + path(
        f"M{x} {top}l{half} {high}h{-half}{ridge}", shaded
    )


def _sea(dice: Dice, colors: Palette) -> str:
    x, radius = dice.between(110, 210), dice.between(46, 62)
    boat = x - 94 if x > 160 else x + 94
    glitter = "".join(
        pill(x - wide // 2 + dice.between(-12, 12), y, wide, 6, colors.spark)
        for y, wide in ((112, radius * 2), (126, radius * 3 // 2), (140, radius), (154, radius))
    )
    sails = f"M{boat} 112v-62l34 62zm-5 0v-46l-22 46zM{boat - 30} 118h68l-12 14h-44z"
    return (
        disc(x, 104, radius, colors.spark)
        + ground(104, colors.faint)
        + path(f"M0 {dice.between(140, 160)}q80 -14 160 0t160 0V180H0z", colors.medium)
        + glitter
        + path(sails, colors.strong)
    )


def street(dice: Dice, colors: Palette) -> str:
    """Draw a row of houses with some windows lit."""
    shapes = [disc(dice.between(60, 260), dice.between(24, 30), 15, colors.spark)]
    x, wall = -dice.below(24), ""
    while x < 320:
        wall = dice.pick([ink for ink in colors.inks if ink != wall])
        columns = dice.between(2, 4)
        shapes.append(_house(dice, colors, x, columns, wall))
        x += 20 * columns + 12
    return "".join(shapes) + ground(170, colors.strong)


def _house(dice: Dice, colors: Palette, x: int, columns: int, wall: str) -> str:
    width, floors = 20 * columns + 12, dice.between(2, 4)
    top, half = 158 - 28 * floors, width // 2
    gable = f"M{x} {top + 1}l{half} {-half // 2} {half} {half // 2}z"
    cornice = box(x - 3, top - 5, width + 6, 6)
    chimney = box(x + width - 22, top - 18, 12, 19)
    roof = dice.pick((gable, cornice, chimney))
    windows = [(x + 10 + 20 * n, top + 12 + 28 * m) for n in range(columns) for m in range(floors)]
    lit = dice.shuffle(windows)[: len(windows) // 2]
    glass = colors.strong if wall == colors.faint else colors.paper
    return (
        path(box(x, top, width, 180 - top) + roof, wall)
        + path("".join(box(*at, 12, 16) for at in windows if at not in lit), glass)
        + path("".join(box(*at, 12, 16) for at in lit), colors.spark)
    )


def leaves(dice: Dice, colors: Palette) -> str:
    """Draw three plants in front of a pale disc."""
    strong, medium, faint = colors.inks
    shapes = [disc(dice.between(110, 210), dice.between(84, 100), dice.between(64, 80), faint)]
    for n, ink in enumerate(dice.pick(((medium, strong, medium), (strong, medium, strong)))):
        x, top = 76 + 84 * n + dice.between(-8, 8), dice.between(30, 62) - n % 2 * 12
        grown = dice.pick((_pointed, _round))(x, top, dice.between(28, 36))
        shapes.append(path(box(x - 2, top, 4, 180 - top) + grown, ink))
        tulip = path(
            f"M{x - 14} {top - 18}l7 8 7 -10 7 10 7 -8v14a14 14 0 0 1 -28 0z", colors.spark
        )
        shapes.append(dice.pick((disc(x, top, dice.between(9, 14), colors.spark), tulip)))
    return "".join(shapes)


def _pointed(x: int, top: int, size: int) -> str:
    """Return the outline of pairs of pointed leaves."""
    leaf = "c{0} {2} {1} {2} {1} {2}s0 {3} {4} {5}z"
    sides = [
        leaf.format(side * (size // 3), side * size, -size, size * 2 // 3, -side * size, size)
        for side in (1, -1)
    ]
    return "".join(f"M{x} {y}{side}" for y in range(top + 44, 190, 32) for side in sides)


def _round(x: int, top: int, size: int) -> str:
    """Return the outline of pairs of round leaves."""
    radius = size // 2 - 2
    return "".join(
        circle(x + side * (radius + 3), y, radius)
        for y in range(top + 32, 190, 2 * radius + 4)
        for side in (1, -1)
    )


# The outlines of vessels, each from the middle of its foot.
_VASE = "m-14 0a32 32 0 0 1 4 -60v-12h20v12a32 32 0 0 1 4 60z"
_VESSELS = {
    "bottle": "m-20 0v-56q0 -16 12 -24v-30h16v30q12 8 12 24v56z",
    "bowl": "m-12 0l4 -8a34 34 0 0 1 -26 -32h68a34 34 0 0 1 -26 32l4 8z",
    "beaker": "m-16 0l-12 -88h56l-12 88z",
    "cup": (
        "m-14 0q-12 0 -12 -14v-32h52v6h6a14 14 0 0 1 0 28h-8q-2 12 -12 12z"
        "m40 -20h4a6 6 0 0 0 0 -12h-4z"
    ),
    "jug": "m-24 0v-58q0 -12 10 -18v-12h34l-6 14q10 6 10 18v56z",
}


def vases(dice: Dice, colors: Palette) -> str:
    """Draw a still life: vessels on a table, and a branch in one of them."""
    inks = dice.shuffle((colors.strong, colors.spark, colors.medium, colors.strong))
    vessels = dice.shuffle(tuple(_VESSELS.values()))[:3]
    vessels.insert(dice.below(4), _VASE)
    shapes = [ground(dice.between(138, 150), colors.faint)]
    for n, (vessel, ink) in enumerate(zip(vessels, inks, strict=True)):
        x = 66 + 63 * n
        if vessel == _VASE:
            shapes.append(_branch(x, colors))
        shapes.append(path(f"M{x} 157{vessel}", ink))
    return "".join(shapes)


def _branch(x: int, colors: Palette) -> str:
    twig = "".join(
        f"M{x + 2 * n} {84 - 16 * n}q{side * 8} -18 {side * 26} -14 {-side * 4} 18 {-side * 26} 14z"
        for n in range(4)
        for side in (1, -1)
    )
    return line(f"M{x} 90q0 -40 8 -72", colors.strong, 3) + path(twig, colors.medium)


def stairs(dice: Dice, colors: Palette) -> str:
    """Draw stairs that lead to an open door."""
    steps, tower = dice.between(4, 7), dice.between(190, 210)
    wide, high = (tower - 20) // steps, dice.between(64, 76) // steps
    landing = 160 - steps * high
    flight = "".join(
        box(tower - wide * (steps - n), 160 - high * n, 320, 180) for n in range(steps)
    )
    edges = "".join(box(tower - wide * (steps - n), 160 - high * n, wide, 6) for n in range(steps))
    door = tower + dice.between(24, 40)
    view = (
        disc(dice.between(64, 120), dice.between(40, 64), dice.between(22, 34), colors.spark)
        + path(_tower(dice, tower), colors.strong)
        + path(flight + box(tower, landing, 320, 180), colors.medium)
        + path(edges + box(tower, landing, 320, 6), colors.faint)
        + path(f"M{door} {landing}v-34a16 16 0 0 1 32 0v34z", colors.spark)
    )
    return dice.pick((view, mirrored(view)))


def _tower(dice: Dice, x: int) -> str:
    return dice.pick(
        (
            box(x, 0, 200, 180),
            f"M{x} 180v-128a50 46 0 0 1 100 0v128z",
            f"M{x} 180V10h18v14h20v-14h20v14h20v-14h20v14h20v-14h20V180z",
        )
    )
