"""The engine: configuration for each database, the write lock of SQLite, and driver errors."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from pyramid_retry import mark_error_retryable
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from courseshop.database.fifo_lock import FifoLock
from courseshop.database.remote import Timeouts, make_remote_engine
from courseshop.domain.threads import waiting

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from sqlalchemy import URL, Connection, Engine, ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPIModule
    from sqlalchemy.exc import StatementError
    from sqlalchemy.pool import ConnectionPoolEntry

    from courseshop.database.postgresql import ImpatientConnection

# Seconds that a write waits for other writes, of this process and of others together.
PATIENCE = 1.0
HELD = "courseshop.write-lock"

# SQLSTATE class 40: transaction rollback. MySQL 1213: deadlock, 1305: no such savepoint (a deadlock
# has removed it).
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "40", "my1213.", "my1305.")
# A lock (55P03, 1205) or statement timeout. No reason to try again: the request has waited already.
TIMED_OUT = ("55P03", "57014", "my1205.", "my1969.", "my3024.")
# Unique violation; MySQL 1062: duplicate entry for key.
DUPLICATE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505", "my1062.")
# SQLSTATE classes 08, 53, 57: connection, resources, operator. 3D000, 28: no database, no access.
UNAVAILABLE = (
    *("SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOTADB"),
    *("08", "53", "57", "3D000", "28"),
    # Too many connections, disk or table full, no such database, unreachable, gone, lost, access
    # denied.
    *("my1040.", "my1203.", "my1021.", "my1114.", "my1049.", "my2002.", "my2003.", "my2006."),
    *("my2013.", "my1045."),
)
# Read-only transaction or server; no privilege to write. MySQL 1290: --read-only, 1792: read-only
# transaction, 1836: read-only mode, 1142 and 1143: no privilege for a table or column.
READ_ONLY = (
    *("SQLITE_READONLY", "SQLITE_PERM", "25006", "42501"),
    *("my1290.", "my1792.", "my1836.", "my1142.", "my1143."),
)
# No such table, schema or column; MySQL 1191: no such full-text index. SQLite has no codes for it.
LACKING = ("42P01", "3F000", "42703", "my1146.", "my1054.", "my1191.")
LACKING_IN_SQLITE = ("no such table", "no such column", "has no column named")


def make_engine(
    url: str, sqlite_synchronous: str = "full", timeouts: Timeouts | None = None
) -> Engine:
    """Create the engine, configured so that every database gives the same guarantees.

    Error messages hide the parameters of statements: hashes and email addresses must not be logged.
    SQLite ignores the timeouts.
    """
    if url.startswith("sqlite"):
        engine = make_sqlite_engine(make_url(url))
        event.listen(engine, "connect", _prepare_sqlite(sqlite_synchronous))
        writers = WriteLock()
        event.listen(engine, "begin", writers.begin)
        event.listen(engine, "checkin", writers.checkin)
        event.listen(engine, "handle_error", _refuse_overflow)
    else:
        engine = make_remote_engine(url, timeouts or Timeouts())
    event.listen(engine, "handle_error", _mark_retryable)
    return engine


def make_sqlite_engine(url: URL) -> Engine:
    # The driver's implicit transactions commit a savepoint after a rollback; ours are explicit.
    connect_args = {"isolation_level": None, "timeout": PATIENCE}
    pool = url.get_dialect()().get_dialect_pool_class(url)
    # A connection for each thread: a writer that waits must not take one from a reader.
    room = {"max_overflow": -1} if pool is QueuePool else {}
    return create_engine(url, hide_parameters=True, connect_args=connect_args, **room)


class WriteLock:
    """Serializes the writes of all threads in a process to SQLite, which has a single writer.

    SQLite polls for its lock, with growing sleeps: of 32 writers, the unlucky ones would wait for
    seconds. Between processes, that polling (busy_timeout) remains.
    """

    def __init__(self) -> None:
        self._lock = FifoLock()

    def begin(self, connection: Connection) -> None:
        """Acquire the locks at the start of a transaction that may write.

        A transaction that reads before it writes fails at once if another one wrote in between, and
        waiting does not help. Raises Busy if it has to wait, and too many requests do.
        """
        if not connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql("BEGIN")
            return
        until = monotonic() + PATIENCE
        # After the timeout, try to get SQLite's lock anyway.
        if HELD not in connection.info and self._lock.acquire(PATIENCE):
            connection.info[HELD] = True
        try:
            _begin_immediate(connection, 0)
        except DBAPIError as error:
            if not is_locked(error):
                raise
            with waiting():
                _begin_immediate(connection, until - monotonic())

    def checkin(self, _raw: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        """Release the lock: every connection returns to the pool, committed, failed or dead."""
        if record.info.pop(HELD, False):
            self._lock.release()


def _begin_immediate(connection: Connection, seconds: float) -> None:
    """Begin a write transaction, after waiting at most so many seconds for other processes."""
    _set_busy_timeout(connection, seconds)
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        _set_busy_timeout(connection, PATIENCE)


def _set_busy_timeout(connection: Connection, seconds: float) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {max(0, seconds) * 1000:.0f}")
    cursor.close()


def end_reading(connection: Connection) -> None:
    """Return a read-only connection to the pool; its transaction is rolled back.

    On PostgreSQL the ROLLBACK bypasses psycopg, which would discard its prepared statements, so
    that the server would plan them again in the next request. After an error, psycopg does discard
    them, because one of them may have caused it.
    """
    if connection.closed:
        return
    if connection.dialect.driver == "psycopg" and not connection.invalidated:
        raw: ImpatientConnection | None = connection.connection.driver_connection
        if raw and raw.info.transaction_status.name == "INTRANS":
            raw.roll_back()
        if raw and raw.closed:
            connection.invalidate()
    connection.close()


def _prepare_sqlite(
    synchronous: str,
) -> Callable[[sqlite3.Connection, ConnectionPoolEntry], None]:
    def prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return prepare


def _refuse_overflow(context: ExceptionContext) -> None:
    """Raise DataError for an integer of more than 64 bits, as the other databases do."""
    error = context.original_exception
    if isinstance(error, OverflowError):
        raise DataError(context.statement, None, error, hide_parameters=True) from error


def _mark_retryable(context: ExceptionContext) -> None:
    """Mark an error as retryable for pyramid_retry if another transaction was in the way.

    pyramid_tm would ask zope.sqlalchemy, but not after an error page has vetoed the commit. Also,
    zope.sqlalchemy does not recognize SQLite's lock errors.
    """
    if _code(context.original_exception).startswith(LOCKED):
        mark_error_retryable(context.sqlalchemy_exception or context.original_exception)


def wrap_driver_error(
    error: DBAPIModule.Error, connection: Connection, statement: str
) -> StatementError:
    """Return SQLAlchemy's exception for a driver error that bypassed SQLAlchemy.

    Repeating the statement through SQLAlchemy would not reveal the error: in a failed transaction,
    PostgreSQL reports only the failure. A lost connection is invalidated.
    """
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, None)
    if lost:
        connection.invalidate(error)
    found = DBAPIError.instance(
        statement,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    if is_locked(found):
        mark_error_retryable(found)
    return found


def _code(error: BaseException) -> str:
    """Return the code of a driver's error, or "" if it has none.

    It is SQLITE_…, a SQLSTATE of five characters, or "my" with the number of a MySQL error and a
    period.
    """
    number = next(iter(getattr(error, "args", ())), None)
    if isinstance(number, int):
        # PyMySQL also has a SQLSTATE, but a less precise one: HY000 is a lock and much else.
        return f"my{number}."
    return getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""


def is_locked(error: StatementError) -> bool:
    """Return whether another transaction was in the way, so that a retry may succeed."""
    return error.orig is not None and _code(error.orig).startswith(LOCKED)


def is_duplicate(error: DBAPIError) -> bool:
    """Return whether a row with the same unique columns already exists."""
    return error.orig is not None and _code(error.orig).startswith(DUPLICATE)


def lacks_schema(error: DBAPIError) -> bool:
    """Return whether the schema lacks a table or column that the statement names."""
    code = _code(error.orig) if error.orig else ""
    message = str(error.orig)
    in_sqlite = code == "SQLITE_ERROR" and any(one in message for one in LACKING_IN_SQLITE)
    return in_sqlite or code.startswith(LACKING)


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the database is busy, full, unreachable, read-only or of another schema."""
    code = _code(error.orig) if error.orig else ""
    lost = error.connection_invalidated or (not code and isinstance(error, OperationalError))
    named = code.startswith(LOCKED + TIMED_OUT + UNAVAILABLE + READ_ONLY)
    return lost or named or lacks_schema(error)
