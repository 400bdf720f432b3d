"""The database layer: table base and types, one session for each request.

A request that may write runs in one transaction of `request.tm`, which pyramid_tm commits;
one that only reads gets a session of its own that is rolled back, outside that machinery.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import zope.sqlalchemy
from pyramid.exceptions import ConfigurationError
from pyramid.request import Request
from pyramid.scripting import prepare
from pyramid_retry import IBeforeRetry, RetryableException, is_error_retryable
from pyramid_tm import explicit_manager
from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, MetaData, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from courseshop.engine import end_reading, is_locked, make_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyramid.events import ContextFound
    from sqlalchemy import Connection, CursorResult, Dialect, Executable

log = logging.getLogger(__name__)
# In the environ of a request that a command makes for itself.
COMMAND = "courseshop.command"
# In a request that may write and has found its place.
FOUND = "courseshop_found"
LONGEST_PAUSE = 0.4
# Half of what an INTEGER holds: the other half is to count on.
FIRST_STAMPS = 2**30
ATTEMPTS_APART = 3


class Overtaken(RetryableException):  # type: ignore[misc]
    """Another transaction has changed what this one has read; it is tried again."""


def still(found: Any, what: str) -> Any:
    """Return what is found; raise Overtaken where it was taken away or renamed meanwhile (None)."""
    if found is None:
        raise Overtaken(f"{what} is not there any more")
    return found


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# SQLite numbers rows by itself only where the key is called INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
# MySQL's TEXT ends at 64 KiB.
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
# And so does its BLOB.
LongBytes = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in time, to the microsecond, aware and in UTC on every database.

    SQLite and MySQL drop the offset of what they are given, so a naive value is refused
    (ValueError) and an aware one is moved to UTC first.
    """

    impl = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without its offset from UTC")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in the shop's currency: a Decimal with two places, stored as integer cents.

    SQLite would keep a NUMERIC as a float. A third place is refused (ValueError).
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        cents = value * 100
        if cents != cents.to_integral_value():
            raise ValueError(f"{value} has more than two decimal places")
        return int(cents)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value).scaleb(-2)


def first_stamp() -> int:
    """Return what the stamp of a new row begins with: any number, from which it counts.

    A row that is made in place of a deleted one, perhaps with its number, is not taken for it.
    """
    return 1 + secrets.randbelow(FIRST_STAMPS)


def now() -> datetime:
    return datetime.now(UTC)


def open_session(request: Any) -> Session:
    """Return the request's session; it is closed at the request's end.

    That of a request which writes joins `request.tm`.
    """
    if not begins_to_write(request):
        return Session(request.connection, autoflush=False)
    engine = request.registry["courseshop.engine"].execution_options(writes=True)
    db = Session(engine, info={"registry": request.registry, "tm": request.tm})
    # "changed" from the start: zope.sqlalchemy does not see statements on a Table, and would roll
    # them back.
    zope.sqlalchemy.register(db, initial_state="changed", transaction_manager=request.tm)
    request.add_finished_callback(lambda _request: db.close())
    return db


def read_session(request: Any) -> Session:
    """Return a session that takes no lock, for a write that was refused and shows its form again.

    What it writes is rolled back at the request's end.
    """
    db = Session(request.registry["courseshop.engine"], autoflush=False)
    request.add_finished_callback(lambda _request: db.close())
    return db


def open_connection(request: Any) -> Connection:
    """Return the connection of the request's session; for reading it is there before the session.

    At the request's end it goes back to the pool, which ends whatever it has begun.
    """
    if begins_to_write(request):
        return request.db.connection()  # type: ignore[no-any-return]
    connection = request.registry["courseshop.engine"].connect()
    request.add_finished_callback(lambda _request: end_reading(connection))
    return connection  # type: ignore[no-any-return]


def fetch(db: Session, statement: Executable, **values: Any) -> CursorResult[Any]:
    """Execute a statement that was made once, with bound parameters, for these `values`.

    Making a select anew, and asking the session, which looks for entities in it first, cost six
    times what the same rows cost so (238 and 38 µs for the row of a course on SQLite).
    """
    return db.connection().execute(statement, values)


@contextmanager
def reading_first(request: Any) -> Iterator[Session]:
    """Yield a session for what is read before the request's own transaction, and is closed then.

    So nothing slow that stands between, such as hashing a password, holds the write lock. A
    request that only reads has none to hold, and needs no second session.
    """
    if not begins_to_write(request):
        yield request.db
        return
    connection = request.registry["courseshop.engine"].connect()
    try:
        yield Session(connection)
    finally:
        end_reading(connection)


