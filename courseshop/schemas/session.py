from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from courseshop.schemas.base import PageLinks
from courseshop.schemas.course import Count


class SessionOut(TypedDict):
    """A login session of the current user; `current` marks the one that this request uses."""

    id: int
    url: str
    device: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool
    links: dict[str, str]


class SessionsEndOut(TypedDict):
    """The confirmation to log out everywhere; `tokens` is the number of API tokens that work."""

    tokens: int
    links: dict[str, str]


class SessionsOut(TypedDict):
    """The current user's login sessions; `tokens` is the number of API tokens that work."""

    tokens: int
    items: list[SessionOut]
    total: Count
    total_exact: bool
    links: PageLinks
