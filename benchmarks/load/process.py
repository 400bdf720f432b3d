"""A server as a tree of processes: started, awaited, measured and stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING

import click
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 60.0
# What is installed has its bytecode beside it; a checkout gets it when it is first started.
INSTALLED = {"PYTHONDONTWRITEBYTECODE": ""}
MIB = 2**20


@dataclass(frozen=True)
class Reply:
    """One answer, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Running:
    """A server that answers at `port`; `started` is how many seconds that took."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    started: float = 0.0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tree(self) -> list[psutil.Process]:
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def cpu(self) -> float:
        """Return the seconds of processors that all its processes have used so far."""
        spent: float = 0
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system
        return spent

    def memory(self) -> float:
        """Return the MiB of memory that its largest process takes.

        What several processes share, as those of one that has started them all, counts for each by
        its part (PSS), where the system tells.
        """
        sizes = []
        for process in self.tree():
            with suppress(psutil.NoSuchProcess):
                found = process.memory_full_info()
                sizes.append(getattr(found, "pss", found.rss))
        return float(max(sizes)) / MIB

    def ask(
        self, path: str, headers: Mapping[str, str], method: str = "GET", body: str | None = None
    ) -> Reply:
        """Return the answer to one request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            return _read(connection.getresponse())
        finally:
            connection.close()

    def failed(self, what: str) -> click.ClickException:
        """Return the error that says what is wrong, with the end of the server's log."""
        end = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
        return click.ClickException(f"{self.name} {what}\n{end}")


def _read(response: HTTPResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, response.read())


def free_port() -> int:
    """Return a port that nobody listens at; of five digits, so that all pages are as long."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port >= 10_000:
            return port


@dataclass(frozen=True)
class Start:
    """How a server is started, and what it is asked until it answers."""

    name: str
    port: int
    argv: Sequence[str]
    environment: Mapping[str, str]
    path: str


@contextmanager
def running(start: Start, folder: Path) -> Iterator[Running]:
    """Start a server and yield it once it answers; it is stopped at the end."""
    log = folder / f"{start.name}-{start.port}.log"
    begun = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            start.argv,
            env={**os.environ, **INSTALLED, **start.environment},
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    server = Running(start.name, start.port, process, log)
    try:
        _await(server, start.path, begun + PATIENCE)
        server.started = time.monotonic() - begun
        yield server
    finally:
        stop(process)


def _await(server: Running, path: str, until: float) -> None:
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise server.failed("stopped at once:")
        with suppress(OSError, HTTPException):
            reply = server.ask(path, {"Accept": "text/html"})
            if reply.status >= 400:
                raise server.failed(f"answers {reply.status} to {path}:")
            return
        time.sleep(0.02)
    raise server.failed("does not answer:")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and its workers, patiently first."""
    with suppress(psutil.NoSuchProcess):
        workers = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        _gone, left = psutil.wait_procs([*workers, psutil.Process(process.pid)], timeout=1)
        for one in left:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()