def is_write(request: Any) -> bool:
    """Tell whether the request may change something: a method that no page has cannot."""
    writes = request.method in request.registry["courseshop.writes"]
    return writes or COMMAND in request.environ


def begins_to_write(request: Any) -> bool:
    """Tell whether what the request reads and writes from now on is one transaction."""
    return FOUND in request.__dict__ or COMMAND in request.environ


def begin_to_write(event: ContextFound) -> None:
    """End the reading, where a request that may write has found its place.

    Until then nothing is locked: who waits for the write lock of SQLite, or is refused on the way,
    keeps nobody from writing. As on the other databases another may change meanwhile what was
    read: who writes says in the statement what must still be so, or locks and reads again.
    """
    request = event.request
    if not is_write(request):
        return
    read = request.__dict__
    if "connection" in read:
        end_reading(read.pop("connection"))
    read.pop("db", None)
    read[FOUND] = True


def at_the_end(request: Any, call: Callable[[], None]) -> None:
    """Call `call()` when the request is over, once: not for an attempt that is tried again."""

    def run(request: Any) -> None:
        error = getattr(request, "exception", None)
        if error is not None and is_error_retryable(request, error):
            return
        try:
            call()
        except Exception:
            # What the request did is stored: it must not be tried again because of what follows.
            log.exception("what follows a request failed")

    request.add_finished_callback(run)


def afterwards(request: Any, write: Callable[[Session], None]) -> None:
    """Call `write(db)` at the request's end, in a short transaction of its own.

    So what must be known of a request that was refused outlives its abort; a second connection
    before that would wait for the first one's lock.
    """
    at_the_end(request, lambda: store_apart(request, write))


def store_apart(request: Any, write: Callable[[Session], None]) -> None:
    """Call `write(db)` in a transaction that is not the request's; it is over already."""
    engine = request.registry["courseshop.engine"].execution_options(writes=True)
    for attempt in range(ATTEMPTS_APART):
        try:
            with Session(engine) as db, db.begin():
                write(db)
        except DBAPIError as lost:
            if attempt == ATTEMPTS_APART - 1 or not is_locked(lost):
                # The answer is made already, and is right without this.
                log.warning("what follows a request was not stored: %s", lost)
                return
        else:
            return


@contextmanager
def writing(registry: Any) -> Iterator[Any]:
    """Yield a request, for a command, whose `db` is one transaction, committed at the end.

    An exception undoes it, and so does `request.tm.doom()`.
    """
    request = Request.blank("/", {COMMAND: True}, method="POST")
    with prepare(request=request, registry=registry):
        manager = request.tm
        manager.begin()
        try:
            yield request
        except BaseException:
            manager.abort()
            raise
        if manager.isDoomed():
            manager.abort()
        else:
            manager.commit()


def commit_veto(request: Any, response: Any) -> bool:  # noqa: ARG001
    """Abort whenever the answer says that it did not work."""
    return bool(response.status_int >= 400)


def pause(retry: Any) -> None:
    """Wait a random time, longer at each attempt, so that rivals do not meet again."""
    attempt = retry.environ["retry.attempt"] + 1
    time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.02 * 2**attempt)))  # noqa: S311


def attempts(request: Any) -> int:
    """Return how often to try this request; only the transaction of a write is worth it."""
    return request.shop.write_attempts if is_write(request) else 1


def includeme(config: Any) -> None:
    settings = config.get_settings()
    # `add_page` adds the methods of the pages.
    config.registry["courseshop.writes"] = set()
    settings.update(
        {
            "tm.manager_hook": explicit_manager,
            "tm.activate_hook": is_write,
            "tm.commit_veto": commit_veto,
            # Who asks is judged at ingress, before there is a transaction.
            "tm.annotate_user": False,
        }
    )
    config.include("pyramid_tm")
    config.add_subscriber(pause, IBeforeRetry)
    shop = config.registry["courseshop.settings"]
    try:
        engine = make_engine(settings["sqlalchemy.url"], shop.sqlite_synchronous)
    except (ArgumentError, ImportError) as error:
        raise ConfigurationError(f"sqlalchemy.url: {error}") from error
    config.registry["courseshop.engine"] = engine
    config.add_request_method(open_session, "db", reify=True)
    config.add_request_method(open_connection, "connection", reify=True)
