"""Password hashing, and rejection of weak passwords.

Uses Argon2id with the second parameter set of OWASP's Password Storage Cheat Sheet (m = 19 MiB,
t = 2, p = 1). A hash takes about 70 ms. Passwords are therefore hashed before the transaction
begins, and only a few at once, so that a flood of logins neither exhausts the memory nor blocks
the write lock.
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
from courseshop.domain.threads import enter_slow_gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from courseshop.framework.configurator import Configurator

SECONDS_TO_WAIT = 2
# zxcvbn's scores 0 and 1 mean at most a million guesses.
WEAKEST_SCORE = 2
# Only the start of a password is checked: a longer pattern repeats itself before its end.
LONGEST_PATTERN = 40
# zxcvbn tries every letter that a symbol may stand for, which takes seconds for many different
# symbols. No common password has that many.
MOST_SIGNS = 4
# The symbols that most keyboards type for digits with the shift key held down.
UNSHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
SIGN = re.compile(r"[^\w\s]")

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1_024, parallelism=1)
# A hash that no password matches. It is verified if there is no account, so that both cases take
# equally long. Computing it at startup would take a fortieth of the startup time.
DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$WUgs4dGSf4NlCor2Q0ysyQ$oWv9HrjRglBDpKsUZQXQtRZy5ByKKxj9b5AAviAVl+c"
)


def normal(password: str) -> str:
    """Return the NFKC form of a password, which is the same for all keyboards."""
    return unicodedata.normalize("NFKC", password)


def refuse_common(field: str, password: str, words: Iterable[str] = ()) -> None:
    """Raise Conflict if a password is among the first million guesses of zxcvbn.

    zxcvbn (Wheeler, USENIX Security 2016) knows 30,000 common passwords, keyboard patterns and
    repetitions, and works offline. `words` are facts that an attacker may know about the user.
    """
    start = normal(password)[:LONGEST_PATTERN]
    if len(set(SIGN.findall(start))) > MOST_SIGNS:
        start = start.translate(UNSHIFTED)
    if len(set(SIGN.findall(start))) > MOST_SIGNS:
        return
    known = [word for word in words if word]
    # zxcvbn's word lists take 12 MiB, and many processes never see a new password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    if zxcvbn(start, user_inputs=known)["score"] < WEAKEST_SCORE:
        raise Conflict(
            field,
            "common_password",
            _("This password is too easy to guess. Add a few more words."),
        )


class Passwords:
    """Hashes and verifies passwords, at most `slots` of them at the same time."""

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
        """Return whether the password matches the hash.

        Without a hash, returns False after the same time. Calls `first` once a slot is free, so
        that a request that gets no slot does not count as an attempt.
        """
        with self.slot():
            first()
            try:
                return hasher.verify(password_hash or DUMMY_HASH, normal(password)) and bool(
                    password_hash
                )
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the slots. Raises HTTPServiceUnavailable if none is free in time.

        Raises Busy at once if too many requests hash, or wait for a slot or a lock.
        """
        enter_slow_gate()
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
    """Return whether a hash uses outdated Argon2 parameters."""
    return hasher.check_needs_rehash(password_hash)


def includeme(config: Configurator) -> None:
    passwords = Passwords(shop_of(config.registry).settings.password_slots)
    shop_of(config.registry).passwords = passwords
    config.add_request_method(lambda _request: passwords, "passwords", property=True)
