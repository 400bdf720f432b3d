"""Storage of rate-limit counters: in memory, in the database, or in a storage of `limits`.

Counting never uses the request's transaction: a rejected request must stay counted although its
transaction is rolled back. On SQLite it must not run during that transaction either, because the
second writer would wait for the first.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, cast

import limits
from limits.storage import Storage, storage_from_string
from pyramid.exceptions import ConfigurationError
from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from courseshop.database.engine import is_locked
from courseshop.domain.clock import now
from courseshop.models import Throttle

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine, Row

MOST_ATTEMPTS = 10
LONGEST_PAUSE = 0.05
SECONDS_BETWEEN_SWEEPS = 60
NOTHING = (0, 0.0)
# Longest time to wait for Redis, which may be silent.
REDIS_SECONDS = 1


class MemoryStorage(Storage):
    """Counts in the memory of this process.

    The memory storage of `limits` starts a thread for nearly every count, which scans all counters.
    That takes 0.2 ms of CPU per request with a token, and 1.8 ms with 20,000 counters.
    """

    STORAGE_SCHEME = ["courseshop-memory"]  # noqa: RUF012 - as `limits` declares it

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[int, float]] = {}
        self._swept = time.time()
        self._lock = Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Return the count of `key` after adding `amount`; it restarts after `expiry` seconds."""
        with self._lock:
            moment = time.time()
            self._sweep(moment)
            count, ends = self._counts.get(key, NOTHING)
            if ends <= moment:
                count, ends = 0, moment + expiry
            self._counts[key] = (count + amount, ends)
            return count + amount

    def _sweep(self, moment: float) -> None:
        """Delete expired counters, at most once in `SECONDS_BETWEEN_SWEEPS`."""
        if moment - self._swept < SECONDS_BETWEEN_SWEEPS:
            return
        self._swept = moment
        for key in [key for key, (_count, ends) in self._counts.items() if ends <= moment]:
            del self._counts[key]

    def get(self, key: str) -> int:
        count, ends = self._counts.get(key, NOTHING)
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        _count, ends = self._counts.get(key, NOTHING)
        return max(ends, time.time())

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._lock:
            number = len(self._counts)
            self._counts.clear()
        return number

    def clear(self, key: str) -> None:
        with self._lock:
            self._counts.pop(key, None)


class DatabaseStorage(Storage):
    """Counts in the shop's database, so that all processes share the counters."""

    STORAGE_SCHEME = ["courseshop"]  # noqa: RUF012 - as `limits` declares it

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine.execution_options(writes=True)

    @property
    def base_exceptions(self) -> type[Exception]:
        return DBAPIError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Return the count of `key` after adding `amount`; it restarts after `expiry` seconds.

        Retries on a lock error: two connections that insert the same key may deadlock.
        """
        for _attempt in range(MOST_ATTEMPTS - 1):
            try:
                return self._incr(key, expiry, amount)
            except DBAPIError as error:
                if not is_locked(error):
                    raise
                time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311
        return self._incr(key, expiry, amount)

    def _incr(self, key: str, expiry: int, amount: int) -> int:
        found, moment = _short(key), now()
        over = Throttle.expires_at <= moment
        ends = moment + timedelta(seconds=expiry)
        raised = {
            "count": case((over, amount), else_=Throttle.count + amount),
            "expires_at": case((over, ends), else_=Throttle.expires_at),
        }
        with self.engine.begin() as connection:
            # MySQL evaluates assignments in order: the count must still see the old expiry time.
            raising = update(Throttle).where(Throttle.key == found).ordered_values(*raised.items())
            if not connection.execute(raising).rowcount:
                connection.execute(delete(Throttle).where(over))
                try:
                    with connection.begin_nested():
                        values = {"key": found, "count": amount, "expires_at": ends}
                        connection.execute(insert(Throttle).values(values))
                except IntegrityError:
                    connection.execute(raising)
            count = connection.scalar(select(Throttle.count).where(Throttle.key == found))
        return int(count or 0)

    def get(self, key: str) -> int:
        row = self._row(key)
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return row[1].timestamp() if row else time.time()

    def _row(self, key: str) -> Row[int, datetime] | None:
        columns = select(Throttle.count, Throttle.expires_at)
        with self.engine.connect().execution_options(writes=False) as connection:
            return connection.execute(
                columns.where(Throttle.key == _short(key), Throttle.expires_at > now())
            ).one_or_none()

    def check(self) -> bool:
        with self.engine.connect().execution_options(writes=False) as connection:
            return connection.scalar(select(1)) == 1

    def reset(self) -> int | None:
        with self.engine.begin() as connection:
            return connection.execute(delete(Throttle)).rowcount

    def clear(self, key: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(Throttle).where(Throttle.key == _short(key)))


def _short(key: str) -> str:
    """Return a hash of the key: of fixed length, and without user names and addresses."""
    return blake2b(key.encode(), digest_size=32).hexdigest()


def make_storage(name: str, engine: Engine) -> Storage:
    """Return the storage that the setting `throttles` names.

    Raises ConfigurationError if its library is not installed.
    """
    if name == "memory":
        return MemoryStorage()
    if name == "database":
        return DatabaseStorage(engine)
    try:
        options = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
        return cast("Storage", storage_from_string(name, wrap_exceptions=True, **options))
    except limits.errors.ConfigurationError as error:
        raise ConfigurationError(
            f"courseshop.throttles: {error}; run: pip install 'courseshop[redis]'"
        ) from error
