"""Whether anything that is stored has changed, as the database itself tells in one word.

SQLite's `PRAGMA data_version` moves when another connection commits
(https://sqlite.org/pragma.html#pragma_data_version). PostgreSQL's snapshot names the transactions
that are to be seen, so two that are equal see the same; of those that a standby repeats it does not
name all. MariaDB and MySQL have nothing of the kind.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sqlalchemy import Connection, Engine

READ = {
    "sqlite": "PRAGMA data_version",
    "postgresql": "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END",
}


class DataVersion:
    """Asks by a connection of its own, which never writes, and is opened at the first question."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # A database in memory belongs to one connection, which does not count what it does itself.
        self._question = READ.get(engine.dialect.name) if type(engine.pool) is QueuePool else None
        self._lock = Lock()
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._opened = 0
        event.listen(engine, "engine_disposed", self._close)

    @property
    def is_known(self) -> bool:
        return self._question is not None

    def read(self) -> Hashable | None:
        """Return what stays equal until something is committed, None when nobody knows."""
        with self._lock:
            try:
                if self._connection is None:
                    self._open()
                self._cursor.execute(self._question)
                # All of it: SQLite would hold its lock until somebody has read on.
                [(found,)] = self._cursor.fetchall()
            except (DBAPIError, self._engine.dialect.loaded_dbapi.Error):
                # The page that is made now tells what is wrong.
                self._close()
                return None
        # Each connection of SQLite counts for itself.
        return None if found is None else (self._opened, found)

    def _open(self) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        self._connection, self._cursor = connection, connection.connection.cursor()
        self._opened += 1

    def _close(self, _engine: Engine | None = None) -> None:
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()
