"""Signed, expiring keys for links in emails.

No key is stored. A key to reset a password contains a fingerprint of the old password's hash, so it
works only once, and not at all after the password has changed in another way.
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
    """Return a signed key that contains `facts`, for a purpose from `GOOD_FOR`."""
    key: str = _signer(shop, purpose).dumps(facts)
    return key


@overload
def read_key(shop: Settings, purpose: Literal["reset"], key: str) -> tuple[int, str, str]: ...


@overload
def read_key(shop: Settings, purpose: Literal["confirm"], key: str) -> tuple[int, str]: ...


def read_key(shop: Settings, purpose: str, key: str) -> tuple[int | str, ...]:
    """Return the facts in a key: account id, password fingerprint ("reset" only), email address.

    Raises Conflict if the shop did not sign the key or if it has expired.
    """
    try:
        return tuple(_signer(shop, purpose).loads(key, max_age=GOOD_FOR[purpose]))
    except BadData:
        raise outdated() from None


def outdated() -> Conflict:
    return Conflict(
        "key",
        "outdated",
        _(
            "This link has expired or was already used. To get a new one, log in and go to your "
            "account."
        ),
    )


def password_fingerprint(password_hash: str | None) -> str:
    """Return a digest that changes with the account's password and reveals nothing about it."""
    return sha256((password_hash or "").encode()).hexdigest()[:32]


def _signer(shop: Settings, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(shop.secret, salt=f"courseshop {purpose}")
