"""Take screenshots of every page of a demo shop: python tests/screenshots.py FOLDER [VIEW …]."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from browsers import ACCOUNT_PAGES, PAGES, admit, launched
from helpers import Shop, serving, write_ini

from courseshop.scripts.relate import relate_all

WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 780}}
FROM_RIGHT = 'document.documentElement.dir = "rtl"'
LARGE_TEXT = 'document.documentElement.style.fontSize = "200%"'
# The options of a browser's context, and what a script changes in each page.
VIEWS = {
    "phone": (PHONE, ""),
    "tablet": ({"viewport": {"width": 768, "height": 1024}}, ""),
    "wide": (WIDE, ""),
    "huge": ({"viewport": {"width": 1920, "height": 1080}}, ""),
    "phone-dark": ({**PHONE, "color_scheme": "dark"}, ""),
    "wide-dark": ({**WIDE, "color_scheme": "dark"}, ""),
    "forced-colors": ({**WIDE, "forced_colors": "active"}, ""),
    "phone-rtl": (PHONE, FROM_RIGHT),
    "wide-rtl": (WIDE, FROM_RIGHT),
    # What a window of 1280 pixels shows at 200 %.
    "zoomed": ({"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}, ""),
    "large-text": (WIDE, LARGE_TEXT),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("views", nargs="*", metavar="VIEW", help=f"some of: {', '.join(VIEWS)}")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        ini = write_ini(Path(scratch), f"sqlite:///{scratch}/shop.sqlite")
        shop = Shop.open(ini)
        shop.init(demo=True)
        relate_all(shop.registry)
        cookie = admit(shop)
        shop.close()
        with serving(ini) as base, launched() as browser:
            for view in given.views or VIEWS:
                take(browser, base, cookie, given.folder / view)


def take(browser, base, cookie, folder):
    """Write a picture of each page into the folder, which is named as its view."""
    folder.mkdir(parents=True, exist_ok=True)
    context, script = VIEWS[folder.name]
    page = browser.new_page(**context)
    for pages in (PAGES, ACCOUNT_PAGES):
        for name, url in pages.items():
            page.goto(base + url)
            page.evaluate(script)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
        page.context.add_cookies([{**cookie, "url": base}])
    page.close()
    print(f"{len(PAGES) + len(ACCOUNT_PAGES)} pictures in {folder}/")  # noqa: T201


if __name__ == "__main__":
    main()
