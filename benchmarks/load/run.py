"""One run over some databases, and what is told of it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import create_engine, func, select

from benchmarks.load.contest import Contest, Match, all_started, contest
from benchmarks.load.copies import kind_of, server_settings
from benchmarks.load.figures import rows
from benchmarks.load.goals import goals
from benchmarks.load.life import live
from benchmarks.load.machine import commit, machine, now, versions, warnings
from benchmarks.load.measure import Sample, measure
from benchmarks.load.servers import ROOT
from courseshop.models import Course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL


class Run:
    """One run over databases of different kinds.

    `requests` is how many a process has answered before its memory is looked at; 0: not at all.
    """

    def __init__(self, urls: Sequence[URL], match: Match, requests: int) -> None:
        kinds = [kind_of(url) for url in urls]
        if len(set(kinds)) != len(kinds):
            raise click.ClickException("one shop on each kind of database, please")
        self.urls, self.match, self.requests = urls, match, requests
        self.samples: list[Sample] = []
        self.counted: dict[tuple[str, str, str], int] = {}
        self.lives: dict[str, dict[str, Any]] = {}

    def report(self) -> dict[str, Any]:
        """Measure all, and return what is told of it."""
        found: dict[str, Any] = {"at": now(), "commit": commit(), "machine": machine()}
        doubts = warnings(found["machine"])
        for doubt in doubts:
            click.echo(f"Warning: {doubt}", err=True)
        for url in self.urls:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                self.measure(url, Path(folder))
        told = rows(self.samples, self.match.cases, self.counted)
        return {
            **found,
            "warnings": doubts,
            "versions": versions(self.urls),
            "settings": self.settings(),
            "waitress": server_settings(ROOT),
            "courses": {kind_of(url): courses_of(url) for url in self.urls},
            "rows": told,
            "goals": [one.told() for one in goals(told, self.lives)],
            "lives": self.lives,
            "samples": [one.told() for one in self.samples],
        }

    def settings(self) -> dict[str, int]:
        pace = self.match.pace
        how = {"rounds": pace.rounds, "seconds": pace.seconds, "clients": pace.clients}
        return {**how, "processes": self.match.processes, "requests": self.requests}

    def measure(self, url: URL, folder: Path) -> None:
        """Measure all cases on one database; on the first also a process by itself."""
        with contest(url, folder, self.match) as one:
            self.counted |= {(one.database, *key): n for key, n in one.counted.items()}
            with all_started(one):
                self.rounds(one)
            if url is self.urls[0]:
                self.lives[one.database] = live(one, self.requests)

    def rounds(self, one: Contest) -> None:
        """Measure the cases, behind a progress bar."""
        each = sum(len(one.entrants_of(case)) for case in self.match.cases)
        console = Console(stderr=True)
        with Progress(console=console, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task(one.database, total=self.match.pace.rounds * each)
            for sample in measure(one):
                self.samples.append(sample)
                progress.advance(task)


def courses_of(url: URL) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(Course))
    engine.dispose()
    return int(found or 0)
