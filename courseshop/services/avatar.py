"""Default avatars: initials on a background whose color depends only on the name."""

from __future__ import annotations

from courseshop.domain.text import xml_text
from courseshop.services.covers.dice import Dice

# Background and letters, with a contrast of at least 4.5:1
COLORS = (
    ("#1d2a4d", "#f6dfba"),
    ("#0f4c4a", "#dcecd8"),
    ("#7a2e22", "#fbe6d4"),
    ("#43203a", "#f8dcd2"),
    ("#363d1e", "#f0e9c8"),
    ("#20415c", "#f7e7b6"),
    ("#1f3c4c", "#d3e5e1"),
)


def avatar(name: str, *, large: bool = False) -> str:
    """Return an SVG of 64 by 64 units with the initials of the first and the last word.

    It is hidden from screen readers, because pages show the name beside it.
    """
    words = name.split()
    letters = xml_text(initials(" ".join(words[:1] + words[1:][-1:])))
    background, ink = Dice(name).pick(COLORS)
    kind = "avatar avatar-large" if large else "avatar"
    return (
        f'<svg class="{kind}" viewBox="0 0 64 64" aria-hidden="true" focusable="false">'
        f'<rect width="64" height="64" fill="{background}"/><text x="32" y="41" font-size="26" '
        f'font-weight="700" font-family="system-ui, sans-serif" text-anchor="middle" '
        f'fill="{ink}">{letters}</text></svg>'
    )


def initials(name: str) -> str:
    """Return the capital initials of the first two words that start with a letter or digit."""
    words = [word.lstrip("¿¡«„“\"'(") for word in name.split()]
    return "".join(word[0].upper() for word in words if word[:1].isalnum())[:2]
