from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from courseshop.schemas.base import PageLinks
from courseshop.schemas.course import Count


class SessionOut(TypedDict):
    """A browser in which one is logged in."""

    id: int
    url: str
    device: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool
    links: dict[str, str]


class SessionsOut(TypedDict):
    """The browsers in which one is logged in."""

    items: list[SessionOut]
    total: Count
    total_exact: bool
    links: PageLinks
