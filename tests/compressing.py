"""`make static`: join the style sheets, and compress static files so that no request waits for it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli

from courseshop.framework.static import hash_of, hashed

PACKAGE = Path(__file__).parent.parent / "courseshop"
STATIC, STYLES = PACKAGE / "static", PACKAGE / "styles"
FONT = re.compile(r'url\("(?P<path>fonts/[\w-]+)(?:\.[0-9a-f]{12})?\.woff2"\)')
IMPORT = re.compile(r'^@import "(?P<name>[\w-]+\.css)";\n', re.MULTILINE)
# Images and fonts are compressed by themselves.
TEXTS = {".css", ".js", ".svg"}
COMPRESS = {
    ".br": lambda text: brotli.compress(text, brotli.MODE_TEXT),
    ".gz": lambda text: gzip.compress(text, mtime=0),
}
DECOMPRESS = {".br": brotli.decompress, ".gz": gzip.decompress}


def joined() -> str:
    """Return `styles/index.css` with the contents of the sheets that it imports."""
    index = (STYLES / "index.css").read_text()
    return IMPORT.sub(lambda found: (STYLES / found["name"]).read_text(), index)


def with_fonts(sheet: str) -> str:
    """Return a style sheet whose fonts have the URLs that browsers cache forever."""

    def url(found: re.Match[str]) -> str:
        path = f"{found['path']}.woff2"
        return f'url("{hashed(path, hash_of(str(STATIC / path)))}")'

    return FONT.sub(url, sheet)


def texts() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in TEXTS)


def compressed() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in COMPRESS)


def main() -> None:
    """Join the style sheets, name the fonts in them, and put a compressed copy beside each text if it is smaller."""
    (STATIC / "shop.css").write_text(joined())
    tokens = STATIC / "tokens.css"
    tokens.write_text(with_fonts(tokens.read_text()))
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
