"""PostgreSQL and MariaDB: engines that never wait for long, neither for locks nor for the server.

The server ends a statement or a wait for a lock that takes too long. If the server itself is
silent, because it hangs or the network drops its packets, the client gives up a second later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from courseshop.domain.threads import (
    CONNECTIONS,
    PATIENCE,
    enter_slow_gate,
    note_answer,
    use_database,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pymysql import Connection as PyMySql
    from pymysql.cursors import Cursor
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

# Seconds by which the client is more patient than the server.
MARGIN = 1
# Connections that stay open while nobody uses them.
IDLE_CONNECTIONS = 5


class Timeouts(NamedTuple):
    """Seconds to wait for a connection, a statement and a lock; None: without limit."""

    connect: int = 2
    statement: int | None = None
    lock: int | None = None


class GatedPool(QueuePool):
    """A pool that leaves a thread of the server to requests that need no connection."""

    # SQLAlchemy's logger is named after this, and its messages do not belong to the shop's.
    __module__ = "sqlalchemy.pool"

    def connect(self) -> PoolProxiedConnection:
        use_database()
        return super().connect()


def make_remote_engine(url: str, timeouts: Timeouts) -> Engine:
    found = make_url(url)
    is_mysql = found.get_backend_name() in {"mysql", "mariadb"}
    engine = create_engine(
        found,
        poolclass=GatedPool,
        pool_pre_ping=True,
        pool_size=IDLE_CONNECTIONS,
        max_overflow=CONNECTIONS - IDLE_CONNECTIONS,
        pool_timeout=timeouts.connect,
        hide_parameters=True,
        **(mysql_options(timeouts) if is_mysql else postgresql_options(found, timeouts)),
    )
    event.listen(engine, "connect", limiting_mysql(timeouts) if is_mysql else limiting(timeouts))
    if engine.dialect.driver == "psycopg":
        from courseshop.database.postgresql import connecting  # noqa: PLC0415 - needs psycopg

        event.listen(engine, "do_connect", connecting(_patience(timeouts)))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "after_cursor_execute", lambda *_: note_answer())
    return engine


def _begin(connection: Connection) -> None:
    """Count a transaction that may write as slow: any of its statements may wait for a lock."""
    if connection.get_execution_options().get("writes", False):
        enter_slow_gate(PATIENCE)


def _patience(timeouts: Timeouts) -> int | None:
    return None if timeouts.statement is None else timeouts.statement + MARGIN


# Any: the options of `create_engine` have no common type.
def mysql_options(timeouts: Timeouts) -> Mapping[str, Any]:
    seconds = _patience(timeouts)
    return {
        # Under REPEATABLE READ, a plain SELECT does not see the row that an insert conflicts with.
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            "init_command": "SET sql_mode='TRADITIONAL'",
            "connect_timeout": timeouts.connect,
            **({} if seconds is None else {"read_timeout": seconds, "write_timeout": seconds}),
        },
    }


def postgresql_options(url: URL, timeouts: Timeouts) -> Mapping[str, Any]:
    """Return the options for PostgreSQL; those in the URL take precedence."""
    return {"connect_args": {"connect_timeout": url.query.get("connect_timeout", timeouts.connect)}}


def limiting(timeouts: Timeouts) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    """Return a function that sets the limits of a new connection to PostgreSQL.

    By SET, because poolers such as PgBouncer refuse `options` at the start of a connection. Limits
    that the URL or the role has set are kept.
    """
    limits = {"statement_timeout": timeouts.statement, "lock_timeout": timeouts.lock}

    def limit(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for name, seconds in limits.items():
            if seconds is not None:
                cursor.execute(
                    f"SELECT set_config('{name}', '{seconds}s', false) "
                    f"WHERE current_setting('{name}') = '0'"
                )
        cursor.close()
        connection.commit()

    return limit


def limiting_mysql(timeouts: Timeouts) -> Callable[[PyMySql[Cursor], ConnectionPoolEntry], None]:
    """Return a function that sets the limits of a new connection to MariaDB or MySQL."""
    _connect, statement, lock = timeouts

    def limit(connection: PyMySql[Cursor], _record: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version() LIKE '%MariaDB%'")
            [[is_mariadb]] = cursor.fetchall()
            if statement is not None and is_mariadb:
                cursor.execute(f"SET max_statement_time = {statement}")
            elif statement is not None:
                cursor.execute(f"SET max_execution_time = {statement * 1000}")
            if lock is not None:
                cursor.execute(f"SET innodb_lock_wait_timeout = {lock}")

    return limit
