"""Limits on how many threads of the server may wait at the same time, so that one is always free.

A server has few threads. If all of them hashed passwords, or waited for a lock or for a database
that does not respond, no request would be answered any more, not even `/livez`. So a request enters
a gate before it does any of these, and leaves it at its end. A request that finds the gate full is
refused.

The threads belong to the process, and so do the gates; each shop has its own `Limits`. Outside of
a request, such as in a command, nothing is limited.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from courseshop.domain.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

# Seconds to wait for room in a gate while nobody in it gets an answer from the database.
PATIENCE = 0.25
# Connections of each process to a remote database, and how many of them may wait for locks.
CONNECTIONS, MAX_SLOW = 15, 10


class Limits(NamedTuple):
    """How many requests may be slow, and how many may use the database (None: any number)."""

    slow: int
    database: int | None

    @classmethod
    def of(cls, threads: int, *, remote: bool) -> Limits:
        """Return the limits for a number of threads.

        A `remote` database may stop responding, so one thread never uses it. Slow requests leave a
        second thread, and some of the connections, to pages.
        """
        if not remote:
            return cls(threads - 1, None)
        return cls(max(1, min(threads - 2, MAX_SLOW)), min(threads - 1, CONNECTIONS))


class Gate:
    """Lets a limited number of requests in."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._answered = 0.0
        self._stuck = False

    def enter(self, limit: int, patience: float) -> bool:
        """Return whether there is room, which is then taken.

        If there is none, waits until `patience` seconds have passed without an answer from the
        database to any request inside. Once a request has been refused, the next ones are refused
        at once, until the database answers again.
        """
        with self._changed:
            arrived = monotonic()
            while self._inside >= limit:
                left = max(arrived, self._answered) + patience - monotonic()
                if left <= 0 or not patience or self._stuck:
                    self._stuck = True
                    return False
                self._changed.wait(left)
            self._inside += 1
            return True

    def is_closed(self, limit: int) -> bool:
        """Return whether the gate is full and has refused a request since the last answer."""
        return self._stuck and self._inside >= limit

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify()

    def note_answer(self) -> None:
        self._answered, self._stuck = monotonic(), False


@dataclass
class Visit:
    """The gates that a request has entered, the limits of its shop, and whether it was refused."""

    limits: Limits
    entered: list[Gate]
    refused: bool = False

    def enter(self, gate: Gate, limit: int, patience: float) -> None:
        """Enter a gate, once. Raises Busy if it is full."""
        if gate in self.entered:
            return
        if not gate.enter(limit, patience):
            raise Busy
        self.entered.append(gate)


SLOW, DATABASE = Gate(), Gate()
_current: ContextVar[Visit | None] = ContextVar("courseshop.threads", default=None)


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Limit what the request does in this block; at its end it leaves all gates."""
    visit = Visit(limits, [])
    before = _current.set(visit)
    try:
        yield
    finally:
        _current.reset(before)
        for gate in visit.entered:
            gate.leave()


def use_database() -> None:
    """Enter the gate of a remote database. Raises Busy if it is full and nothing is answered."""
    visit = _current.get()
    if visit is not None and visit.limits.database is not None:
        visit.enter(DATABASE, visit.limits.database, PATIENCE)


def enter_slow_gate(patience: float = 0) -> None:
    """Enter the gate of slow requests: from here on the request may keep its thread for long.

    If the gate is full, waits for room as `Gate.enter` does (by default not at all), then raises
    Busy.
    """
    visit = _current.get()
    if visit is not None:
        use_database()
        visit.enter(SLOW, visit.limits.slow, patience)


def begin_wait() -> Gate | None:
    """Enter the gate of slow requests, and return it, so that the caller leaves it after waiting.

    Returns None outside of a request, or if it is slow already. Raises Busy if the gate is full, or
    was for this request: what a refused request writes after its response must not wait either.
    """
    visit = _current.get()
    if visit is None or SLOW in visit.entered:
        return None
    if visit.refused or not SLOW.enter(visit.limits.slow, 0):
        visit.refused = True
        raise Busy
    return SLOW


@contextmanager
def waiting() -> Iterator[None]:
    """Be in the gate of slow requests during this block. Raises Busy if it is full."""
    gate = begin_wait()
    try:
        yield
    finally:
        if gate:
            gate.leave()


def require_room() -> None:
    """Raise Busy if the gate of slow requests is full: a write would probably be refused later.

    Called at the start of a request, so that even many refused requests do not delay others.
    """
    visit = _current.get()
    if visit is not None and SLOW.is_closed(visit.limits.slow):
        raise Busy


def note_answer() -> None:
    """Note that the database has answered this request."""
    visit = _current.get()
    if visit is not None:
        for gate in visit.entered:
            gate.note_answer()
