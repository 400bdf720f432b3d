"""Pairs of runs, one on each side, right after one another: what disturbs one disturbs both."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from benchmarks.load.asking import asking, check
from benchmarks.load.copies import served_ini
from benchmarks.load.people import People
from benchmarks.load.process import Start, free_port, running
from benchmarks.load.servers import SHOP, Entrant, Setup
from benchmarks.load.wrk import Load, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.compare.tree import Side
    from benchmarks.load.cases import Case
    from benchmarks.load.measure import Pace

FIRST = "/courses/bench-10-reviews"
FASTEST = 5_000


@dataclass(frozen=True)
class Player:
    """A side that is served, and the courses that are asked for there."""

    entrant: Entrant
    people: People

    def play(self, case: Case, pace: Pace) -> tuple[float, float]:
        """Return the requests per second and CPU milliseconds of a request, in one run."""
        most = pace.seconds * FASTEST
        asked = asking(case, self.entrant, self.people, most)
        server = self.entrant.running
        spent = server.cpu()
        load = Load(server.base, asked.asked, asked.headers, pace.clients, pace.seconds)
        found = run(load)
        self.people.asked += 0 if case.path else found.requests
        if found.errors:
            raise server.failed(f"failed at {found.errors} requests of {case.what}:")
        return found.per_second, 1_000 * (server.cpu() - spent) / max(1, found.requests)


@contextmanager
def player(side: Side, folder: Path) -> Iterator[Player]:
    """Serve one side by waitress."""
    port = free_port()
    setup = Setup(served_ini(side.tree, side.url, port, folder), side.url, port, root=side.tree)
    server = SHOP["waitress"]
    start = Start(side.name, port, server.argv(setup), server.environment(setup), FIRST)
    with running(start, folder) as one:
        yield Player(Entrant(server, one), People("", slugs(side.url)))


def slugs(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalars(text("SELECT slug FROM course WHERE slug NOT LIKE 'bench-%'"))
        names = list(found)
    engine.dispose()
    return names


def compared(
    old: Player, new: Player, cases: Sequence[Case], pace: Pace
) -> Iterator[dict[str, Any]]:
    """Yield for each case the medians of both sides, and the ratios of the pairs."""
    for case in cases:
        for one in (old, new):
            check(case, one.entrant, one.people)
            one.play(case, pace)
        pairs = []
        for number in range(pace.rounds):
            order = (new, old) if number % 2 else (old, new)
            found = {id(one): one.play(case, pace) for one in order}
            pairs.append((found[id(old)], found[id(new)]))
        yield told(case, pairs)


def told(
    case: Case, pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]
) -> dict[str, Any]:
    rates = [new[0] / old[0] for old, new in pairs if old[0]]
    costs = [new[1] / old[1] for old, new in pairs if old[1]]
    return {
        "case": case.name,
        "what": case.what,
        "old": median(old[0] for old, _new in pairs),
        "new": median(new[0] for _old, new in pairs),
        "ratio": median(rates),
        "least": min(rates),
        "most": max(rates),
        "cpu_ratio": median(costs) if costs else None,
    }
