"""The database session of a request: read-only, or part of the transaction of `request.tm`.

A request that may write reads without a transaction until traversal has found its place. So
requests that wait for SQLite's write lock, or are rejected on the way, do not block other writers.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import zope.sqlalchemy
from sqlalchemy.orm import Session
from transaction import TransactionManager

from courseshop.database.engine import end_reading
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry
    from sqlalchemy import Connection, Engine

    from courseshop.framework.request import Request

# Environ key of the request that a command creates for itself.
COMMAND = "courseshop.command"


@dataclass(frozen=True)
class WriteBegun:
    """A Pyramid event: a request is about to use `db`, the session of its write transaction.

    If a subscriber raises StaleEdit, the request is retried.
    """

    request: Request
    db: Session


class RequestSession:
    """The session and connection of one request, opened on first use.

    `writing` means that they belong to the transaction of `request.tm`, or to one of the page's own
    transactions. Only a page without a transaction (`in_parts`) has those.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._engine: Engine = shop_of(request.registry).engine
        self._session: Session | None = None
        self._connection: Connection | None = None
        self.writing = COMMAND in request.environ
        self.in_parts = False
        request.add_finished_callback(lambda _request: self.end_reading())

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = self._writing() if self.writing else self._reading()
            if self.writing:
                self._request.registry.notify(WriteBegun(self._request, self._session))
        return self._session

    @property
    def connection(self) -> Connection:
        """The session's connection; a read-only one is opened without creating a session."""
        if self.writing:
            return self.session.connection()
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _reading(self) -> Session:
        return Session(self.connection, autoflush=False)

    def _writing(self) -> Session:
        request = self._request
        db = writing_session(request.registry, request.tm)
        request.add_finished_callback(lambda _request: db.close())
        return db

    @contextmanager
    def own_transaction(self) -> Iterator[Session]:
        """Be in a transaction of its own in this block: it is committed at the end.

        In the block, `session` is the session of this transaction.
        """
        self.end_reading()
        manager, registry = TransactionManager(explicit=True), self._request.registry
        try:
            with manager:
                self._session, self.writing = writing_session(registry, manager), True
                registry.notify(WriteBegun(self._request, self._session))
                yield self._session
        finally:
            if self._session is not None:
                self._session.close()
            self.read_again()

    def begin_to_write(self) -> None:
        """Stop reading; everything from now on is in one transaction.

        Another transaction may have changed the rows that were read before. So a write repeats its
        conditions in the WHERE clause, or locks the row and reads it again. Subscribers to
        WriteBegun do the latter for the current user.
        """
        self.end_reading()
        self.writing = True

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read without a lock, unless the transaction has already begun; then begin to write."""
        if not self.writing or self._session is not None:
            yield
            return
        self.writing = False
        try:
            yield
        finally:
            self.begin_to_write()

    def read_again(self) -> None:
        """Continue with a session that takes no lock, after a write was rejected.

        Whatever the rejected write changed is rolled back at the end of the request.
        """
        self._session = None
        self.writing = False

    def end_reading(self) -> None:
        """Give the connection back, and forget what the session has read."""
        connection, self._connection, self._session = self._connection, None, None
        if connection is not None:
            end_reading(connection)


def writing_session(registry: Registry, manager: TransactionManager) -> Session:
    """Return a session that is part of the current transaction of `manager`."""
    engine = shop_of(registry).engine.execution_options(writes=True)
    db = Session(engine, info={"registry": registry, "tm": manager})
    # Initially "changed", because zope.sqlalchemy does not notice Core statements, and would roll
    # them back.
    zope.sqlalchemy.register(db, initial_state="changed", transaction_manager=manager)
    return db


@contextmanager
def reading_first(request: Request) -> Iterator[Session]:
    """Yield a session for reads before the request's own transaction, and close it afterwards.

    So slow work between these reads and the first write, such as hashing a password, does not hold
    the write lock. If the request only reads, this is the request's own session.
    """
    if not request.database.writing:
        yield request.db
        return
    connection = shop_of(request.registry).engine.connect()
    try:
        yield Session(connection)
    finally:
        end_reading(connection)


def is_write(request: Request) -> bool:
    """Return whether the request may write, judged by its method; a command always may."""
    writes = request.method in shop_of(request.registry).writing_methods
    return writes or COMMAND in request.environ
