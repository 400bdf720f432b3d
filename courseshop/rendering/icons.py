"""The icons of the pages, drawn on a grid of 20 by 20 with a line of the text's color."""

from __future__ import annotations

from markupsafe import Markup

SHAPES = {
    "alert": '<path d="M10 3 2.5 16.5h15zM10 8v4M10 14v.1"/>',
    "award": '<circle cx="10" cy="8" r="5"/><path d="m7 12-1.5 5.5L10 15.3l4.5 2.2L13 12"/>',
    "bold": '<path d="M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3 3 0 0 1 0 6H6z" stroke-width="2"/>',
    "book": '<path d="M3 4.5c2.7-.8 5-.5 7 .8 2-1.3 4.3-1.6 7-.8V15c-2.7-.8-5-.5-7 .8-2-1.3-4.3-1.6-7-.8zM10 5.3v10.5"/>',
    "calendar": '<path d="M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5"/>',
    "check": '<path d="m4 10.5 4 4 8-9"/>',
    "chevron": '<path d="m5 7.5 5 5 5-5"/>',
    "clock": '<circle cx="10" cy="10" r="7"/><path d="M10 6v4l2.8 1.8"/>',
    "close": '<path d="m5 5 10 10M15 5 5 15"/>',
    "compare": '<path d="M6.5 4v12M13.5 4v12M3 7.5 6.5 4 10 7.5M10 12.5l3.5 3.5 3.5-3.5"/>',
    "copy": '<path d="M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7"/>',
    "desk": '<path d="M3 16.5V9M8 16.5V4M13 16.5v-6M17.5 16.5H2.5"/>',
    "edit": '<path d="M4 16l.8-3.4L13.4 4l2.6 2.6-8.6 8.6zM11.8 5.6l2.6 2.6"/>',
    "eye": '<path d="M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10z"/><circle cx="10" cy="10" r="2.3"/>',
    "filter": '<path d="M3 6h14M5.5 10h9M8 14h4"/>',
    "flag": '<path d="M5 17.5V3.5M5 4h10.5l-2.5 3.5 2.5 3.5H5"/>',
    "globe": '<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2.4 2 3.3 4.4 3.3 7s-.9 5-3.3 7c-2.4-2-3.3-4.4-3.3-7S7.6 5 10 3z"/>',
    "grip": '<path d="M7.5 5v.1M12.5 5v.1M7.5 10v.1M12.5 10v.1M7.5 15v.1M12.5 15v.1" stroke-width="2.4"/>',
    "heading": '<path d="M5 4v12M15 4v12M5 10h10"/>',
    "heart": '<path d="M10 16.5S3.2 12.6 3.2 7.9A3.6 3.6 0 0 1 10 6.3a3.6 3.6 0 0 1 6.8 1.6c0 4.7-6.8 8.6-6.8 8.6z"/>',
    "heart-full": '<path fill="currentColor" d="M10 16.5S3.2 12.6 3.2 7.9A3.6 3.6 0 0 1 10 6.3a3.6 3.6 0 0 1 6.8 1.6c0 4.7-6.8 8.6-6.8 8.6z"/>',
    "info": '<circle cx="10" cy="10" r="7"/><path d="M10 9.2v4.3M10 6.5v.1"/>',
    "italic": '<path d="M8.5 4H15M5 16h6.5M12 4 8 16"/>',
    "key": '<circle cx="6.5" cy="13.5" r="3"/><path d="m8.7 11.3 7.8-7.8M13.5 6.5l2.5 2.5"/>',
    "laptop": '<path d="M4.5 4.5h11v8h-11zM2.5 15.5h15"/>',
    "level": '<path d="M4 16v-4M10 16V8M16 16V4"/>',
    "link": '<path d="m8.5 11.5 3-3M9 6l1.8-1.8a3.5 3.5 0 0 1 5 5L14 11M11 14l-1.8 1.8a3.5 3.5 0 0 1-5-5L6 9"/>',
    "list": '<path d="M8 5.5h9M8 10h9M8 14.5h9M4 5.5v.1M4 10v.1M4 14.5v.1"/>',
    "lock": '<path d="M4.5 9h11v8h-11zM7 9V6.5a3 3 0 0 1 6 0V9"/>',
    "logout": '<path d="M8 3.5H4v13h4M8.5 10h8.5M13.5 6.5 17 10l-3.5 3.5"/>',
    "mail": '<path d="M3 5h14v10.5H3zM3.3 5.5 10 11l6.7-5.5"/>',
    "menu": '<path d="M3 6h14M3 10h14M3 14h14"/>',
    "next": '<path d="m7.5 5 5 5-5 5"/>',
    "people": '<circle cx="7.5" cy="7" r="3"/><path d="M2 16.5c0-3 2.5-5 5.5-5s5.5 2 5.5 5M13 4.3a3 3 0 0 1 0 5.4M15 12c1.9.7 3 2.3 3 4.5"/>',
    "phone": '<path d="M6 2.8h8v14.4H6zM9 15h2"/>',
    "plus": '<path d="M10 4v12M4 10h12"/>',
    "prev": '<path d="m12.5 5-5 5 5 5"/>',
    "quote": '<path fill="currentColor" stroke="none" d="M3 14V9.5C3 7 4.5 5.2 7.5 5v2.2c-1.3.3-1.9 1-1.9 2.3h2.2V14zm8.5 0V9.5c0-2.5 1.5-4.3 4.5-4.5v2.2c-1.3.3-1.9 1-1.9 2.3h2.2V14z"/>',
    "search": '<circle cx="9" cy="9" r="5.5"/><path d="m13.2 13.2 4 4"/>',
    "share": '<path d="M10 12.5V3M6.5 6.2 10 2.8l3.5 3.4M5.5 9.5H4v7.5h12V9.5h-1.5"/>',
    "shield": '<path d="M10 2.8 4 5v4.5c0 3.7 2.5 6.3 6 7.7 3.5-1.4 6-4 6-7.7V5z"/><path d="m7.3 9.8 2 2 3.5-3.8"/>',
    "star": '<path fill="currentColor" stroke="none" d="m10 2.6 2.3 4.7 5.2.7-3.8 3.6.9 5.2L10 14.3l-4.6 2.5.9-5.2L2.5 8l5.2-.7z"/>',
    "text": '<path d="M4 5h12M4 9h12M4 13h8"/>',
    "thumb": '<path d="M7 9 9.8 2.8c1.3 0 2 .9 2 2.1v3h4.4l-1 7.2c-.1.8-.6 1.2-1.4 1.2H7zM3.5 9H7v7.3H3.5z"/>',
    "trash": '<path d="M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.7 11.5h7.6l.7-11.5M8.5 8.5v5.5M11.5 8.5v5.5"/>',
    "up": '<path d="m5 12.5 5-5 5 5"/>',
    "user": '<circle cx="10" cy="7" r="3.3"/><path d="M3.5 17c0-3.2 2.9-5.2 6.5-5.2s6.5 2 6.5 5.2"/>',
}


def icon(name: str, turns: bool = False) -> Markup:
    """Return an icon as SVG. If it `turns`, it is mirrored on pages that run from right to left.

    It is hidden from screen readers: the words beside it say what it means. Raises KeyError if
    there is no icon of this name.
    """
    kind = "icon icon-turn" if turns else "icon"
    svg = f'<svg class="{kind}" viewBox="0 0 20 20" aria-hidden="true">{SHAPES[name]}</svg>'
    return Markup(svg)  # noqa: S704 - our own SVG
