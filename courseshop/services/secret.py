"""Random secrets for sessions, API tokens and guests' forms, which are stored only as hashes.

They have 256 random bits and cannot be guessed, so a fast hash is enough.
"""

from __future__ import annotations

import secrets
import zlib
from hashlib import sha256

BYTES = 32
# The id of a session or of a guest's form, in a cookie or URL.
COOKIE = r"[A-Za-z0-9_-]{43}"
# A token: 256 bits and their CRC-32, so that typos are detected without a database query.
TOKEN = r"cs_[0-9a-f]{72}"  # noqa: S105 - a form, not a token
CHECKSUM = 8


def new_cookie() -> str:
    return secrets.token_urlsafe(BYTES)


def new_token() -> str:
    bits = secrets.token_hex(BYTES)
    return f"cs_{bits}{_checksum(bits)}"


def is_whole(token: str) -> bool:
    """Return whether the checksum of a string in the format of TOKEN is right."""
    bits = token.removeprefix("cs_")
    return bits[-CHECKSUM:] == _checksum(bits[:-CHECKSUM])


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _checksum(bits: str) -> str:
    return f"{zlib.crc32(bits.encode()):08x}"
