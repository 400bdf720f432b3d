"""All that take part on one database: started together, and put under load one after the other.

So what disturbs one disturbs all, and one that nobody asks costs hardly anything.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, make_url

from benchmarks.load import nginx
from benchmarks.load.agreement import agree
from benchmarks.load.asking import check
from benchmarks.load.copies import bare_ini, copy_of, kind_of, served_ini
from benchmarks.load.counting import count_all
from benchmarks.load.people import People, arrive
from benchmarks.load.process import Running, Start, free_port, running
from benchmarks.load.recording import BEFORE
from benchmarks.load.servers import PEERS, ROOT, SHOP, Entrant, Server, Setup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import URL, Engine

    from benchmarks.load.cases import Case
    from benchmarks.load.measure import Pace

FIRST = "/courses/bench-10-reviews"


@dataclass(frozen=True)
class Match:
    """What is measured: cases, on servers of these names, of so many processes (waitress: 1)."""

    cases: Sequence[Case]
    names: Sequence[str]
    pace: Pace
    processes: int

    def takes_part(self, name: str, case: Case) -> bool:
        return name in SHOP or case.has_peer(name)


@dataclass
class Contest:
    """The servers on a copy of one shop, and who asks them.

    `counted` holds the queries of a request by case and server.
    """

    match: Match
    url: str
    folder: Path
    people: People
    engine: Engine
    entrants: dict[str, Entrant] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return kind_of(make_url(self.url))

    @contextmanager
    def started(self, server: Server, more: dict[str, str] | None = None) -> Iterator[Running]:
        """Start a server, with more in its environment; it is stopped at the end."""
        port = free_port()
        setup = Setup(self.ini_of(server, port), self.url, port, self.match.processes)
        environment = {**server.environment(setup), **(more or {})}
        start = Start(server.name, port, server.argv(setup), environment, FIRST)
        with running(start, self.folder) as one:
            yield one

    def ini_of(self, server: Server, port: int) -> Path:
        """Write what a server is configured by, and return the file."""
        folder, processes = self.folder, self.match.processes
        if server.name == "bare":
            return bare_ini(ROOT, str(folder / "answers.json"), port, folder)
        if server.name == "file":
            return nginx.of_files(port, folder / "file", processes)
        if server.name == "nginx":
            first = next(iter(self.entrants.values()))
            return nginx.before(first.running.port, port, folder / "nginx", processes)
        return served_ini(ROOT, self.url, port, folder)

    def entrants_of(self, case: Case) -> list[Entrant]:
        """Return the servers that a case is for."""
        return [one for one in self.entrants.values() if self.match.takes_part(one.name, case)]


@contextmanager
def contest(url: URL, folder: Path, match: Match) -> Iterator[Contest]:
    """Yield a copy of the database, with people in it, and how many queries pages send."""
    ours = sum(name in SHOP for name in match.names)
    with copy_of(url, folder) as copied:
        ini = served_ini(ROOT, copied, free_port(), folder)
        people = arrive(ini, match.pace.writes(match.cases, ours))
        engine = create_engine(make_url(copied))
        one = Contest(match, copied, folder, people, engine)
        count_all(one)
        try:
            yield one
        finally:
            engine.dispose()


@contextmanager
def all_started(contest: Contest) -> Iterator[None]:
    """Have all servers running, which agree on the pages and answer as they should."""
    with ExitStack() as stack:
        for name in contest.match.names:
            if name in BEFORE:
                BEFORE[name](contest)
            server = {**SHOP, **PEERS}[name]
            running = stack.enter_context(contest.started(server))
            contest.entrants[name] = Entrant(server, running)
        agree(contest)
        for case in contest.match.cases:
            for entrant in contest.entrants_of(case):
                if not case.writes:
                    check(case, entrant, contest.people)
        yield
    contest.entrants.clear()
