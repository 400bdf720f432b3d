"""Default avatars: initials on a background whose color depends only on the name."""

from __future__ import annotations

from hashlib import blake2b

from courseshop.domain.text import xml_text
from courseshop.services.cover import PALETTES, initials


def avatar(name: str) -> str:
    """Return an SVG of 64 by 64 units with the initials of the first and the last word.

    It is hidden from screen readers, because pages show the name beside it.
    """
    words = name.split()
    letters = xml_text(initials(" ".join(words[:1] + words[1:][-1:])))
    background, _, _, accent = PALETTES[blake2b(name.encode()).digest()[0] % len(PALETTES)]
    return (
        '<svg class="avatar" viewBox="0 0 64 64" aria-hidden="true" focusable="false">'
        f'<rect width="64" height="64" fill="{background}"/><text x="32" y="41" font-size="26" '
        f'font-weight="700" font-family="system-ui, sans-serif" text-anchor="middle" '
        f'fill="{accent}">{letters}</text></svg>'
    )
