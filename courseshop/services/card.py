"""Social media preview images of courses, drawn from the course's title, names and rating."""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple
from unicodedata import bidirectional, east_asian_width

import resvg_py

from courseshop.domain.text import xml_text
from courseshop.services.cover import WIDTH as COVER_WIDTH
from courseshop.services.cover import art
from courseshop.services.rating import stars

# In pixels; the aspect ratio of 1.91 to 1 is what social networks show.
WIDTH, HEIGHT, MARGIN = 1200, 630, 80
ROOM = WIDTH - 2 * MARGIN
# The bundled font; letters that it lacks (Chinese, Japanese, Korean) come from system fonts.
FONT = str(Path(__file__).parents[1] / "fonts" / "DejaVuSansCondensed-Bold.ttf")
# Font sizes of a title, each with the number of lines that fit.
SIZES = ((84, 3), (66, 4), (52, 5))
SMALL = 36
STAR = 40
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
    background, shapes, accent = art(card.title, card.category)
    size, lines = fit(card.title)
    title = (_text(line, 140 + size * 1.18 * n, size) for n, line in enumerate(lines, start=1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="DejaVu Sans" font-stretch="condensed" font-weight="700">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{background}"/>'
        f'<g transform="scale({WIDTH / COVER_WIDTH})" opacity=".25">{shapes}</g>'
        f'<g fill="{accent}">{_text(_line(card.category_title), 110, SMALL)}</g>'
        f'<g fill="#fff">{"".join(title)}{_text(_line(card.people), 510, SMALL)}'
        f"{_text(_line(card.shop, ROOM / 2), 570, SMALL, WIDTH - MARGIN)}</g>"
        f"{_stars(card, accent) if card.average else ''}</svg>"
    )


def fit(title: str) -> tuple[int, list[str]]:
    """Return the largest font size in which the title fits, and its lines.

    A title that does not fit even in the smallest size is truncated.
    """
    for size, most in SIZES:
        lines = wrap(title, _letters(title, size))
        if len(lines) <= most:
            return size, lines
    return size, wrap(title, _letters(title, size), max_lines=most, placeholder="…")


def _line(text: str, room: float = ROOM) -> str:
    return "".join(wrap(text, _letters(text, SMALL, room), max_lines=1, placeholder="…"))


def _letters(text: str, size: float, room: float = ROOM) -> int:
    """Return how many letters of the average width of `text` safely fit into `room` pixels."""
    wide = sum(1 if east_asian_width(letter) in "WF" else 0.62 for letter in text)
    return int(room / size / (wide / len(text))) if text else 1


def _text(words: str, y: float, size: float, end: int | None = None) -> str:
    """Return a line as SVG text, at the side where its script starts, or ending at `end`."""
    first = next((kind for kind in map(bidirectional, words) if kind in {"L", "R", "AL"}), "L")
    x = end or (MARGIN if first == "L" else WIDTH - MARGIN)
    anchor = "start" if x == MARGIN else "end"
    return (
        f'<text x="{x}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}">'
        f"{xml_text(words)}</text>"
    )


def _stars(card: Card, accent: str) -> str:
    """Return five stars as SVG, filled to the nearest half, with the rating text beside them."""
    filled = stars(card.average) / 5
    points = " ".join(
        f"{radius * sin(n * pi / 5):.1f},{-radius * cos(n * pi / 5):.1f}"
        for n, radius in enumerate((18, 7.5) * 5)
    )
    row = "".join(
        f'<polygon points="{points}" transform="translate({20 + STAR * n} 0)"/>' for n in range(5)
    )
    return (
        f'<clipPath id="filled"><rect y="-20" width="{5 * STAR * filled}" height="40"/></clipPath>'
        f'<g transform="translate({MARGIN} 558)"><g fill="#fff" opacity=".35">{row}</g>'
        f'<g fill="{accent}" clip-path="url(#filled)">{row}</g></g>'
        f'<text x="{MARGIN + 5 * STAR + 16}" y="570" font-size="{SMALL}" fill="{accent}">'
        f"{xml_text(card.rating)}</text>"
    )
