from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict


class EnrolmentOut(TypedDict):
    """Whether the current user is enrolled in the course (null for guests), and since when."""

    course: str
    enrolled: bool | None
    since: datetime | None
    url: str
    links: dict[str, str]
