"""Signed, expiring keys of mailed links.

Nothing is stored. A key for a new password names the hash of the old one, so it opens the
account once, and not at all after the password has changed by another way.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Literal, overload

from itsdangerous import BadData, URLSafeTimedSerializer

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _

if TYPE_CHECKING:
    from courseshop.settings import Settings

HOUR = 3_600
GOOD_FOR = {"reset": 2 * HOUR, "confirm": 72 * HOUR}


def make_key(shop: Settings, purpose: str, *facts: int | str) -> str:
    """Return a key that carries `facts` (plain data), for one of the purposes of `GOOD_FOR`."""
    key: str = _signer(shop, purpose).dumps(facts)
    return key


@overload
def read_key(shop: Settings, purpose: Literal["reset"], key: str) -> tuple[int, str, str]: ...


@overload
def read_key(shop: Settings, purpose: Literal["confirm"], key: str) -> tuple[int, str]: ...


def read_key(shop: Settings, purpose: str, key: str) -> tuple[int | str, ...]:
    """Return the facts of a key; Conflict when it is not the shop's, or too old.

    They begin with the id of the account and end with its address; "reset" has the fingerprint of
    the password between them.
    """
    try:
        return tuple(_signer(shop, purpose).loads(key, max_age=GOOD_FOR[purpose]))
    except BadData:
        raise outdated() from None


def outdated() -> Conflict:
    return Conflict(
        "key", "outdated", _("This link has expired or was already used. Ask for a new one.")
    )


def password_fingerprint(password_hash: str | None) -> str:
    """Return what tells one password of an account from the next, and tells nothing else."""
    return sha256((password_hash or "").encode()).hexdigest()[:32]


def _signer(shop: Settings, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(shop.secret, salt=f"courseshop {purpose}")
