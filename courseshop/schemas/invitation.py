from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from courseshop.schemas.base import PageLinks
from courseshop.schemas.course import Count, PersonRef


class InvitedTo(TypedDict):
    """The course of an invitation."""

    slug: str
    title: str
    summary: str
    url: str


class InvitationOut(TypedDict):
    """An invitation to teach a course. A draft course can be viewed only after accepting."""

    course: InvitedTo
    by: PersonRef | None
    created_at: datetime
    accepted: bool
    url: str
    links: dict[str, str]


class InvitationsOut(TypedDict):
    """The current user's invitations."""

    items: list[InvitationOut]
    total: Count
    total_exact: bool
    links: PageLinks
