from __future__ import annotations

from typing_extensions import TypedDict

from courseshop.schemas.base import Input, Username


class InstructorDraft(Input):
    """Whom to invite."""

    username: Username


class InstructorOut(TypedDict):
    """Somebody who gives a course, or is invited to."""

    username: str
    name: str
    url: str
    invited: bool
    links: dict[str, str]


class InstructorsOut(TypedDict):
    """Who gives a course, and who is invited to."""

    items: list[InstructorOut]
    links: dict[str, str]
