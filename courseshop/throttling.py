"""How often something may be tried, counted by the library `limits`.

Counting never shares the request's transaction: what was refused must stay counted, and on
SQLite a second writer would wait for the first.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, cast

import limits
from limits.storage import MemoryStorage, Storage, storage_from_string
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPTooManyRequests
from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from courseshop.db import now
from courseshop.engine import is_locked
from courseshop.i18n import _
from courseshop.models import Throttle

if TYPE_CHECKING:
    from sqlalchemy import Engine


MOST_ATTEMPTS = 10
LONGEST_PAUSE = 0.05


class DatabaseStorage(Storage):
    """Counts in the shop's own database, so that all its processes count together."""

    STORAGE_SCHEME = ["courseshop"]  # noqa: RUF012 - the library's own way to name a storage

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine.execution_options(writes=True)

    @property
    def base_exceptions(self) -> type[Exception]:
        return DBAPIError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the count of `key`, which begins again when `expiry` seconds are over.

        Two that are the first at the same time may lock each other; then one tries again.
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
            # What counts first is evaluated first on MySQL: the count, by the old time.
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
        return row.count if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return row.expires_at.timestamp() if row else time.time()

    def _row(self, key: str) -> Any | None:
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
    """Return a key of fixed length that does not tell names and addresses."""
    return blake2b(key.encode(), digest_size=32).hexdigest()


@dataclass(frozen=True)
class Quota:
    """Whether one more was granted, how many are left, and in how many seconds all are again."""

    limit: limits.RateLimitItem
    granted: bool
    left: int
    seconds: int


class Throttles:
    """The limits of one shop: `check` and `count`, each by a limit and what it is counted for."""

    def __init__(self, storage: Storage) -> None:
        self._window = limits.strategies.FixedWindowRateLimiter(storage)

    def check(self, limit: limits.RateLimitItem, *what: str) -> None:
        """Raise HTTPTooManyRequests, which says when to come back, if the limit is used up."""
        if not self._window.test(limit, *what):
            raise self._refusal(limit, *what)

    def count(self, limit: limits.RateLimitItem, *what: str) -> None:
        """Count one try; raise HTTPTooManyRequests when it is one too many."""
        if not self._window.hit(limit, *what):
            raise self._refusal(limit, *what)

    def spend(self, limit: limits.RateLimitItem, *what: str) -> Quota:
        """Count one try, and return what is left; what is too many is not counted.

        So whoever does not heed the limit writes nothing into the database.
        """
        before = self._window.get_window_stats(limit, *what)
        granted = before.remaining > 0 and self._window.hit(limit, *what)
        begins = before.remaining == limit.amount
        seconds = limit.get_expiry() if begins else math.ceil(before.reset_time - time.time())
        left = before.remaining - 1 if granted else 0
        return Quota(limit, granted, left, max(1, seconds))

    def forget(self, limit: limits.RateLimitItem, *what: str) -> None:
        self._window.clear(limit, *what)

    def _refusal(self, limit: limits.RateLimitItem, *what: str) -> HTTPTooManyRequests:
        ends = self._window.get_window_stats(limit, *what).reset_time
        seconds = max(1, math.ceil(ends - time.time()))
        until = datetime.fromtimestamp(ends, UTC)
        return HTTPTooManyRequests(
            detail=_(
                "This was tried too often. Please try again in ${minutes} minutes (${time} UTC).",
                mapping={"minutes": math.ceil(seconds / 60), "time": f"{until:%H:%M}"},
            ),
            headers=[("Retry-After", str(seconds))],
        )


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 its /64, which one household has whole."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(getattr(found, "ipv4_mapped", None) or found)


def make_storage(name: str, engine: Engine) -> Storage:
    """Return the counter that the setting `throttles` names.

    Raises ConfigurationError without its library.
    """
    if name == "memory":
        return MemoryStorage()
    if name == "database":
        return DatabaseStorage(engine)
    try:
        return cast("Storage", storage_from_string(name, wrap_exceptions=True))
    except limits.errors.ConfigurationError as error:
        raise ConfigurationError(
            f"courseshop.throttles: {error}; run: pip install 'courseshop[redis]'"
        ) from error


def includeme(config: Any) -> None:
    shop, engine = config.registry["courseshop.settings"], config.registry["courseshop.engine"]
    throttles = Throttles(make_storage(shop.throttles, engine))
    config.registry["courseshop.throttles"] = throttles
    config.add_request_method(lambda _request: throttles, "throttles", property=True)
