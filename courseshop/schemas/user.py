from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import MISSING, BeforeValidator, Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, PageLinks, PageQuery, Query, ReadOnly, UsernameIn, Words
from courseshop.schemas.course import Count, CourseRef, CourseSummary
from courseshop.schemas.course_page import InstructorFacts
from courseshop.schemas.review import ReviewOut
from courseshop.schemas.wishlist import WishlistRef

Role = Literal["student", "instructor", "moderator", "admin"]


class UserDraft(Input):
    username: UsernameIn
    name: Words = Field(min_length=1, max_length=100)
    role: Role = "student"


class WrittenReview(TypedDict):
    """A public review, and the course that it is about."""

    course: CourseRef
    review: ReviewOut


class PersonOut(TypedDict):
    """A public profile, with the newest 20 courses; `links.courses` is the whole list.

    `instructor_facts` is null for a user who teaches no published course. `reviews` are the last 5
    public ones of a user without `courses`; of others, the list is empty.
    """

    username: str
    name: str
    url: str
    instructor_facts: InstructorFacts | None
    courses: list[CourseSummary]
    reviews: list[WrittenReview]
    wishlists: list[WishlistRef]
    links: dict[str, str]


class PersonPatch(Input):
    """A user's new role."""

    same_in_forms = False

    role: Role | MISSING = MISSING
    username: ReadOnly | MISSING = MISSING
    name: ReadOnly | MISSING = MISSING
    url: ReadOnly | MISSING = MISSING
    instructor_facts: ReadOnly | MISSING = MISSING
    courses: ReadOnly | MISSING = MISSING
    reviews: ReadOnly | MISSING = MISSING
    wishlists: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


class PeopleQuery(PageQuery):
    q: Query = Field(
        "",
        description="Words that usernames, names or email addresses begin with, combined with AND.",
        examples=["mina"],
    )
    role: Annotated[Role | None, BeforeValidator(lambda role: role or None)] = Field(
        None, description="Only accounts with this role.", examples=["student"]
    )


class AccountRow(TypedDict):
    """An account as admins see it; `email` is the address that it has or claims."""

    username: str
    name: str
    url: str
    role: Role
    email: str | None
    confirmed: bool
    created_at: datetime


class PeopleOut(TypedDict):
    """All accounts, newest first."""

    items: list[AccountRow]
    total: Count
    total_exact: bool
    links: PageLinks


class PersonRole(TypedDict):
    """A user's role, which admins may change."""

    username: str
    name: str
    url: str
    role: Role
    links: dict[str, str]
