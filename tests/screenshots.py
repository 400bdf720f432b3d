"""Photograph every page of a demo shop into a folder: python tests/screenshots.py FOLDER."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browsers import ACCOUNT_PAGES, PAGES, THEMES, WIDTHS, admit, launched
from helpers import Shop, serving, write_ini

from courseshop.scripts.relate import relate_all


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        ini = write_ini(Path(scratch), f"sqlite:///{scratch}/shop.sqlite")
        shop = Shop.open(ini)
        shop.init(demo=True)
        relate_all(shop.registry)
        cookie = admit(shop)
        shop.close()
        with serving(ini) as base, launched() as browser:
            for theme in THEMES:
                for size, width in WIDTHS.items():
                    page = browser.new_page(
                        viewport={"width": width, "height": 900}, color_scheme=theme
                    )
                    for name, url in PAGES.items():
                        page.goto(base + url)
                        page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=True)
                    page.context.add_cookies([{**cookie, "url": base}])
                    for name, url in ACCOUNT_PAGES.items():
                        page.goto(base + url)
                        page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=True)
                    page.close()
    print(f"{len(list(folder.iterdir()))} pictures in {folder}/")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
