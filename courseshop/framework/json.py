"""The shop's JSON: snake_case keys, datetimes in RFC 3339 format in UTC with a Z."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.framework.request import PageData

OPTIONS = orjson.OPT_UTC_Z


def dumps(value: PageData | JsonValue) -> bytes:
    """Encode plain data as JSON. Raises TypeError for any other type."""
    return orjson.dumps(value, option=OPTIONS)
