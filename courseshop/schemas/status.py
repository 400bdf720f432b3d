from __future__ import annotations

from datetime import datetime

from pydantic import MISSING, Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, Version
from courseshop.schemas.course import PersonRef, Status
from courseshop.schemas.writing import Comment


class StatusDraft(Input):
    """A move of the life cycle, and why."""

    status: Status
    comment: Comment = Field("", description="Why the status is another one now.")
    version: Version | MISSING = MISSING


class StatusChangeOut(TypedDict):
    """A move of the life cycle."""

    at: datetime
    by: PersonRef | None
    old: Status
    new: Status
    comment: str


class StatusOut(TypedDict):
    """Where a course is in its life cycle, where it may go by whoever asks, and its last moves."""

    status: Status
    version: int
    moves: list[Status]
    history: list[StatusChangeOut]
    links: dict[str, str]
