"""Several processes that answer at the same addresses.

The one that opens the addresses takes each connection and gives it to the next of the others, so
that each has as many: where they take connections themselves, or Linux shares them out, some have
twice as many as others, and who is connected there waits twice as long.
"""

from __future__ import annotations

import errno
import logging
import math
import os
import select
import selectors
import signal
import socket
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

log = logging.getLogger(__name__)
# Seconds before a process that has ended is replaced: not too often where each ends at once.
PAUSE = 1
# Seconds until all are asked again who can take a connection, when none could.
A_MOMENT = 0.01
# A signal that comes just before the process waits is heard after that only; as in waitress.
LONGEST_LOOK = 1
STOPPING = {signal.SIGTERM, signal.SIGINT}


class Line(socket.socket):
    """By which a process gets connections to an address, as if it listened there itself."""

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection, and who it is from.

        Raises OSError, one that waitress knows, where there is none, or none any more.
        """
        _byte, received, _flags, _sender = socket.recv_fds(self, 1, 1)
        if not received:
            raise BlockingIOError(errno.EAGAIN, "no connections come any more")
        connection = socket.socket(fileno=received[0])
        try:
            return connection, connection.getpeername()
        except OSError as error:
            connection.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "who came has gone") from error


@dataclass(frozen=True)
class Worker:
    """A process, and for each address the end of a line to it."""

    place: int
    process: int
    lines: Sequence[socket.socket]


class Workers:
    """So many processes in `serve(place, lines)`, which never stop but with this one."""

    def __init__(
        self,
        serve: Callable[[int, list[Line]], None],
        listeners: Sequence[socket.socket],
        number: int,
    ) -> None:
        self._serve, self._listeners = serve, listeners
        # The one whose turn it is comes first.
        self._running: deque[Worker] = deque()
        # Whose place is empty, from what moment on it is taken again.
        self._due = dict.fromkeys(range(number), 0.0)
        self._asked = selectors.DefaultSelector()
        # All stop when it has no other end any more: so they do, too, when this one is killed.
        self._pipe = os.pipe()

    def run(self) -> None:
        """Share connections out until this process is stopped; then all finish what they do."""
        # SIGINT, too: who is started in the background by a script has been told to ignore it.
        for one in STOPPING:
            signal.signal(one, lambda *_: sys.exit())
        for listener in self._listeners:
            self._asked.register(listener, selectors.EVENT_READ)
        try:
            while True:
                self._fill()
                self._look()
        finally:
            self._stop()

    def _fill(self) -> None:
        """Start a process in each place that is due."""
        for place in [one for one, moment in self._due.items() if moment <= time.monotonic()]:
            with _undisturbed():
                del self._due[place]
                worker = self._start(place)
                self._running.append(worker)
                # Nothing ever comes from there but its end.
                self._asked.register(worker.lines[0], selectors.EVENT_READ, worker)

    def _look(self) -> None:
        """Wait for connections, the end of a process, or until a place is due."""
        until = min(self._due.values(), default=math.inf) - time.monotonic()
        for key, _events in self._asked.select(min(max(0, until), LONGEST_LOOK)):
            if key.data is None:
                self._share_out(self._listeners.index(key.fileobj))
            else:
                self._bury(key.data)

    def _share_out(self, address: int) -> None:
        """Give a connection to the next process that can take it; else it waits where it is."""
        lines = [one.lines[address] for one in self._running]
        free = select.select([], lines, [], 0)[1]
        if not free:
            time.sleep(A_MOMENT)
            return
        # Who came may have gone, or been taken.
        with suppress(OSError), self._listeners[address].accept()[0] as connection:
            for line in free:
                if _give(connection, line):
                    self._running.rotate(-1 - lines.index(line))
                    return

    def _bury(self, worker: Worker) -> None:
        self._running.remove(worker)
        self._asked.unregister(worker.lines[0])
        for line in worker.lines:
            line.close()
        _process, status = os.waitpid(worker.process, 0)
        code = os.waitstatus_to_exitcode(status)
        log.error("process %d has ended (%d); another one takes its place", worker.process, code)
        self._due[worker.place] = time.monotonic() + PAUSE

    def _start(self, place: int) -> Worker:
        """Return a new process; in it itself, this never comes back."""
        pairs = [socket.socketpair() for _ in self._listeners]
        process = os.fork()
        if not process:
            self._work(place, pairs)
        for ours, theirs in pairs:
            ours.setblocking(False)
            theirs.close()
        return Worker(place, process, [ours for ours, _theirs in pairs])

    def _work(self, place: int, pairs: list[tuple[socket.socket, socket.socket]]) -> NoReturn:
        status = 1
        try:
            os.close(self._pipe[1])
            self._asked.close()
            of_others = (line for worker in self._running for line in worker.lines)
            for line in (*of_others, *(ours for ours, _theirs in pairs)):
                line.close()
            # Waitress ends then what it has begun.
            for one in STOPPING:
                signal.signal(one, stop_once)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            threading.Thread(target=stop_with, args=(self._pipe[0],), daemon=True).start()
            self._serve(place, [Line(fileno=theirs.detach()) for _ours, theirs in pairs])
            status = 0
        except Exception:
            log.exception("a process could not serve")
        finally:
            logging.shutdown()
            os._exit(status)

    def _stop(self) -> None:
        for listener in self._listeners:
            listener.close()
        os.close(self._pipe[1])
        for worker in self._running:
            with suppress(ChildProcessError):
                os.waitpid(worker.process, 0)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off being stopped: what is raised within a fork is lost."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _give(connection: socket.socket, line: socket.socket) -> bool:
    """Send a connection down a line; tell whether there was somebody to take it."""
    try:
        socket.send_fds(line, [b"."], [connection.fileno()])
    except OSError:
        return False
    return True


def stop_once(*_signal: Any) -> NoReturn:
    """Stop this process: a second signal, such as that of the pipe, breaks nothing off."""
    for one in STOPPING:
        signal.signal(one, signal.SIG_IGN)
    sys.exit()


def stop_with(pipe: int) -> None:
    """Wait for the end of a pipe, and stop this process then."""
    os.read(pipe, 1)
    # The main thread, or its wait for connections would go on.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
