"""A server as a tree of processes: started, awaited, measured and stopped."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from email.message import Message

PATIENCE = 60.0


class Reply(NamedTuple):
    """One answer, read to its end."""

    status: int
    headers: Message
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
        """Return the MiB that its largest process takes; of what is shared, its part (PSS)."""
        sizes = [process.memory_full_info() for process in self.tree()]
        return float(max(getattr(size, "pss", size.rss) for size in sizes)) / 2**20

    def ask(
        self, path: str, headers: Mapping[str, str], method: str = "GET", body: str | None = None
    ) -> Reply:
        """Return the answer to one request."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())

    def failed(self, what: str) -> click.ClickException:
        """Return the error that says what is wrong, with the end of the server's log."""
        end = "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])
        return click.ClickException(f"{self.name} {what}\n{end}")

    def wait(self, path: str) -> None:
        """Wait until it answers; a ClickException where it does not, or refuses."""
        begun = time.monotonic()
        while self.process.poll() is None and time.monotonic() < begun + PATIENCE:
            with suppress(OSError, HTTPException):
                status = self.ask(path, {"Accept": "text/html"}).status
                self.started = time.monotonic() - begun
                if status >= 400:
                    raise self.failed(f"answers {status} to {path}:")
                return
            time.sleep(0.02)
        raise self.failed("does not answer:")


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
    log = folder / f"server-{port}.log"
    # What is installed has its bytecode beside it; a checkout gets it when it is first started.
    known = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment}
    with log.open("wb") as file:
        process = psutil.Popen(
            argv, env=known, cwd=folder, stdout=file, stderr=file, start_new_session=True
        )
    server = Running(Path(argv[0]).name, port, process, log)
    try:
        server.wait(path)
        yield server
    finally:
        # Its workers, too, and those that outlive it.
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, psutil.TimeoutExpired):
                os.killpg(process.pid, number)
                process.wait(10)
