"""Rounds over all cases, in which the servers take turns; each is alone under load."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from benchmarks.load.asking import asking
from benchmarks.load.counters import Stored, stored
from benchmarks.load.wrk import Load, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.contest import Contest
    from benchmarks.load.people import People
    from benchmarks.load.servers import Entrant
    from benchmarks.load.wrk import Answers

# More than any server here answers in a second: of cold pages, and of writes.
FASTEST, FASTEST_WRITES = 5_000, 1_200
WARM_UP = 1


@dataclass(frozen=True)
class Pace:
    """How long, how often, and by how many clients where a case does not say it."""

    rounds: int
    seconds: int
    clients: int

    def writes(self, cases: Sequence[Case], servers: int) -> int:
        """Return how many writes of each kind may come, of all rounds, warm-up and counting."""
        kinds = [case.writes for case in cases if case.writes]
        most = max(map(kinds.count, kinds), default=0)
        return most * (servers * (self.rounds * self.seconds + WARM_UP) * FASTEST_WRITES + 100)


@dataclass(frozen=True)
class Sample:
    """One case on one server in one round; `counters` is None where nothing was written."""

    database: str
    case: str
    server: str
    round: int
    per_second: float
    p50: float
    p99: float
    cpu_ms: float
    bytes: float
    errors: int
    counters: bool | None = None
    said: str = ""

    def told(self) -> dict[str, Any]:
        return asdict(self)


def measure(contest: Contest) -> Iterator[Sample]:
    """Yield the samples of all rounds."""
    pace, people = contest.match.pace, contest.people
    for number in range(pace.rounds):
        for case in contest.match.cases:
            entrants = contest.entrants_of(case)
            for entrant in reversed(entrants) if number % 2 else entrants:
                if number == 0:
                    load(case, entrant, people, pace.clients, WARM_UP)
                yield sample(contest, case, entrant, number)


def sample(contest: Contest, case: Case, entrant: Entrant, number: int) -> Sample:
    """Return what came of one case on one server in one round."""
    before, pace = written(contest, case), contest.match.pace
    spent = entrant.running.cpu()
    found = load(case, entrant, contest.people, pace.clients, pace.seconds)
    spent = entrant.running.cpu() - spent
    same = ("per_second", "p50", "p99", "bytes", "errors", "said")
    return Sample(
        database=contest.database,
        case=case.name,
        server=entrant.name,
        round=number,
        cpu_ms=1_000 * spent / max(1, found.requests),
        counters=None if before is None else right(contest, case, before, found),
        **{name: getattr(found, name) for name in same},
    )


def written(contest: Contest, case: Case) -> Stored | None:
    """Return what there is of what a case writes, None where it does not."""
    return stored(contest.engine, contest.people, case.writes) if case.writes else None


def right(contest: Contest, case: Case, before: Stored, found: Answers) -> bool:
    """Tell whether there is as much more as was confirmed, and all is counted."""
    after = stored(contest.engine, contest.people, case.writes)
    # What was asked for last may have been stored without being answered.
    under_way = after.rows - before.rows - found.made
    return after.right and 0 <= under_way <= (case.clients or contest.match.pace.clients)


def load(case: Case, entrant: Entrant, people: People, clients: int, seconds: int) -> Answers:
    """Put one server under the load of one case, by `clients` where the case does not say it."""
    most = seconds * (FASTEST_WRITES if case.writes else FASTEST)
    asked = asking(case, entrant, people, most)
    clients, once = case.clients or clients, bool(case.writes)
    found = run(Load(entrant.running.base, asked.asked, asked.headers, clients, seconds, once))
    if found.exhausted:
        raise click.ClickException(f"{case.what}: nothing was left to write; use fewer --seconds")
    if once:
        # wrk makes one request of the script before it begins, and stops with some under way.
        used = min(len(asked.asked), found.requests + clients + 1)
        people.to_do[case.writes] += reversed(asked.asked[used:])
    elif not case.path:
        people.asked += found.requests
    return found
