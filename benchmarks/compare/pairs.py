"""Pairs of runs, one on each side, right after one another: what disturbs one disturbs both."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from benchmarks.compare.tree import benchmarks
from benchmarks.load.asking import check
from benchmarks.load.copies import copy_of, served_ini
from benchmarks.load.measure import load
from benchmarks.load.people import People, read_people
from benchmarks.load.process import Start, free_port, running
from benchmarks.load.servers import SHOP, Entrant, Setup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.compare.tree import Side
    from benchmarks.load.cases import Case
    from benchmarks.load.measure import Pace

FIRST = "/courses/bench-10-reviews"


@dataclass(frozen=True)
class Run:
    """What came of one run; times in milliseconds."""

    per_second: float
    p99: float
    cpu: float


@dataclass(frozen=True)
class Player:
    """One commit under load: its server, and the people who send requests."""

    entrant: Entrant
    people: People

    def play(self, case: Case, pace: Pace) -> Run:
        server = self.entrant.running
        spent = server.cpu()
        found = load(case, self.entrant, self.people, pace.clients, pace.seconds)
        spent = server.cpu() - spent
        if found.errors:
            raise server.failed(f"failed at {found.errors} requests of {case.what}:")
        return Run(found.per_second, found.p99, 1_000 * spent / max(1, found.requests))


@contextmanager
def player(side: Side, folder: Path, writes: int) -> Iterator[Player]:
    """Serve a copy of one side's shop by waitress, with people of its own who write so often."""
    place, port = folder / side.name, free_port()
    place.mkdir()
    with copy_of(make_url(side.url), place) as url:
        ini = served_ini(side.tree, url, port, place)
        people = read_people(benchmarks(side.tree, "people", str(ini), "--writes", str(writes)))
        setup = Setup(ini, url, port, 1, side.tree)
        server = SHOP["waitress"]
        start = Start(side.name, port, server.argv(setup), server.environment(setup), FIRST)
        with running(start, place) as one:
            yield Player(Entrant(server, one), people)


def compared(
    old: Player, new: Player, cases: Sequence[Case], pace: Pace
) -> Iterator[dict[str, Any]]:
    """Yield for each case the medians of both sides, and the ratios of the pairs."""
    for case in cases:
        for one in (old, new):
            if not case.writes:
                check(case, one.entrant, one.people)
            one.play(case, pace)
        pairs = []
        for number in range(pace.rounds):
            order = (new, old) if number % 2 else (old, new)
            found = {id(one): one.play(case, pace) for one in order}
            pairs.append((found[id(old)], found[id(new)]))
        yield told(case, pairs)


def told(case: Case, pairs: Sequence[tuple[Run, Run]]) -> dict[str, Any]:
    rates = [new.per_second / old.per_second for old, new in pairs if old.per_second]
    costs = [new.cpu / old.cpu for old, new in pairs if old.cpu]
    return {
        "case": case.name,
        "what": case.what,
        "old": median(old.per_second for old, _new in pairs),
        "new": median(new.per_second for _old, new in pairs),
        "ratio": median(rates),
        "least": min(rates),
        "most": max(rates),
        "cpu_ratio": median(costs) if costs else None,
        "p99": [median(old.p99 for old, _new in pairs), median(new.p99 for _old, new in pairs)],
    }
