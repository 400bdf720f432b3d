"""Request data (pydantic models) and response data (typed dicts), one module per resource type."""

from __future__ import annotations

from courseshop.deprecated import forward

__getattr__ = forward("courseshop.schemas", ["courseshop.schemas.base"])
