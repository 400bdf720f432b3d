"""wrk, the program that asks: many clients on few threads, so it takes little of the machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCRIPT = Path(__file__).with_name("wrk.lua")


class NoWrk(click.ClickException):
    def __init__(self) -> None:
        super().__init__("wrk is missing, which asks the servers: apt-get install wrk (or brew)")


@dataclass(frozen=True)
class Asked:
    """One request of a list; `token` and `body` may be empty."""

    path: str
    method: str = "GET"
    token: str = ""
    body: str = ""

    def line(self) -> str:
        return f"{self.method}\t{self.path}\t{self.token}\t{self.body}"


@dataclass(frozen=True)
class Load:
    """What wrk does: `clients` ask for the list over and over, or `once`, for whole seconds."""

    base: str
    asked: Iterable[Asked]
    headers: Mapping[str, str]
    clients: int
    seconds: int
    once: bool = False


@dataclass(frozen=True)
class Answers:
    """What wrk saw; times in milliseconds. `made` counts 201, `known` 200 and 204, of `once`."""

    requests: int
    per_second: float
    p50: float
    p99: float
    bytes: float
    errors: int
    made: int
    known: int
    exhausted: bool
    said: str


def find() -> str:
    """Return the path of wrk, or raise NoWrk."""
    path = shutil.which("wrk")
    if path is None:
        raise NoWrk
    return path


def run(load: Load) -> Answers:
    """Put a server under load, and return what came of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(f"{one.line()}\n" for one in load.asked)
        file.flush()
        headers = [f"{name}: {value}" for name, value in load.headers.items()]
        command = [
            *(find(), "--threads", "1", "--connections", str(load.clients)),
            *("--duration", f"{load.seconds}s", "--timeout", "10s", "--script", str(SCRIPT)),
            *(part for header in headers for part in ("--header", header)),
            *(load.base, "--", file.name, *(["once"] if load.once else [])),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "\nRESULT " not in done.stdout:
        raise click.ClickException(f"wrk failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return answers(done.stdout)


def answers(told: str) -> Answers:
    """Return what the script's line RESULT says."""
    _before, _mark, rest = told.partition("\nRESULT ")
    line, _end, more = rest.partition("\n")
    found: dict[str, Any] = orjson.loads(line)
    requests = found["requests"]
    return Answers(
        requests=requests,
        per_second=requests / (found["microseconds"] / 1e6),
        p50=found["p50"] / 1e3,
        p99=found["p99"] / 1e3,
        bytes=found["bytes"] / max(1, requests),
        errors=found["broken"] + max(found["refused"], found["other"]),
        made=found["made"],
        known=found["known"],
        exhausted=found["exhausted"],
        said=more.partition("SAID ")[2].strip(),
    )
