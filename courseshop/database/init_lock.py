"""A lock that lets one `init` at a time change a database; the database or the system frees it."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from pyramid.exceptions import ConfigurationError
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, Engine

log = logging.getLogger(__name__)
SECONDS_BETWEEN_ATTEMPTS = 0.2
# Each ends with its connection; the first also with its transaction, which poolers need.
STATEMENTS = {
    "postgresql": "SELECT pg_try_advisory_xact_lock(hashtext('courseshop init'))",
    "mysql": "SELECT GET_LOCK(SHA1(CONCAT('courseshop init ', DATABASE())), 0)",
}
STATEMENTS["mariadb"] = STATEMENTS["mysql"]


@contextmanager
def init_lock(engine: Engine) -> Iterator[None]:
    """Hold the lock; wait as long as another process holds it.

    Raises ConfigurationError if the folder of a SQLite database cannot be written.
    """
    held = _file_lock(engine.url) if engine.dialect.name == "sqlite" else _server_lock(engine)
    with held:
        yield


@contextmanager
def _file_lock(url: URL) -> Iterator[None]:
    # SQLite's own lock lasts for one transaction, and `init` has several.
    path = Path(f"{url.database}-init-lock")
    is_file = url.database not in {None, "", ":memory:"} and "uri" not in url.query
    # The lock would create the folder.
    if not is_file or not path.parent.is_dir():
        yield
        return
    lock = FileLock(path)
    try:
        _acquire(lambda: _try_file(lock))
    except OSError as error:
        raise ConfigurationError(f"sqlalchemy.url: {error}") from error
    try:
        yield
    finally:
        lock.release()


def _try_file(lock: FileLock) -> bool:
    with suppress(Timeout):
        lock.acquire(timeout=0)
    return lock.is_locked


@contextmanager
def _server_lock(engine: Engine) -> Iterator[None]:
    statement = text(STATEMENTS[engine.dialect.name])
    with engine.connect() as connection:
        # So it is closed at the end instead of returned to the pool.
        connection.detach()
        if engine.dialect.name == "postgresql":
            # The connection is idle while another one changes the schema.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        _acquire(lambda: bool(connection.scalar(statement)))
        yield


def _acquire(attempt: Callable[[], bool]) -> None:
    """Call `attempt` until it succeeds. The first failure is logged."""
    if attempt():
        return
    log.warning("another init is changing this database; waiting for it to end")
    while not attempt():
        time.sleep(SECONDS_BETWEEN_ATTEMPTS)
