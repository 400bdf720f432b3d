"""Covers that show a thing: books, speech bubbles, an instrument, a lens, or windows of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.services.covers.shapes import (
    box,
    circle,
    disc,
    ground,
    group,
    line,
    mirrored,
    path,
    pill,
    rounded,
)

if TYPE_CHECKING:
    from courseshop.services.covers.dice import Dice
    from courseshop.services.covers.palettes import Palette


def books(dice: Dice, colors: Palette) -> str:
    """Draw books on a shelf, or a pile of them."""
    return dice.pick((_shelf, _shelf, _pile))(dice, colors)


def _shelf(dice: Dice, colors: Palette) -> str:
    shapes, x, ink = [ground(158, colors.strong)], dice.between(14, 26), ""
    leaning, spark = dice.between(3, 6), dice.between(1, 3)
    for n in range(12):
        ink = dice.pick([one for one in colors.inks if one != ink])
        width = dice.between(20, 34)
        book = _book(dice, x, width, colors.spark if n % 4 == spark else ink, colors)
        if n == leaning:
            book = group(group(book, "translate(16)"), f"rotate(-14 {x} 158)")
            x += 36
        if x + width > 312:
            break
        shapes.append(book)
        x += width + 3
    return "".join(shapes)


def _book(dice: Dice, x: int, width: int, ink: str, colors: Palette) -> str:
    height = dice.between(72, 128)
    top, middle = 158 - height, x + width // 2
    marks = (
        box(x, top + 12, width, 5) + box(x, top + 22, width, 5),
        box(middle - 2, top + 14, 4, height - 40),
        circle(middle, 142, 6),
        "",
    )
    mark = dice.pick(marks)
    return path(box(x, top, width, height), ink) + (mark and path(mark, colors.against(ink)))


def _pile(dice: Dice, colors: Palette) -> str:
    x, y, ink = dice.between(130, 190), 168, ""
    shapes = [ground(y, colors.strong)]
    for n in range(4):
        ink = dice.pick([one for one in colors.inks if one != ink])
        width, height = 190 - n * 14 - dice.below(30), dice.between(22, 30)
        y -= height
        left = x - width // 2 + dice.between(-12, 12)
        shapes.append(path(box(left, y, width, height), ink))
        shapes.append(path(box(left + width - 8, y + 5, 9, height - 10), colors.paper))
        shapes.append(path(box(left + 14, y, 6, height), colors.paper if n % 2 else colors.spark))
    return "".join(shapes) + disc(x + dice.between(-30, 30), y - 20, 20, colors.spark)


# The upper left corners of bubbles.
_TALKS = (((34, 14), (150, 44), (70, 90)), ((138, 12), (24, 50), (150, 92)), ((24, 26), (140, 70)))


def bubbles(dice: Dice, colors: Palette) -> str:
    """Draw speech bubbles."""
    radius, talk = dice.pick((12, 26, 40)), dice.pick(_TALKS)
    inks = dice.shuffle((colors.strong, colors.medium, colors.spark))
    shapes = []
    for (left, top), ink in zip(talk, inks, strict=False):
        width, height = dice.between(108, 146), dice.between(60, 72)
        if len(talk) == 2:
            height += 14
        x, y = left + dice.below(16), top + dice.below(8)
        end = left > 100
        tail = x + width - radius - 34 if end else x + radius + 8
        shapes.append(path(rounded(x, y, width, height, min(radius, height // 2)), ink))
        shapes.append(path(f"M{tail} {y + height - 4}h24l{'6 22' if end else '-30 22'}z", ink))
        shapes.append(_speech(dice, x + width // 2, y + height // 2, colors.against(ink)))
    return "".join(shapes)


def _speech(dice: Dice, x: int, y: int, ink: str) -> str:
    """Return three dots, or two lines of text."""
    dots = path("".join(circle(x + step, y, 6) for step in (-22, 0, 22)), ink)
    lines = pill(x - 36, y - 10, 72, 6, ink) + pill(x - 36, y + 5, 46, 6, ink)
    return dice.pick((dots, lines))


def strings(dice: Dice, colors: Palette) -> str:
    """Draw the strings of a guitar over its sound hole, one of them plucked."""
    x, turn = dice.between(120, 200), dice.between(8, 24) * dice.pick((1, -1))
    plucked, swing = dice.below(6), dice.between(14, 20)
    y = 31 + plucked * 24
    wires = "".join(box(-60, 29 + n * 24, 440, 6 - n // 2) for n in range(6) if n != plucked)
    wave = f"M-60 {y}Q{x} {y - swing} 380 {y}Q{x} {y + swing} -60 {y}z"
    hole = (
        disc(x, 90, 80, colors.faint)
        + disc(x, 90, 70, colors.paper)
        + disc(x, 90, 64, colors.medium)
    )
    return group(
        hole + path(wires, colors.strong) + path(wave, colors.spark), f"rotate({turn} 160 90)"
    )


def keys(dice: Dice, colors: Palette) -> str:
    """Draw the keys of a piano, and how loud each of them sounds."""
    struck, gap = dice.pick(((1, 3, 6), (1, 4, 6), (2, 4, 6), (1, 3, 5))), dice.below(7)
    quiet = "".join(box(40 * n + 6, 90 - dice.between(18, 38), 28, 90) for n in range(8))
    loud = "".join(box(40 * n + 6, 90 - dice.between(48, 74), 28, 90) for n in struck)
    black = (n for n in range(-1, 8) if (n + gap) % 7 not in {2, 6})
    return (
        path(quiet, colors.faint)
        + path(loud, colors.spark)
        + ground(84, colors.darkest)
        + path("".join(box(40 * n + 1, 90, 38, 90) for n in range(8)), colors.lightest)
        + path("".join(box(40 * n + 1, 90, 38, 90) for n in struck), colors.medium)
        + path("".join(box(40 * n + 28, 90, 24, 54) for n in black), colors.darkest)
    )


def record(dice: Dice, colors: Palette) -> str:
    """Draw a record that slides out of its sleeve."""
    x = 127 + dice.between(60, 84)
    front = dice.pick(
        (
            path("M52 165v-75l75 -75v150z", colors.faint),
            path(circle(127, 90, 50), colors.faint) + path(circle(127, 90, 26), colors.strong),
            path("".join(box(52, 30 + 34 * n, 150, 17) for n in range(4)), colors.faint),
            path("M52 15h150a150 150 0 0 1 -150 150z", colors.faint),
        )
    )
    view = (
        disc(x, 90, 68, colors.strong)
        + line("".join(circle(x, 90, radius) for radius in (58, 48, 38)), colors.medium, 2)
        + disc(x, 90, 24, colors.spark)
        + disc(x, 90, 5, colors.paper)
        + path(box(52, 15, 150, 150), colors.medium)
        + front
    )
    return dice.pick((view, mirrored(view)))


def shutter(dice: Dice, colors: Palette) -> str:
    """Draw the blades of a camera's shutter."""
    x, turn = dice.between(130, 190), dice.below(60)
    blades = "".join(
        group(path("M28 -16L0 -82A82 82 0 0 1 71 -41L28 16z", ink), f"rotate({turn + 60 * n})")
        for n, ink in enumerate((colors.strong, colors.medium) * 3)
    )
    lens = disc(0, 0, 100, colors.faint) + disc(0, 0, 82, colors.spark)
    return group(lens + blades, f"translate({x} 90)")


