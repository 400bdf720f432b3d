"""Social media preview images of courses: title, names and rating beside the course's cover."""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple
from unicodedata import bidirectional, east_asian_width

import resvg_py

from courseshop.domain.text import xml_text
from courseshop.services.covers import cover, palette
from courseshop.services.rating import stars

# In pixels; the aspect ratio of 1.91 to 1 is what social networks show. The panel with the text
# has one color, so that the text is legible beside any cover.
WIDTH, HEIGHT, MARGIN, PANEL = 1200, 630, 64, 780
ROOM = PANEL - 2 * MARGIN
# The bundled font; letters that it lacks (Chinese, Japanese, Korean) come from system fonts.
FONT = str(Path(__file__).parents[1] / "fonts" / "DejaVuSansCondensed-Bold.ttf")
# Font sizes of a title, each with the number of lines that fit.
SIZES = ((68, 3), (58, 4), (48, 5), (40, 6))
# The baseline above the title's first line.
TOP = 160
SMALL = 32
STAR = 36
KEPT = 128


class Card(NamedTuple):
    """The contents of an image; `rating` is `average` as text, such as "4.4 (10)".

    For a course without ratings, `average` is None and `rating` is "".
    """

    title: str
    category: str
    category_title: str
    people: str
    average: float | None
    rating: str
    shop: str


@lru_cache(maxsize=KEPT)
def png(card: Card) -> bytes:
    """Return the image as PNG, 1200 by 630 pixels; the last 128 images are cached."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg(card), font_files=[FONT]))


def svg(card: Card) -> str:
    """Return the image as an SVG document."""
    colors = palette(card.title, card.category)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="DejaVu Sans" font-stretch="condensed" font-weight="700">'
        f'<svg x="{PANEL}" width="{WIDTH - PANEL}" height="{HEIGHT}">'
        f"{cover(card.title, card.category)}</svg>"
        f'<path d="M0 0h{PANEL}v{HEIGHT}H0z" fill="{colors.darkest}"/>'
        f'<g fill="{colors.lightest}">{_texts(card)}</g>'
        f'<g fill="{colors.accent}">{_text(_line(card.category_title), 140, SMALL)}'
        f"{_stars(card, colors.lightest) if card.average else ''}</g></svg>"
    )


def _texts(card: Card) -> str:
    size, lines = fit(card.title)
    title = (_text(line, TOP + size * 1.18 * n, size) for n, line in enumerate(lines, start=1))
    people = _text(_line(card.people), 520 if card.average else 570, SMALL)
    return _text(_line(card.shop), 80, SMALL) + "".join(title) + people


def fit(title: str) -> tuple[int, list[str]]:
    """Return the largest font size in which the title fits with whole words, and its lines.

    A title that does not fit even in the smallest size is truncated.
    """
    for size, most in SIZES:
        letters = _letters(title, size)
        lines = wrap(title, letters)
        broken = (len(word) > letters and not _is_wide(word[0]) for word in title.split())
        if len(lines) <= most and not any(broken):
            return size, lines
    return size, wrap(title, _letters(title, size), max_lines=most, placeholder="…")


def _line(text: str) -> str:
    return "".join(wrap(text, _letters(text, SMALL), max_lines=1, placeholder="…"))


def _letters(text: str, size: float) -> int:
    """Return how many letters of the average width of `text` safely fit into a line."""
    wide = sum(1 if _is_wide(letter) else 0.62 for letter in text)
    return int(ROOM / size / (wide / len(text))) if text else 1


def _is_wide(letter: str) -> bool:
    """Return whether a letter is Chinese, Japanese or Korean, and lines may break beside it."""
    return east_asian_width(letter) in "WF"


def _text(words: str, y: float, size: float) -> str:
    """Return a line as SVG text, at the side of the panel where its script starts."""
    first = next((kind for kind in map(bidirectional, words) if kind in {"L", "R", "AL"}), "L")
    x, anchor = (MARGIN, "start") if first == "L" else (PANEL - MARGIN, "end")
    return (
        f'<text x="{x}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}">'
        f"{xml_text(words)}</text>"
    )


def _stars(card: Card, empty: str) -> str:
    """Return five stars as SVG, filled to the nearest half, with the rating text beside them."""
    filled = stars(card.average) / 5
    points = " ".join(
        f"{radius * sin(n * pi / 5):.1f},{-radius * cos(n * pi / 5):.1f}"
        for n, radius in enumerate((16, 6.7) * 5)
    )
    row = "".join(
        f'<polygon points="{points}" transform="translate({18 + STAR * n} 0)"/>' for n in range(5)
    )
    return (
        f'<clipPath id="filled"><rect y="-20" width="{5 * STAR * filled}" height="40"/></clipPath>'
        f'<g transform="translate({MARGIN} 560)"><g fill="{empty}" opacity=".35">{row}</g>'
        f'<g clip-path="url(#filled)">{row}</g></g>'
        f'<text x="{MARGIN + 5 * STAR + 14}" y="571" font-size="{SMALL}">'
        f"{xml_text(card.rating)}</text>"
    )
