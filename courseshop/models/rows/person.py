"""Rows about people: accounts, credentials, instructors, email."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from courseshop.schemas.token import Scope
    from courseshop.schemas.user import Role


class PersonName(Protocol):
    """The username and display name of a person."""

    username: str
    name: str


class Account(Protocol):
    id: int
    username: str


class InstructorRow(PersonName, Protocol):
    """An instructor of a course, or a person invited to become one."""

    user_id: int


class InstructorOfCourse(InstructorRow, Protocol):
    course_id: int


class TeachingTotals(PersonName, Protocol):
    """A person with the totals of the published courses that they teach."""

    courses: int
    students: int
    rating_count: int
    rating_sum: int


class InstructorTotals(InstructorRow, TeachingTotals, Protocol):
    """An instructor of a course, with the totals of all their published courses."""


class InvitationRow(Protocol):
    """An invitation for the invited person; `inviter_…` is None if that account was deleted."""

    course_id: int
    slug: str
    title: str
    summary: str
    status: str
    inviter_username: str | None
    inviter_name: str | None
    created_at: datetime


class ListedInvitation(InvitationRow, Protocol):
    """An invitation in a list of one person's, where the course's id tells it from the others."""

    id: int


class AnsweredInvitation(InvitationRow, Protocol):
    accepted: bool


class UserRow(PersonName, Protocol):
    id: int
    role: Role
    stamp: int
    email: str | None
    pending_email: str | None
    created_at: datetime


class ProfileRow(UserRow, TeachingTotals, Protocol):
    """An account with what its profile shows of the person's teaching."""


class UserWithPassword(UserRow, Protocol):
    password_hash: str | None


class Login(Protocol):
    """The columns that a login needs to check a password."""

    id: int
    username: str
    email: str | None
    password_hash: str | None


class CredentialHolder(PersonName, Protocol):
    """The account behind a session or token, with the columns that every request needs."""

    id: int
    user_id: int
    role: Role
    stamp: int
    email: str | None


class SessionHolder(CredentialHolder, Protocol):
    used_at: datetime
    proved_at: datetime


class TokenHolder(CredentialHolder, Protocol):
    used_at: datetime | None
    scope: Scope


class OwnCourse(Protocol):
    """A course that a user `teaches` or is `enrolled_in`."""

    relation: Literal["teaches", "enrolled_in"]
    course_id: int


class PendingFormRow(Protocol):
    """A form that a guest submitted, stored until the guest logs in."""

    id: int
    path: str
    body: str


class SessionRow(Protocol):
    id: int
    user_id: int
    device: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime


class TokenRow(Protocol):
    id: int
    name: str
    scope: Scope
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime


class AuditRow(Protocol):
    """An entry of the security log; `actor` and `subject` are None if the account was deleted."""

    id: int
    at: datetime
    kind: str
    address: str
    facts: dict[str, str]
    count: int
    actor: str | None
    subject: str | None
