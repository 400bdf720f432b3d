from __future__ import annotations

from datetime import datetime

from pydantic import MISSING, Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, Version
from courseshop.schemas.course import PersonRef, Status
from courseshop.schemas.writing import Comment


class StatusDraft(Input):
    """A status change with an optional comment."""

    status: Status
    comment: Comment = Field("", description="The reason for the change.")
    version: Version | MISSING = MISSING


class StatusChangeOut(TypedDict):
    """A status change."""

    at: datetime
    by: PersonRef | None
    old: Status
    new: Status
    comment: str


class StatusOut(TypedDict):
    """A course's status, its latest changes, and the statuses (`moves`) that the user may set."""

    status: Status
    version: int
    moves: list[Status]
    history: list[StatusChangeOut]
    links: dict[str, str]
