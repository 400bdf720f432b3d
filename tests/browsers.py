"""Chromium as the tests and `make screenshots` use it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MISSING = "needs Chromium: apt-get install chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
WIDTHS = {"phone": 360, "wide": 1280}
THEMES = ("light", "dark")
PAGES = {
    "home": "/",
    "courses": "/courses",
    "course-seed": "/courses/backend-with-python",
    "course-rated": "/courses/speak-up-public-speaking",
    "share": "/courses/backend-with-python/share",
    "reviews": "/courses/speak-up-public-speaking/reviews",
    "no-reviews": "/courses/backend-with-python/reviews",
    "found": "/courses?q=design",
    "not-found": "/courses?q=zzzz",
    "categories": "/categories",
    "category": "/categories/design",
    "person": "/people/jonas-lindqvist",
    "student": "/people/mina-rahimi",
    "login": "/account/login",
    "error-404": "/nothing",
    "error-400": "/courses?limit=0&colour=red",
}


@contextmanager
def launched():
    """Yield the system's Chromium; in CI its absence is an error, elsewhere the caller skips."""
    if CHROMIUM is None and os.environ.get("CI"):
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
