"""Turns at the one write lock of a SQLite file: who comes first writes first.

SQLite waits for its lock by looking again after sleeps that grow: under load the lucky pass by,
and the unlucky wait for a second. So writers stand in line before they ask for it: in a process in
the order in which they came, and the first of each process at a file beside the database,
"…-turns". The lock keeps the data right, the line only keeps it fair: who has waited long enough,
or where that file cannot be locked, asks all the same.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Seconds, for the line and the lock together.
PATIENCE = 1.0
# Seconds between two looks at the file: a part of what it has waited already, so that who waits for
# a write loses little of it, and who waits long for something bigger takes little of the machine.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0001, 0.002
PART = 1 / 20
# Bytes of the file: the first who waits has one, who writes the other. So a process that has just
# written does not come before one that has waited.
NEXT, WRITER = 0, 1
FILE, TURN = "courseshop.file", "courseshop.turn"


class Turn:
    """One writer's place in the line of its process, and as its first in that of the machine."""

    def __init__(self, line: deque[Turn], path: str) -> None:
        self._line, self._path = line, path
        self._file: int | None = None
        # `end` may be called while garbage is collected, anywhere: its `put` can bear that.
        self._called: SimpleQueue[None] = SimpleQueue()
        line.append(self)
        self._call_first()

    def wait(self, until: float) -> None:
        """Return when it is this one's turn, and at the moment `until` in any case."""
        with suppress(Empty):
            self._called.get(timeout=max(0, until - monotonic()))
            # Where the place is read only, or knows no locks, each process stands for itself.
            with suppress(OSError):
                self._enter(until)

    def end(self) -> None:
        """Leave the line, from wherever in it, and call the next."""
        if self._file is not None:
            os.close(self._file)
        self._line.remove(self)
        self._call_first()

    def _call_first(self) -> None:
        # After each change of the line; who is called twice hears it once.
        with suppress(IndexError):
            self._line[0]._called.put(None)  # noqa: SLF001 - one of its own kind

    def _enter(self, until: float) -> None:
        """Lock the bytes of the file; closing it, or the end of the process, gives them up."""
        if fcntl is None:
            return
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        began = monotonic()
        for byte in (NEXT, WRITER):
            while not take_lock(self._file, byte):
                moment = monotonic()
                if moment > until:
                    return
                sleep(min(max(SHORTEST_PAUSE, (moment - began) * PART), LONGEST_PAUSE))
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, NEXT)


def take_lock(file: int, byte: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):
        return False
    return True


class Turns:
    """What an engine on SQLite does at events of its connections, by the names of these."""

    def __init__(self) -> None:
        self.line: deque[Turn] = deque()

    def connect(self, raw: Any, record: Any) -> None:
        """Note the file: "" for a database in memory, which nobody shares."""
        record.info[FILE] = raw.execute("PRAGMA database_list").fetchone()[2]

    def begin(self, connection: Connection) -> None:
        """Take the write lock at the start of a transaction that may write.

        One that reads first and then writes fails at once when another wrote between, and
        waiting does not help it.
        """
        if not connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql("BEGIN")
            return
        until, info = monotonic() + PATIENCE, connection.info
        if info[FILE] and TURN not in info:
            # Noted before the waiting, which may be broken off.
            info[TURN] = Turn(self.line, f"{info[FILE]}-turns")
            info[TURN].wait(until)
        _be_patient(connection, until - monotonic())
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            _be_patient(connection, PATIENCE)

    def checkin(self, _raw: Any, record: Any) -> None:
        """End the turn: each connection comes back, whether it has committed, failed or died."""
        turn = record.info.pop(TURN, None)
        if turn is not None:
            turn.end()


def _be_patient(connection: Connection, seconds: float) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.execute(f"PRAGMA busy_timeout = {max(0, seconds) * 1000:.0f}").close()
