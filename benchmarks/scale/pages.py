"""What is asked: pages of the shops that benchmarks.data fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.data import COMMON, MIDDLING, RARE, SPECIAL

if TYPE_CHECKING:
    from benchmarks.scale.site import Site

# "json " in front asks for that form. {deep} is a cursor far from the first page. Those that
# the shop refuses are left out, so what is still to come may stand here, too.
PAGES = (
    *(f"/courses/{slug}" for slug in SPECIAL),
    *(f"json /courses/{slug}" for slug in SPECIAL),
    "/courses",
    "json /courses",
    "/courses?after={deep}",
    "json /courses?after={deep}",
    "/categories/{category}",
    "/courses?q={common}",
    "/courses?q={middling}",
    "/courses?q={rare}",
    "/courses?level=beginner",
    "/courses?language=de",
    "/courses?price=free",
    "/courses?price=paid&rating=4.5&sort=price",
    "/courses?price=free&language=fr&level=advanced",
    "/courses?max_minutes=60&sort=title",
    "/courses?sort=rating",
    "/courses?sort=popular",
    "/courses?q={common}&sort=relevance",
)
# Page 1,001 of the usual length is behind that many pages of a hundred.
MOST_STEPS = 200


def names(site: Site) -> dict[str, str]:
    """Return what stands for the names in PAGES at one shop."""
    categories = site.read("/categories?limit=1")["items"]
    return {
        "common": COMMON,
        "middling": MIDDLING,
        "rare": RARE,
        "category": categories[0]["slug"],
        "deep": deep_cursor(site),
    }


def deep_cursor(site: Site) -> str:
    """Return the cursor behind half of the courses, or 20,000, found by following `next`."""
    limit = max(1, min(100, site.courses // 4))
    page: Any = site.read(f"/courses?limit={limit}")
    for _ in range(min(MOST_STEPS, site.courses // (2 * limit)) - 1):
        page = site.read(page["links"]["next"])
    following = str(page["links"]["next"])
    return parse_qs(urlsplit(following).query)["after"][0]
