"""Rounds over all cases, in which the servers take turns; each is alone under load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from benchmarks.load import wrk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Site

# More than any server here answers in a second: of cold pages, and of writes.
FASTEST, FASTEST_WRITES = 5_000, 1_200
WARM_UP = 1


@dataclass(frozen=True)
class Pace:
    """How many rounds, of so many seconds, by so many clients where a case does not say it."""

    rounds: int
    seconds: int
    clients: int

    def writes(self, cases: Sequence[Case], servers: int) -> int:
        """Return how many reviews may come, of all rounds, warm-up and counting."""
        each = (self.rounds * self.seconds + WARM_UP) * FASTEST_WRITES
        return sum(case.writes for case in cases) * (servers * each + 100)


@dataclass(frozen=True)
class Sample:
    """One case on one server in one round; p50, p99 and CPU of a request in milliseconds."""

    case: str
    server: str
    round: int
    per_second: float
    p50: float
    p99: float
    cpu: float
    errors: int


def measure(cases: Sequence[Case], sites: Sequence[Site], pace: Pace) -> Iterator[Sample]:
    """Yield the samples of all rounds; every other one is in the opposite order."""
    for number in range(pace.rounds):
        for case in cases:
            click.echo(f"round {number + 1}: {case.what}", err=True)
            known = [site for site in sites if site.has(case)]
            for site in reversed(known) if number % 2 else known:
                if number == 0:
                    ask(case, site, pace.clients, WARM_UP)
                before = site.running.cpu()
                found = ask(case, site, pace.clients, pace.seconds)
                cpu = 1_000 * (site.running.cpu() - before) / max(1, found.requests)
                figures = (found.per_second, found.p50, found.p99, cpu, found.errors)
                yield Sample(case.name, site.name, number, *figures)


def ask(case: Case, site: Site, clients: int, seconds: int) -> wrk.Answers:
    """Put one server under the load of one case, by `clients` where the case does not say it."""
    people, clients = site.people, case.clients or clients
    requests = site.requests(case, seconds * (FASTEST_WRITES if case.writes else FASTEST))
    found = wrk.run(site.running.base, requests, clients, seconds)
    if not case.writes:
        people.asked += found.requests
        return found
    # wrk makes one request before it begins, and stops with some under way.
    used = found.requests + clients + 1
    if used > len(requests):
        raise click.ClickException(f"{case.what}: nothing was left to write; use fewer --seconds")
    del people.reviews[:used]
    people.made += found.made
    return found
