"""How many queries a request sends, seen at the drivers, by one request at a time."""

from __future__ import annotations

from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING

from benchmarks.load.asking import asking
from benchmarks.load.servers import NGINX, PEERS, ROOT, SHOP, Entrant

if TYPE_CHECKING:
    from benchmarks.load.asking import Asking
    from benchmarks.load.contest import Contest
    from benchmarks.load.process import Running

COUNTED = Path(__file__).parent / "counted"
# Until all that is made once is made; a cold page is another one each time.
BEFORE = 2
# A cold one may have more of something than another.
COUNTED_ONES = 5
ASK_NOTHING = {"bare", *NGINX}


def count_all(contest: Contest) -> None:
    """Count the queries of each case: of the shop once, for its servers do not differ in that.

    One process each, so that the same one is warm.
    """
    file = contest.folder / "statements"
    file.touch()
    more = {"PYTHONPATH": f"{COUNTED}:{ROOT}", "BENCH_STATEMENTS": str(file)}
    names = [name for name in contest.match.names if name in PEERS and name not in ASK_NOTHING]
    for name in ("waitress", *names):
        server = {**SHOP, **PEERS}[name]
        with contest.started(server, more) as running:
            for case in contest.match.cases:
                if contest.match.takes_part(name, case):
                    asked = asking(case, Entrant(server, running), contest.people)
                    contest.counted[case.name, name] = count(running, asked, file)


def count(running: Running, asking: Asking, file: Path) -> int:
    """Return the queries of one request: the median of some, after a warm-up."""
    found = []
    for number in range(BEFORE + COUNTED_ONES):
        one = asking.asked[number % len(asking.asked)]
        before = file.stat().st_size
        running.ask(one.path, asking.headers_of(one), one.method, one.body or None)
        found.append(file.stat().st_size - before)
    return median_low(found[BEFORE:])
