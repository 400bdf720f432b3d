"""Passwords: how they are hashed, and which ones will not do.

Argon2id with the second of the parameter sets that OWASP's Password Storage Cheat Sheet gives
(m = 19 MiB, t = 2, p = 1). A hash takes about 70 ms, so they are made before a transaction
begins, and few at once: a flood of log-ins fills neither the memory nor the write lock.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pyramid.httpexceptions import HTTPServiceUnavailable

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from courseshop.framework.configurator import Configurator

SECONDS_TO_WAIT = 2
# zxcvbn's second lowest score ends at a million guesses.
WEAKEST_SCORE = 2
# A pattern that is longer than this repeats itself before its end.
LONGEST_PATTERN = 40
# zxcvbn tries every letter that a sign may stand for: with many signs that takes it seconds, and
# no common password has so many.
MOST_SIGNS = 4
# A row of digits with the shift key held down, on most keyboards, is a row of digits.
UNSHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
SIGN = re.compile(r"[^\w\s]")

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1_024, parallelism=1)
# What a password is compared with where there is no account: it takes as long, and never fits.
# To make it anew is a fortieth of a start.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$WUgs4dGSf4NlCor2Q0ysyQ$oWv9HrjRglBDpKsUZQXQtRZy5ByKKxj9b5AAviAVl+c"
)


def normal(password: str) -> str:
    """Return the one spelling (NFKC) of a password, whatever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password)


def refuse_common(field: str, password: str, words: Iterable[str] = ()) -> None:
    """Raise Conflict when a password is among the first million that anybody would guess.

    zxcvbn (Wheeler, USENIX Security 2016) knows 30,000 common passwords, rows of keys and
    repetitions, all offline; `words` are what a rival knows of the person.
    """
    start = normal(password)[:LONGEST_PATTERN]
    if len(set(SIGN.findall(start))) > MOST_SIGNS:
        start = start.translate(UNSHIFTED)
    if len(set(SIGN.findall(start))) > MOST_SIGNS:
        return
    known = [word for word in words if word]
    # Its lists of words take 12 MiB; many a process never sees a new password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    if zxcvbn(start, user_inputs=known)["score"] < WEAKEST_SCORE:
        raise Conflict(
            field,
            "common_password",
            _("This password is too easy to guess. Add a few more words."),
        )


class Passwords:
    """Hashes passwords, at most `slots` of them at the same time."""

    def __init__(self, slots: int) -> None:
        self._slots = BoundedSemaphore(slots)

    def hash(self, password: str) -> str:
        with self.slot():
            return hasher.hash(normal(password))

    def verify(
        self,
        password_hash: str | None,
        password: str,
        first: Callable[[], None] = lambda: None,
    ) -> bool:
        """Return whether the password fits; without a hash it takes as long to say no.

        `first` is called when it is this one's turn: who is sent away before has not tried.
        """
        with self.slot():
            first()
            try:
                return hasher.verify(password_hash or NOBODY, normal(password)) and bool(
                    password_hash
                )
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the slots. Raises HTTPServiceUnavailable where none gets free in time."""
        if not self._slots.acquire(timeout=SECONDS_TO_WAIT):
            raise HTTPServiceUnavailable(
                detail=_("Too many people are logging in. Please try again in a moment."),
                headers=[("Retry-After", str(SECONDS_TO_WAIT))],
            )
        try:
            yield
        finally:
            self._slots.release()


def is_outdated(password_hash: str) -> bool:
    """Return whether a hash was made with other parameters than those of today."""
    return hasher.check_needs_rehash(password_hash)


def includeme(config: Configurator) -> None:
    passwords = Passwords(shop_of(config.registry).settings.password_slots)
    shop_of(config.registry).passwords = passwords
    config.add_request_method(lambda _request: passwords, "passwords", property=True)
