"""Rounds over all cases, in which the servers take turns; each is alone under load.

wrk asks: many clients on one thread, so it takes little of the machine.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from benchmarks.load.cases import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.load.shop import Site

SCRIPT = Path(__file__).with_name("wrk.lua")
BETWEEN = "\x1e"
# More than any server here answers in a second: of cold pages, and of writes.
FASTEST, FASTEST_WRITES = 5_000, 1_200
WARM_UP = 1
CHOSEN = click.option(
    "--case", "names", type=click.Choice(list(CASES)), multiple=True, default=list(CASES)
)
ROUNDS = click.option("--rounds", type=click.IntRange(1), default=3)
SECONDS = click.option("--seconds", type=click.IntRange(1), default=2)


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: str = ""

    def raw(self, host: str) -> str:
        """Return it as it is sent to a host."""
        length = {"Content-Length": str(len(self.body.encode()))} if self.body else {}
        headers = {"Host": host, **self.headers, **length}
        fields = (f"{name}: {value}" for name, value in headers.items())
        return "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *fields, "", self.body])


@dataclass
class Answers:
    """What wrk saw; p50, p99 and CPU of a request in milliseconds. `made` counts those of 201."""

    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int
    made: int
    cpu: float = 0.0


# What was seen by case and site, round by round.
Samples = dict[tuple[Case, str], list[Answers]]


def find_wrk() -> str:
    """Return the path of wrk, or raise a ClickException that tells how to get it."""
    path = shutil.which("wrk")
    if path is None:
        raise click.ClickException("wrk is missing, which asks the servers: apt-get install wrk")
    return path


def writes(cases: Sequence[Case], servers: int, rounds: int, seconds: int) -> int:
    """Return how many reviews may come, of all rounds, warm-up and counting."""
    each = (rounds * seconds + WARM_UP) * FASTEST_WRITES
    return sum(case.writes for case in cases) * (servers * each + 100)


def measure(cases: Sequence[Case], sites: Sequence[Site], rounds: int, seconds: int) -> Samples:
    """Return the samples of all rounds; every other one is in the opposite order."""
    found = defaultdict(list)
    for number in range(rounds):
        for case in cases:
            click.echo(f"round {number + 1}: {case.what}", err=True)
            known = [site for site in sites if site.has(case)]
            for site in reversed(known) if number % 2 else known:
                if number == 0:
                    ask(case, site, WARM_UP)
                before = site.running.cpu()
                sample = ask(case, site, seconds)
                sample.cpu = 1_000 * (site.running.cpu() - before) / max(1, sample.requests)
                found[case, site.name].append(sample)
    return found


def ask(case: Case, site: Site, seconds: int) -> Answers:
    """Put one server under the load of one case."""
    people = site.people
    requests = site.requests(case, seconds * (FASTEST_WRITES if case.writes else FASTEST))
    found = run_wrk(site.running.base, requests, case.clients, seconds)
    if not case.writes:
        people.asked += found.requests
        return found
    # wrk makes one request before it begins, and stops with some under way.
    used = found.requests + case.clients + 1
    if used > len(requests):
        raise click.ClickException(f"{case.what}: nothing was left to write; use fewer --seconds")
    del people.reviews[:used]
    people.made += found.made
    return found


def run_wrk(base: str, requests: Sequence[Request], clients: int, seconds: int) -> Answers:
    """Have clients send the requests, over and over, to the server at the URL `base`."""
    host = base.removeprefix("http://")
    with tempfile.NamedTemporaryFile("w", newline="") as file:
        file.write(BETWEEN.join(one.raw(host) for one in requests))
        file.flush()
        command = [
            *(find_wrk(), "--threads", "1", "--connections", str(clients)),
            *("--duration", f"{seconds}s", "--timeout", "10s", "--script", str(SCRIPT)),
            *(base, "--", file.name, "count" if requests[0].method == "POST" else "all"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    _before, mark, line = done.stdout.partition("\nRESULT ")
    if done.returncode or not mark:
        raise click.ClickException(f"wrk failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return Answers(**orjson.loads(line))
