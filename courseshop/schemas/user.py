from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas import Input, Line, Username
from courseshop.schemas.course import CourseSummary

# A path of this shop: never `//host` or `/\\host`, which browsers take for another one.
OwnPath = Annotated[
    str,
    Field(
        pattern=r"^/(?:(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*)?$",
        max_length=1_000,
    ),
]


class UserDraft(Input):
    username: Username
    name: Line = Field(min_length=1, max_length=100)
    role: Literal["student", "instructor", "moderator", "admin"] = "student"


class PersonOut(TypedDict):
    username: str
    name: str
    url: str
    courses: list[CourseSummary]
    links: dict[str, str]


class LoginQuery(Input):
    next: OwnPath | None = Field(None, description="The page to come back to.")


class LoginOut(TypedDict):
    """Whether one can log in, and where one came from."""

    open: bool
    back: str | None
    links: dict[str, str]