def screens(dice: Dice, colors: Palette) -> str:
    """Draw two windows, the front one with lines of code or with a page."""
    inside = dice.pick((_code, _page))
    back, front = dice.pick((((28, 18), (90, 50)), ((90, 18), (30, 50))))
    return (
        _window(*back, colors.faint, colors.medium, colors.paper)
        + _window(*front, colors.strong, colors.medium, colors.paper)
        + inside(dice, colors, *front)
    )


def _window(x: int, y: int, fill: str, bar: str, dots: str) -> str:
    return (
        path(rounded(x, y, 200, 112, 8), fill)
        + path(f"M{x} {y + 20}v-12q0 -8 8 -8h184q8 0 8 8v12z", bar)
        + path("".join(circle(x + 14 + 12 * n, y + 10, 3) for n in range(3)), dots)
    )


def _code(dice: Dice, colors: Palette, x: int, y: int) -> str:
    shapes, indent, lit = [], 0, dice.between(1, 3)
    for n in range(5):
        left, width = x + 16 + 14 * indent, dice.between(34, 84)
        ink = colors.spark if n == lit else colors.faint
        shapes.append(pill(left, y + 32 + 15 * n, width, 7, ink))
        if dice.below(2):
            tail = dice.between(14, 30)
            shapes.append(pill(left + width + 6, y + 32 + 15 * n, tail, 7, colors.paper))
        indent = min(3, max(0, indent + dice.between(-1, 1)))
    return "".join(shapes)


def _page(dice: Dice, colors: Palette, x: int, y: int) -> str:
    picture = path(box(x + 14, y + 32, 76, 68), colors.faint)
    sun = disc(x + 14 + dice.between(24, 52), y + 60, 14, colors.spark)
    hill = path(f"M{x + 14} {y + 100}v-20l22 -16 24 24 12 -10 18 22z", colors.medium)
    text = "".join(
        pill(x + 104, y + 34 + 15 * n, dice.between(44, 80), 7, colors.paper) for n in range(3)
    )
    return picture + sun + hill + text + pill(x + 104, y + 84, 44, 16, colors.spark)
