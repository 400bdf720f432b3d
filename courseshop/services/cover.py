"""Generated cover images of courses, which depend only on title and category."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

from courseshop.domain.text import xml_text

WIDTH, HEIGHT, CELL = 320, 180, 40
# Background, two tones of it, and a light accent that gives letters a contrast of at least 4.5:1.
PALETTES = (
    ("#17494d", "#1f6266", "#2c8084", "#f2c14e"),
    ("#2f2a63", "#403a80", "#5a529f", "#f59e8b"),
    ("#5b2340", "#752f53", "#934269", "#f6c66d"),
    ("#1f3f6d", "#2a5389", "#3a6ba8", "#9fe0c6"),
    ("#3d4a1f", "#51622a", "#6c8038", "#f6d9a8"),
    ("#6a2f1b", "#843d24", "#a45434", "#ffd7a1"),
    ("#243746", "#324b5f", "#46667f", "#8fd3e8"),
    ("#4a2566", "#5e3180", "#784a9c", "#a7e08d"),
)


def cover(title: str, category: str) -> str:
    """Return an SVG of 320 by 180 units: the category chooses the colors, the title the shapes.

    It has no style attribute and no id, so that a page with a strict Content-Security-Policy can
    have many. It is hidden from screen readers, because pages show title and category beside it.
    """
    background, shapes, accent = art(title, category)
    letters = xml_text(initials(title))
    return (
        f'<svg class="cover" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false" '
        f'preserveAspectRatio="xMidYMid slice"><rect width="{WIDTH}" height="{HEIGHT}" '
        f'fill="{background}"/>{shapes}<text x="24" y="146" font-size="76" font-weight="700" '
        f'font-family="system-ui, sans-serif" fill="{accent}">{letters}</text></svg>'
    )


def art(title: str, category: str) -> tuple[str, str, str]:
    """Return the background color, the shapes on it as SVG, and the color of the letters."""
    background, *tones, accent = PALETTES[_digest(category)[6] % len(PALETTES)]
    shapes = [cell[byte] for cell, byte in zip(_cells(*tones), _digest(title), strict=True)]
    return background, "".join(shapes), accent


def initials(title: str) -> str:
    """Return the capital initials of the first two words that start with a letter or digit."""
    words = [word.lstrip("¿¡«„“\"'(") for word in title.split()]
    return "".join(word[0].upper() for word in words if word[:1].isalnum())[:2]


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=32).digest()


@cache
def _cells(*tones: str) -> list[list[str]]:
    """Return the shapes for the 32 cells of an 8 by 4 grid: 256 each, one per byte value."""
    kinds = [(byte % 7, tones[byte // 7 % len(tones)]) for byte in range(256)]
    return [[_shape(cell, kind, tone) for kind, tone in kinds] for cell in range(32)]


@cache
def _shape(cell: int, kind: int, tone: str) -> str:
    x, y = cell % 8 * CELL, cell // 8 * CELL + 10
    match kind:
        case 0:
            return f'<circle cx="{x + 20}" cy="{y + 20}" r="14" fill="{tone}"/>'
        case 1:
            return f'<path d="M{x} {y}h40a40 40 0 0 1-40 40z" fill="{tone}"/>'
        case 2:
            return f'<path d="M{x + 40} {y + 40}h-40a40 40 0 0 1 40-40z" fill="{tone}"/>'
        case 3:
            return f'<path d="M{x} {y + 40}v-40a40 40 0 0 1 40 40z" fill="{tone}"/>'
        case 4:
            return f'<rect x="{x}" y="{y}" width="40" height="40" fill="{tone}"/>'
    return ""
