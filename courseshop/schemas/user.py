from __future__ import annotations

from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, Line, UsernameIn
from courseshop.schemas.course import CourseSummary
from courseshop.schemas.wishlist import WishlistRef

Role = Literal["student", "instructor", "moderator", "admin"]


class UserDraft(Input):
    username: UsernameIn
    name: Line = Field(min_length=1, max_length=100)
    role: Role = "student"


class PersonOut(TypedDict):
    """A public profile, with the newest 20 courses; `links.courses` is the whole list."""

    username: str
    name: str
    url: str
    courses: list[CourseSummary]
    wishlists: list[WishlistRef]
    links: dict[str, str]


class PersonPatch(Input):
    """A user's new role."""

    role: Role


class PersonRole(TypedDict):
    """A user's role, which admins may change."""

    username: str
    name: str
    url: str
    role: Role
    links: dict[str, str]
