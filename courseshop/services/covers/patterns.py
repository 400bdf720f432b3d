"""Covers that show an ornament: arcs, tiles, a ribbon, scales, or cubes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.services.covers.shapes import box, disc, line, mirrored, path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseshop.services.covers.dice import Dice
    from courseshop.services.covers.palettes import Palette


def arcs(dice: Dice, colors: Palette) -> str:
    """Draw rings around a corner, as a rainbow, or from two sides."""
    turn = dice.below(3)
    bands = (*colors.inks[turn:], *colors.inks[:turn], colors.paper)
    match dice.below(3):
        case 0:
            x, y = dice.pick((0, 320)), dice.pick((0, 180))
            across = disc(260 if x == 0 else 60, 130 if y == 0 else 50, 28, colors.spark)
            return across + _rings(x, y, dice.between(30, 36), bands, colors.spark)
        case 1:
            x = dice.between(120, 200)
            far = disc(x + 124 if x < 160 else x - 124, 40, dice.between(14, 20), colors.medium)
            return far + _rings(x, 180, dice.between(24, 28), bands, colors.spark)
    y, step = dice.pick((40, 60, 120, 140)), dice.between(20, 24)
    sides = ((0, y), (320, 180 - y))
    return "".join(_rings(x, y, step, bands, colors.spark) for x, y in sides)


def _rings(x: int, y: int, step: int, bands: Sequence[str], middle: str) -> str:
    outer = (disc(x, y, step * (6 - n), bands[n % len(bands)]) for n in range(5))
    return "".join(outer) + disc(x, y, step, middle)


# Figures in a square of 60 by 60 from its upper left corner, each with its mirror image.
_FIGURES = (
    ("h60a60 60 0 0 1 -60 60z", "m60 0v60a60 60 0 0 1 -60 -60z"),
    ("m0 60v-60a60 60 0 0 1 60 60z", "m60 60h-60a60 60 0 0 1 60 -60z"),
    ("m0 60a60 60 0 0 1 60 -60 60 60 0 0 1 -60 60z", "a60 60 0 0 1 60 60 60 60 0 0 1 -60 -60z"),
    ("m4 30a26 26 0 1 0 52 0 26 26 0 1 0 -52 0",) * 2,
    ("m0 30a30 30 0 0 1 60 0zm0 30a30 30 0 0 1 60 0z",) * 2,
    ("l60 60h-60z", "m60 0l-60 60h60z"),
)


def tiles(dice: Dice, colors: Palette) -> str:
    """Draw square tiles, whose right half mirrors the left one."""
    paper, strong, medium, faint, spark = colors
    figures = dice.shuffle(_FIGURES)[:3]
    pairs = ((paper, strong), (paper, medium), (strong, faint), (medium, paper), (faint, strong))
    lit, below, above = dice.below(9), dict[str, str](), dict[str, str]()
    for n in range(9):
        x, y = n % 3 * 60 - 20, n // 3 * 60
        (left, right), (back, ink) = dice.pick(figures), dice.pick(pairs)
        ink = spark if n == lit else ink
        below[back] = below.get(back, "") + box(x, y, 60, 60) + box(260 - x, y, 60, 60)
        above[ink] = above.get(ink, "") + f"M{x} {y}{left}M{260 - x} {y}{right}"
    below.pop(paper, None)
    return (
        # Otherwise, the paper would show as a hairline between two tiles.
        f'<g shape-rendering="crispEdges">{_paths(below)}</g>{_paths(above)}'
    )


def _paths(outlines: dict[str, str]) -> str:
    return "".join(path(outline, fill) for fill, outline in outlines.items())


def ribbon(dice: Dice, colors: Palette) -> str:
    """Draw a striped band that turns across the page."""
    strong, medium, faint = colors.inks
    stripes = dice.pick(
        (
            (strong, colors.spark, medium, faint),
            (medium, faint, strong, colors.spark),
            (strong, medium, faint, colors.spark),
        )
    )
    course = dice.pick((_snake, _hairpin, _bend))(dice, dice.between(30, 40))
    band = "".join(line(course, ink, 60 - 15 * n) for n, ink in enumerate(stripes))
    return dice.pick((band, mirrored(band)))


def _snake(dice: Dice, r: int) -> str:
    first = f"M-40 {dice.between(46, 70)}H{dice.between(150, 210)}a{r} {r} 0 0 1 0 {2 * r}"
    return f"{first}H{dice.between(80, 110)}a{r} {r} 0 0 0 0 {2 * r}H360"


def _hairpin(dice: Dice, r: int) -> str:
    r += 4
    first = f"M{dice.between(60, 90)} -40V{dice.between(90, 110)}a{r} {r} 0 0 0 {2 * r} 0"
    return f"{first}V{dice.between(70, 90)}a{r} {r} 0 0 1 {2 * r} 0V220"


def _bend(dice: Dice, r: int) -> str:
    wide = r + 20
    first = (
        f"M-40 {dice.between(130, 150)}H{dice.between(70, 100)}a{wide} {wide} 0 0 0 {wide} {-wide}"
    )
    return f"{first}V{r}a{r} {r} 0 0 1 {2 * r} 0V220"


def scales(dice: Dice, colors: Palette) -> str:
    """Draw rows of scales: the whole page, or waves below a sun."""
    paper, strong, medium, faint, spark = colors
    outer = dice.pick(((strong, paper), (medium, faint), (strong, faint)))
    lit, sea = dice.between(1, 4), dice.below(2)
    radius = dice.between(40, 54) if sea else dice.between(54, 68)
    shapes = disc(dice.between(100, 220), 76, dice.between(44, 56), spark) if sea else ""
    for n, y in enumerate(range(110 if sea else 20, 180 + radius, radius * 12 // 25)):
        core = spark if n % 5 == lit else medium if strong in outer else strong
        shapes += _row(-radius * (n % 2), y, radius, (*outer, core))
    return shapes


def _row(x: int, y: int, radius: int, rings: Sequence[str]) -> str:
    """Return the upper halves of concentric circles, side by side."""
    row = ""
    for n, ink in enumerate(rings):
        r = radius - radius * n // len(rings)
        half = f"a{r} {r} 0 0 1 {2 * r} 0m{2 * (radius - r)} 0"
        row += path(f"M{x + radius - r} {y}" + half * (160 // radius + 2), ink)
    return row


# The cubes of a heap along each wall, and half the width and height of a cube's upper face.
_CUBES, _WIDE, _HIGH = 5, 32, 18
_TOP = f"l{_WIDE} {_HIGH} {-_WIDE} {_HIGH} {-_WIDE} {-_HIGH}z"
_LEFT = f"v{-2 * _HIGH}l{_WIDE} {_HIGH}v{2 * _HIGH}z"
_RIGHT = f"v{-2 * _HIGH}l{-_WIDE} {_HIGH}v{2 * _HIGH}z"


def cubes(dice: Dice, colors: Palette) -> str:
    """Draw cubes that are heaped in the corner of a room."""
    heap, steps = _heap(dice), range(_CUBES)
    tops = [(row, column, heap[row][column]) for row in steps for column in steps]
    # A face is seen where the cubes of a line end.
    lefts = [
        (row, sum(high > level for high in heap[row]), level) for row in steps for level in steps
    ]
    rights = [
        (sum(row[column] > level for row in heap), column, level)
        for column in steps
        for level in steps
    ]
    dark, middle, light = colors.shades
    # A face near the middle
    lit = min(dice.shuffle(tops), key=lambda top: abs(_corner(*top)[1] - 72))
    return (
        path(_faces(tops, _TOP), light)
        + path(_faces(lefts, _LEFT), middle)
        + path(_faces(rights, _RIGHT), dark)
        + path(_faces([lit], _TOP), colors.spark)
    )


def _heap(dice: Dice) -> list[list[int]]:
    """Return how many cubes lie on each other: never more than on the one nearer to the corner."""
    heap: list[list[int]] = []
    behind = [_CUBES] * _CUBES
    for row in range(_CUBES):
        heights: list[int] = []
        for column, most in enumerate(behind):
            wanted = max(0, _CUBES - row - column + dice.between(-1, 2))
            heights.append(min([wanted, most, *heights[-1:]]))
        behind = heights
        heap.append(heights)
    return heap


def _corner(row: int, column: int, level: int) -> tuple[int, int]:
    return 160 + (row - column) * _WIDE, 90 + (row + column - 2 * level) * _HIGH


def _faces(places: Sequence[tuple[int, int, int]], face: str) -> str:
    corners = (_corner(*place) for place in places)
    return "".join(f"M{x} {y}{face}" for x, y in corners if -36 < y < 216)
