from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from courseshop.schemas.course import PersonRef


class InvitedTo(TypedDict):
    """The course that an invitation is about."""

    slug: str
    title: str
    url: str


class InvitationOut(TypedDict):
    """An invitation to give a course; it has no `course` to look at until it is accepted."""

    course: InvitedTo
    by: PersonRef | None
    created_at: datetime
    accepted: bool
    url: str
    links: dict[str, str]


class InvitationsOut(TypedDict):
    """One's own invitations."""

    items: list[InvitationOut]
    links: dict[str, str]
