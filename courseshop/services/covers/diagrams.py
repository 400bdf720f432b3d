"""Covers that show a diagram: a plot, a network, or orbits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from courseshop.services.covers.shapes import box, circle, disc, line, mirrored, path, sine

if TYPE_CHECKING:
    from courseshop.services.covers.dice import Dice
    from courseshop.services.covers.palettes import Palette


def plot(dice: Dice, colors: Palette) -> str:
    """Draw bars below a curve, areas, or a ring beside bars."""
    return dice.pick((_bars, _areas, _shares))(dice, colors)


def _bars(dice: Dice, colors: Palette) -> str:
    phase, lift, peak = dice.below(24), dice.between(20, 34), dice.between(2, 7)
    tops = [120 - 5 * n - sine(phase + 3 * n, lift) for n in range(10)]
    bars = [box(12 + 30 * n, top + 12, 22, 180) for n, top in enumerate(tops)]
    curve = " ".join(f"{23 + 30 * n} {top - 10}" for n, top in enumerate(tops))
    return (
        path("".join(bars[::2]), colors.strong)
        + path("".join(bars[1::2]), colors.medium)
        + path(bars[peak], colors.spark)
        + line(f"M{curve}", colors.medium, 5)
        + disc(23 + 30 * peak, tops[peak] - 10, 9, colors.spark)
    )


def _areas(dice: Dice, colors: Palette) -> str:
    shapes, dots = [], ""
    for n, ink in enumerate(reversed(colors.inks)):
        phase, lift = dice.below(24), dice.between(12, 24)
        points = [(40 * k, 70 + 32 * n - sine(phase + 4 * k, lift) - 3 * k) for k in range(9)]
        dots = dots or path("".join(circle(x, y, 6) for x, y in points), colors.spark)
        shapes.append(path("M0 180L" + " ".join(f"{x} {y}" for x, y in points) + "V180z", ink))
    return shapes[0] + dots + "".join(shapes[1:])


def _shares(dice: Dice, colors: Palette) -> str:
    # The circumference at a radius of 48 is 301.6.
    cuts = [0, *(75 * n + dice.between(-28, 28) for n in (1, 2, 3)), 302]
    ring = "".join(
        f'<circle cx="106" cy="90" r="48" stroke="{ink}" stroke-dasharray="{end - start} 302" '
        f'stroke-dashoffset="{-start}"/>'
        for ink, (start, end) in zip((colors.spark, *colors.inks), pairwise(cuts), strict=True)
    )
    turn = f"rotate({dice.below(24) * 15} 106 90)"
    bars = "".join(box(196, 43 + 26 * n, dice.between(34, 84), 16) for n in range(4))
    view = f'<g fill="none" stroke-width="36" transform="{turn}">{ring}</g>'
    view += path(bars, colors.medium)
    return dice.pick((view, mirrored(view)))


def network(dice: Dice, colors: Palette) -> str:
    """Draw layers of nodes, linked to each other."""
    layers = [
        [(52 + 72 * n, 90 + (2 * k - count + 1) * 22) for k in range(count)]
        for n, count in enumerate(dice.shuffle((2, 3, 3, 4)))
    ]
    links = "".join(
        f"M{x} {y}L{far} {low}"
        for near, beyond in pairwise(layers)
        for x, y in near
        for far, low in beyond
    )
    nodes = dice.shuffle([node for layer in layers for node in layer])
    return (
        line(links, colors.faint, 3)
        + path("".join(circle(*node, 14) for node in nodes[3:]), colors.strong)
        + path("".join(circle(*node, 16) for node in nodes[:3]), colors.spark)
    )


def orbits(dice: Dice, colors: Palette) -> str:
    """Draw planets around a sun."""
    x, y = dice.between(110, 210), dice.between(72, 108)
    radii = (120, 96, 72, 48)
    shapes = [
        line("".join(circle(x, y, radius) for radius in radii), colors.faint, 3),
        disc(x, y, 25, colors.spark),
    ]
    free = list(range(24))
    for radius, ink in zip(radii, (colors.medium, colors.strong) * 2, strict=True):
        places = {step: (x + sine(step + 6, radius), y + sine(step, radius)) for step in free}
        seen = [n for n, (left, top) in places.items() if 30 < left < 290 and 20 < top < 160]
        step = dice.pick(seen)
        shapes.append(disc(*places[step], dice.between(10, 17), ink))
        # No two planets may touch.
        free = [n for n in free if 2 < (n - step) % 24 < 22]
    return "".join(shapes)
