"""Secrets that prove something: made here, and kept as hashes alone.

They have 256 random bits, so a fast hash is enough: there is nothing to guess from.
"""

from __future__ import annotations

import secrets
import zlib
from hashlib import sha256

BYTES = 32
# The id of a session or of something begun, as it stands in a cookie.
COOKIE = r"[A-Za-z0-9_-]{43}"
# A token: 256 bits and their CRC-32, so that a typing error is told without a query.
TOKEN = r"cs_[0-9a-f]{72}"  # noqa: S105 - a form, not a token
CHECKSUM = 8


def new_cookie() -> str:
    return secrets.token_urlsafe(BYTES)


def new_token() -> str:
    bits = secrets.token_hex(BYTES)
    return f"cs_{bits}{_checksum(bits)}"


def is_whole(token: str) -> bool:
    """Return whether the checksum of something that looks like a token is right."""
    bits = token.removeprefix("cs_")
    return bits[-CHECKSUM:] == _checksum(bits[:-CHECKSUM])


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _checksum(bits: str) -> str:
    return f"{zlib.crc32(bits.encode()):08x}"
