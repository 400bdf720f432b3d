"""The JSON of the shop: snake_case, moments as RFC 3339 in UTC with a Z."""

from __future__ import annotations

from typing import Any

import orjson

OPTIONS = orjson.OPT_UTC_Z


def dumps(value: Any) -> bytes:
    """Return plain, typed data as JSON. A type that is not plain raises TypeError."""
    return orjson.dumps(value, option=OPTIONS)
