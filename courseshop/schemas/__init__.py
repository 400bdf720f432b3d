"""What comes in (pydantic models) and what goes out (typed dicts), noun by noun."""

from __future__ import annotations

from courseshop.deprecated import forward

__getattr__ = forward("courseshop.schemas", ["courseshop.schemas.base"])
