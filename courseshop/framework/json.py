"""The JSON of the shop: snake_case, moments as RFC 3339 in UTC with a Z."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.framework.request import PageData

OPTIONS = orjson.OPT_UTC_Z


def dumps(value: PageData | JsonValue) -> bytes:
    """Return plain, typed data as JSON. A type that is not plain raises TypeError."""
    return orjson.dumps(value, option=OPTIONS)
