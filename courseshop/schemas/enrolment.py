from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict


class EnrolmentOut(TypedDict):
    """Whether whoever asks is a student of the course (a guest: null), and since when."""

    course: str
    enrolled: bool | None
    since: datetime | None
    url: str
    links: dict[str, str]
