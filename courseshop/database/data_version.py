"""Detect commits of other connections by one cheap query.

SQLite's `PRAGMA data_version` changes when another connection commits
(https://sqlite.org/pragma.html#pragma_data_version). A PostgreSQL snapshot lists the visible
transactions, so equal snapshots see the same data. On a standby it does not list all replayed
transactions, so it is not used there. MariaDB and MySQL have no equivalent.
"""

from __future__ import annotations

from contextlib import suppress
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from courseshop.domain.errors import Busy
from courseshop.domain.threads import note_answer, use_database

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

# Queries by driver.
QUESTIONS = {
    "pysqlite": "PRAGMA data_version",
    "psycopg": "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END",
}
# Seconds to wait for another thread's query, which may hang in the network.
PATIENCE = 0.1
# Seconds between two attempts to connect.
PAUSE = 1


class DataVersion:
    """Reads the data version on its own connection, outside the pool, opened on first use."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._dialect = engine, engine.dialect
        # An in-memory database has a single connection, whose own commits the data version ignores.
        is_shared = isinstance(engine.pool, QueuePool)
        self._question = QUESTIONS.get(engine.dialect.driver) if is_shared else None
        self.lock = RLock()
        self.connection: DBAPIConnection | None = None
        self._opened = 0
        self._not_before = 0.0
        event.listen(engine, "engine_disposed", lambda _engine: self.close())

    @property
    def is_known(self) -> bool:
        return self._question is not None

    def read(self) -> Hashable | None:
        """Return a value that stays equal until something is committed, or None if unknown."""
        try:
            use_database()
        except Busy:
            return None
        if not self.lock.acquire(timeout=PATIENCE):
            return None
        try:
            return self._ask()
        except (self._dialect.loaded_dbapi.Error, SQLAlchemyError):
            # The error will show when the page is built.
            self._drop()
            return None
        finally:
            self.lock.release()

    def _ask(self) -> Hashable | None:
        connection = self.connection or self._open()
        if connection is None:
            return None
        # Fetch all: SQLite would hold its read lock until the cursor is exhausted.
        [(found,)] = connection.execute(self._question).fetchall()
        note_answer()
        # In SQLite, the values of different connections are not comparable.
        return None if found is None else (self._opened, found)

    def _open(self) -> DBAPIConnection | None:
        """Open the connection; not again so soon after an attempt that failed."""
        if monotonic() < self._not_before:
            return None
        self._not_before = monotonic() + PAUSE
        pooled = self._engine.raw_connection()
        connection = pooled.dbapi_connection
        pooled.detach()
        if connection is not None:
            self._dialect.set_isolation_level(connection, "AUTOCOMMIT")
        self.connection = connection
        self._opened += 1
        return connection

    def _drop(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(self._dialect.loaded_dbapi.Error):
                connection.close()

    def close(self) -> None:
        """Close the connection; the next read opens a new one."""
        with self.lock:
            self._drop()
            self._not_before = 0.0
