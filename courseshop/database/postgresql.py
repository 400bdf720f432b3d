"""Connections to PostgreSQL by psycopg that do not wait for a silent server."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.generators import execute
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg.abc import PQGen
    from sqlalchemy import Dialect
    from sqlalchemy.pool import ConnectionPoolEntry

    Connect = Callable[
        [Dialect, ConnectionPoolEntry, Sequence[str], dict[str, Any]], "ImpatientConnection"
    ]

Result = TypeVar("Result")


class ImpatientConnection(psycopg.Connection[TupleRow]):
    """Closes itself if the server has not answered after some seconds (None: never).

    `tcp_user_timeout` and keepalives only notice that the machine is gone, not that the server
    hangs.
    """

    seconds: int | None = None

    def wait(
        self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        try:
            return super().wait(gen, interval, timeout or self.seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise

    def roll_back(self) -> None:
        """Roll back, but keep the prepared statements, which `rollback()` discards.

        If that fails, the connection is closed.
        """
        with suppress(psycopg.Error):
            self.pgconn.send_query(b"ROLLBACK")
            self.wait(execute(self.pgconn))


def connecting(seconds: int | None) -> Connect:
    """Return a function that opens connections, for SQLAlchemy's event `do_connect`."""

    def connect(
        _dialect: Dialect,
        _record: ConnectionPoolEntry,
        arguments: Sequence[str],
        options: dict[str, Any],
    ) -> ImpatientConnection:
        made = ImpatientConnection.connect(*arguments, **options)
        made.seconds = seconds
        return made

    return connect
