from __future__ import annotations

from typing_extensions import TypedDict

from courseshop.schemas.base import Input, UsernameIn


class InstructorDraft(Input):
    """The user to invite."""

    username: UsernameIn


class InstructorOut(TypedDict):
    """An instructor of a course, or a user invited to become one."""

    username: str
    name: str
    url: str
    invited: bool
    links: dict[str, str]


class InstructorsOut(TypedDict):
    """The instructors of a course, and the users invited to become one."""

    items: list[InstructorOut]
    links: dict[str, str]
