"""The shop's icon: its logo as /favicon.ico, for browsers and crawlers that read no page first."""

from __future__ import annotations

import struct
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

import resvg_py

SIZE = 48
# One image of 48 by 48 pixels with 32 bits each, as PNG, after a header of 22 bytes.
HEADER = struct.Struct("<HHHBBBBHHII")


@lru_cache(maxsize=4)
def ico(path: str, media_type: str, _changed: int) -> bytes:
    """Return an image file as an icon; cached until its modification time changes."""
    data = b64encode(Path(path).read_bytes()).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}">'
        f'<image href="data:{media_type};base64,{data}" width="{SIZE}" height="{SIZE}"/></svg>'
    )
    image = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    entry = HEADER.pack(0, 1, 1, SIZE, SIZE, 0, 0, 1, 32, len(image), HEADER.size)
    return entry + image
