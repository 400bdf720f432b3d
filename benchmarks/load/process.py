"""A server as a tree of processes: started, awaited, measured and stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 60.0
MIB = 2**20


@dataclass(frozen=True)
class Reply:
    """One answer, read to its end; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Running:
    """A server that answers at `port`; `started` is how many seconds that took."""

    name: str
    port: int
    process: psutil.Popen
    log: Path
    started: float = 0.0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu(self) -> float:
        """Return the seconds of processors that all its processes have used so far."""
        times = [process.cpu_times() for process in self.tree()]
        return float(sum(one.user + one.system for one in times))

    def memory(self) -> float:
        """Return the MiB of memory that its largest process takes.

        What several processes share counts for each by its part (PSS), where the system tells.
        """
        sizes = [process.memory_full_info() for process in self.tree()]
        return float(max(getattr(size, "pss", size.rss) for size in sizes)) / MIB

    def ask(
        self, path: str, headers: Mapping[str, str], method: str = "GET", body: str | None = None
    ) -> Reply:
        """Return the answer to one request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            known = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, known, response.read())
        finally:
            connection.close()

    def failed(self, what: str) -> click.ClickException:
        """Return the error that says what is wrong, with the end of the server's log."""
        end = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
        return click.ClickException(f"{self.name} {what}\n{end}")

    def answers(self, path: str) -> bool:
        """Tell whether it answers yet; a ClickException where it has ended or refuses."""
        if self.process.poll() is not None:
            raise self.failed("stopped at once:")
        with suppress(OSError, HTTPException):
            status = self.ask(path, {"Accept": "text/html"}).status
            if status >= 400:
                raise self.failed(f"answers {status} to {path}:")
            return True
        return False


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    argv: Sequence[str], port: int, folder: Path, path: str, environment: Mapping[str, str]
) -> Iterator[Running]:
    """Start a program in a folder, and yield it once it answers to `path`; stop it at the end."""
    log, begun = folder / f"server-{port}.log", time.monotonic()
    # What is installed has its bytecode beside it; a checkout gets it when it is first started.
    known = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment}
    with log.open("wb") as file:
        process = psutil.Popen(argv, env=known, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    server = Running(Path(argv[0]).name, port, process, log)
    try:
        while not server.answers(path):
            if time.monotonic() > begun + PATIENCE:
                raise server.failed("does not answer:")
            time.sleep(0.02)
        server.started = time.monotonic() - begun
        yield server
    finally:
        stop(process)


def stop(process: psutil.Popen) -> None:
    """End a server and its workers, patiently first."""
    with suppress(psutil.NoSuchProcess):
        workers = process.children(recursive=True)
        process.terminate()
        for one in psutil.wait_procs([process, *workers], timeout=10)[1]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()
