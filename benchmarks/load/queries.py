"""How many queries a request sends, seen at the drivers, by one request at a time."""

from __future__ import annotations

from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING

from benchmarks.load.cases import FRAMEWORKS
from benchmarks.load.shop import ROOT, SHOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Shop, Site

COUNTED = Path(__file__).parent / "counted"
# Until all that is made once is made; and some, for one may have more of something than another.
BEFORE, SOME = 2, 5


def count_queries(
    shop: Shop, cases: Sequence[Case], servers: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return the queries of a request by case and server; those of the shop do not differ."""
    file = shop.folder / "queries"
    file.touch()
    found: dict[tuple[str, str], int] = {}
    more = {"PYTHONPATH": f"{COUNTED}:{ROOT}", "BENCH_QUERIES": str(file)}
    for server in ("waitress", *(one for one in FRAMEWORKS if one in servers)):
        with shop.start(server, more=more) as site:
            for case in cases:
                if site.has(case):
                    number = count(site, case, file)
                    names = SHOP if server in SHOP else (server,)
                    found |= {(case.name, name): number for name in names}
    return found


def count(site: Site, case: Case, file: Path) -> int:
    """Return the queries of one request; a ClickException where it is answered otherwise."""
    found, asked = [], site.requests(case, BEFORE + SOME)
    expected = 201 if case.writes else 304 if case.has_etag else 200
    for number in range(BEFORE + SOME):
        one, before = asked[number % len(asked)], file.stat().st_size
        reply = site.running.ask(one.path, one.headers, one.method, one.body or None)
        if reply.status != expected:
            raise site.running.failed(f"answers {reply.status} to {case.what}:")
        site.people.made += case.writes
        found.append(file.stat().st_size - before)
    if case.writes:
        del site.people.reviews[: len(asked)]
    return median_low(found[BEFORE:])
