from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas import WHOLE, Input
from courseshop.schemas.course import PersonRef


class Answer(Input):
    """A form's answer; a program says it by its method."""

    on: Annotated[int, Field(ge=0, le=1, description="1: accept, 0: decline"), WHOLE]


class InvitedTo(TypedDict):
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
    items: list[InvitationOut]
    links: dict[str, str]
