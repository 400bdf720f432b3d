"""wrk, the program that asks: many clients on one thread, so it takes little of the machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCRIPT = Path(__file__).with_name("wrk.lua")
BETWEEN = "\x1e"


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: str = ""

    def raw(self, host: str) -> str:
        """Return it as it is sent to a host."""
        headers = {"Host": host, **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body.encode()))
        fields = (f"{name}: {value}" for name, value in headers.items())
        return "\r\n".join([f"{self.method} {self.path} HTTP/1.1", *fields, "", self.body])


@dataclass(frozen=True)
class Answers:
    """What wrk saw; p50 and p99 in milliseconds. Of POST, `made` counts the answers of 201."""

    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int
    made: int


def find() -> str:
    """Return the path of wrk, or raise a ClickException that tells how to get it."""
    path = shutil.which("wrk")
    if path is None:
        raise click.ClickException("wrk is missing, which asks the servers: apt-get install wrk")
    return path


def run(base: str, requests: Sequence[Request], clients: int, seconds: int) -> Answers:
    """Have clients send the requests, over and over, to the server at the URL `base`."""
    host = base.removeprefix("http://")
    with tempfile.NamedTemporaryFile("w", newline="") as file:
        file.write(BETWEEN.join(one.raw(host) for one in requests))
        file.flush()
        command = [
            *(find(), "--threads", "1", "--connections", str(clients)),
            *("--duration", f"{seconds}s", "--timeout", "10s", "--script", str(SCRIPT)),
            *(base, "--", file.name, "count" if requests[0].method == "POST" else "all"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    _before, mark, line = done.stdout.partition("\nRESULT ")
    if done.returncode or not mark:
        raise click.ClickException(f"wrk failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    told = orjson.loads(line)
    rate = told["requests"] / told.pop("microseconds") * 1e6
    return Answers(**{**told, "p50": told["p50"] / 1e3, "p99": told["p99"] / 1e3}, per_second=rate)
