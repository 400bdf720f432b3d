"""Semaphores that limit how many threads of the server may be slow, so that one is always free.

A server has few threads. If all of them hashed passwords, or waited for a lock or for a database
that does not respond, no request would get a response any more, not even `/livez`. So a request
acquires a semaphore, a `Gate`, before it does any of these, and fails with Busy at the limit.

There are three ways into the gate of slow requests:

- `enter_slow_gate` for work after which a request may remain slow, such as hashing a password or a
  transaction in a remote database. The request leaves the gate at its end.
- `waiting` for a single wait. The request leaves the gate after it.
- `begin_wait` for a wait that another thread ends, as in `FifoLock`. That thread leaves the gate.

The gates belong to the process, as its threads do; each shop has its own `Limits`. Outside of a
request, such as in a command, there is no limit.
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

# Seconds to wait at a gate's limit while the database answers none of the requests inside.
PATIENCE = 0.25
# Limits for a remote database: connections of each process, and slow requests among them.
CONNECTIONS, MAX_SLOW = 15, 10


class Limits(NamedTuple):
    """How many requests may be slow, and how many may use the database (None: any number)."""

    slow: int
    database: int | None

    @classmethod
    def of(cls, threads: int, *, remote: bool) -> Limits:
        """Return the limits for a server with so many threads.

        A `remote` database may stop responding, so one thread never uses it. A second thread, and
        some of the connections, are reserved for requests that are not slow.
        """
        if not remote:
            return cls(threads - 1, None)
        return cls(max(1, min(threads - 2, MAX_SLOW)), min(threads - 1, CONNECTIONS))


class Gate:
    """A semaphore that stops waiting requests early if the database does not answer.

    The limit is passed to each call, because the shops of a process may have different ones.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._answered = 0.0
        self._stuck = False

    def enter(self, limit: int, patience: float) -> bool:
        """Acquire the semaphore; return False at the limit.

        At the limit, wait first, until the database has answered no request inside for `patience`
        seconds. After that, other requests fail at once, until the database answers again.
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
        """Return whether a request would fail at once: at the limit, without a recent answer."""
        return self._stuck and self._inside >= limit

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify()

    def note_answer(self) -> None:
        """Note that the database has answered a request inside."""
        self._answered, self._stuck = monotonic(), False


@dataclass
class Visit:
    """A request: the limits of its shop, the gates that it has entered, and whether one failed."""

    limits: Limits
    entered: list[Gate]
    refused: bool = False

    def enter(self, gate: Gate, limit: int, patience: float) -> None:
        """Enter a gate, unless the request is inside. Raises Busy at the limit."""
        if gate in self.entered:
            return
        if not gate.enter(limit, patience):
            raise Busy
        self.entered.append(gate)


SLOW, DATABASE = Gate(), Gate()
_current: ContextVar[Visit | None] = ContextVar("courseshop.threads", default=None)


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Apply the limits to the request in this block; at the end it leaves all gates."""
    visit = Visit(limits, [])
    before = _current.set(visit)
    try:
        yield
    finally:
        _current.reset(before)
        for gate in visit.entered:
            gate.leave()


def use_database() -> None:
    """Enter the gate of a remote database. Raises Busy at the limit if it does not answer."""
    visit = _current.get()
    if visit is not None and visit.limits.database is not None:
        visit.enter(DATABASE, visit.limits.database, PATIENCE)


def enter_slow_gate(patience: float = 0) -> None:
    """Enter the gate of slow requests until the end of the request.

    At the limit, wait as `Gate.enter` does, by default not at all, then raise Busy.
    """
    visit = _current.get()
    if visit is not None:
        use_database()
        visit.enter(SLOW, visit.limits.slow, patience)


def begin_wait() -> Gate | None:
    """Enter the gate of slow requests for one wait, and return it; the caller must leave it.

    Returns None if the request is inside already, or outside of a request. Raises Busy at the
    limit, and from then on whenever the same request waits again: what it writes after its error
    response must not take the place of a request that can still succeed.
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
    """Be in the gate of slow requests during this block. Raises Busy at the limit."""
    gate = begin_wait()
    try:
        yield
    finally:
        if gate:
            gate.leave()


def require_room() -> None:
    """Raise Busy if a write would probably fail later at the gate of slow requests.

    Called at the start of a request, so that many failing writes do not delay other requests.
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
