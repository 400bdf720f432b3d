"""Rate limits of sensitive actions, counted with the library `limits`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import limits
from pyramid.httpexceptions import HTTPTooManyRequests

from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.protection.throttle_storage import DatabaseStorage, MemoryStorage, make_storage

if TYPE_CHECKING:
    from limits.storage import Storage

    from courseshop.framework.configurator import Configurator

# What was done too often, by the first part of the counter's key.
ATTEMPTS = _("Too many attempts.")
TOO_OFTEN = {
    "mail": _("We've already sent several emails to this address."),
    "preview": _("You've used the preview too many times."),
    "register": _("Too many accounts were created from your network."),
    "report": _("You've reported many reviews in a short time."),
}


class LimitReached(HTTPTooManyRequests):
    """A rate limit is reached until `ends`."""

    def __init__(self, kind: str, ends: float) -> None:
        self.ends = datetime.fromtimestamp(ends, UTC)
        seconds = max(1, math.ceil(ends - time.time()))
        detail = TOO_OFTEN.get(kind, ATTEMPTS)
        super().__init__(detail=detail, headers=[("Retry-After", str(seconds))])


@dataclass(frozen=True)
class Quota:
    """Whether a request was granted, how many are left, and the seconds until the limit resets."""

    limit: limits.RateLimitItem
    granted: bool
    left: int
    seconds: int


class Throttles:
    """The rate limits of a shop.

    `check`, `count`, `spend` and `forget` take a limit and the parts of the counter's key.
    `cheap` is for events that are too frequent to write them into the database: each process counts
    its own.
    """

    cheap: Throttles

    def __init__(self, storage: Storage) -> None:
        self._window = limits.strategies.FixedWindowRateLimiter(storage)
        in_database = isinstance(storage, DatabaseStorage)
        self.cheap = Throttles(MemoryStorage()) if in_database else self

    def check(self, limit: limits.RateLimitItem, *key: str) -> None:
        """Raise LimitReached, with `Retry-After`, if the limit is reached."""
        if not self._window.test(limit, *key):
            raise self._refusal(limit, *key)

    def count(self, limit: limits.RateLimitItem, *key: str) -> None:
        """Count an attempt. Raises LimitReached if it exceeds the limit."""
        if not self._window.hit(limit, *key):
            raise self._refusal(limit, *key)

    def spend(self, limit: limits.RateLimitItem, *key: str) -> Quota:
        """Count an attempt unless it exceeds the limit, and return the remaining quota.

        Attempts over the limit are not counted, so that they write nothing into the database.
        """
        before = self._window.get_window_stats(limit, *key)
        granted = before.remaining > 0 and self._window.hit(limit, *key)
        begins = before.remaining == limit.amount
        seconds = limit.get_expiry() if begins else math.ceil(before.reset_time - time.time())
        left = before.remaining - 1 if granted else 0
        return Quota(limit, granted, left, max(1, seconds))

    def forget(self, limit: limits.RateLimitItem, *key: str) -> None:
        self._window.clear(limit, *key)

    def reset(self) -> None:
        """Delete all counters."""
        self._window.storage.reset()
        if self.cheap is not self:
            self.cheap.reset()

    def _refusal(self, limit: limits.RateLimitItem, *key: str) -> LimitReached:
        return LimitReached(key[0], self._window.get_window_stats(limit, *key).reset_time)


def network_of(address: str) -> str:
    """Return the network that counts as one client: an IPv4 address, or the /64 of an IPv6 one.

    A household usually has a whole /64.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(getattr(found, "ipv4_mapped", None) or found)


def includeme(config: Configurator) -> None:
    shop, engine = (
        shop_of(config.registry).settings,
        shop_of(config.registry).engine,
    )
    throttles = Throttles(make_storage(shop.throttles, engine))
    shop_of(config.registry).throttles = throttles
    config.add_request_method(lambda _request: throttles, "throttles", property=True)
