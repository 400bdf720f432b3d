"""`make static`: compress the static files once, so that no server does it while somebody waits."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli

STATIC = Path(__file__).parent.parent / "courseshop" / "static"
# Images and fonts are compressed by themselves.
TEXTS = {".css", ".js", ".svg"}
COMPRESS = {
    ".br": lambda text: brotli.compress(text, brotli.MODE_TEXT),
    ".gz": lambda text: gzip.compress(text, mtime=0),
}
DECOMPRESS = {".br": brotli.decompress, ".gz": gzip.decompress}


def texts() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in TEXTS)


def compressed() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in COMPRESS)


def main() -> None:
    """Put beside each text what is smaller than it, and take away what was there before."""
    for path in compressed():
        path.unlink()
    for path in texts():
        text = path.read_bytes()
        for ending, compress in COMPRESS.items():
            small = compress(text)
            if len(small) < len(text):
                path.with_name(path.name + ending).write_bytes(small)


if __name__ == "__main__":
    main()
