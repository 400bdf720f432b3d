"""The current user's account: registration, login, email address and password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import MISSING, AfterValidator, Field
from typing_extensions import TypedDict

from courseshop.schemas.base import (
    NO_NUL,
    TRIMMED,
    Input,
    PageLinks,
    ReadOnly,
    UsernameIn,
    Words,
)
from courseshop.schemas.course import Count, CourseSummary
from courseshop.schemas.user import Role

# A path in this shop; never `//host` or `/\\host`, which browsers read as a URL of another host.
OWN_PATH = (
    r"^/(?:(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~&=+,-]|%[0-9A-Fa-f]{2})*)?$"
)
# The same, and a part of that page.
NEXT_PATH = OWN_PATH.removesuffix("$") + r"(?:#[A-Za-z0-9._~-]*)?$"
LONGEST_PATH = 500
NextPath = Annotated[str, Field(pattern=NEXT_PATH, max_length=LONGEST_PATH)]
# What a browser's <input type=email> accepts (HTML Living Standard, "valid email address"), except
# the question mark: with it, an address could be an encoded word (RFC 2047), which email headers
# decode to another address.
EMAIL = (
    r"^[A-Za-z0-9.!#$%&'*+/=^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"
)
# Lowercase, so that a mailbox has a single spelling: email providers ignore case.
Email = Annotated[str, Field(pattern=EMAIL, max_length=254), TRIMMED, AfterValidator(str.lower)]
Password = Annotated[
    str,
    Field(
        min_length=12,
        max_length=1_000,
        pattern=NO_NUL,
        description="At least 12 characters, of any kind; the longer the better.",
    ),
]
# An existing password need not follow today's rules; otherwise it could never be changed.
OldPassword = Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]
NeededPassword = Annotated[OldPassword, Field(min_length=1)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=500)]


class PasswordDraft(Input):
    password: Password


class LoginQuery(Input):
    next: NextPath | None = Field(
        None, description="The path to return to.", examples=["/courses/backend-with-python"]
    )
    begun: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = Field(
        None, description="The key of a form submitted by a guest, to be performed after login."
    )
    members: Literal["1"] | None = Field(
        None,
        description="1 if guests may not open `next`, so that no link leads back to it.",
        examples=["1"],
    )


class LoginDraft(Input):
    """Login credentials."""

    username: Annotated[
        str,
        Field(
            min_length=1,
            max_length=254,
            pattern=NO_NUL,
            description="Username or email address.",
        ),
        TRIMMED,
    ]
    password: NeededPassword


class LoginOut(TypedDict):
    """The login page: the path to return to, and links to register and to reset a password."""

    back: str | None
    links: dict[str, str]


class RegistrationDraft(Input):
    """A new account."""

    username: UsernameIn
    name: Words = Field(min_length=1, max_length=100)
    email: Email
    password: Password


class AccountOut(TypedDict):
    """The current user's account."""

    username: str
    name: str
    url: str
    email: str | None
    pending_email: str | None
    role: Role
    created_at: datetime
    links: dict[str, str]


class AccountPage(AccountOut):
    """The current user's account, with the newest 20 courses each in `attends` and `teaches`.

    `links.courses` and `links.teaching` are the whole lists.
    """

    attends: list[CourseSummary]
    teaches: list[CourseSummary]


class OwnCoursesOut(TypedDict):
    """Courses that the current user is enrolled in or teaches."""

    items: list[CourseSummary]
    total: Count
    total_exact: bool
    links: PageLinks


class AccountPatch(Input):
    """Changes to an account. A new email address requires `current_password`."""

    same_in_forms = False

    # The defaults are never used: `model_fields_set` says which fields were sent.
    name: Words = Field(default_factory=str, min_length=1, max_length=100)
    # Null only as long as the account has no confirmed address.
    email: Email | None = Field(default_factory=str)
    current_password: OldPassword = ""
    username: ReadOnly | MISSING = MISSING
    url: ReadOnly | MISSING = MISSING
    pending_email: ReadOnly | MISSING = MISSING
    role: ReadOnly | MISSING = MISSING
    created_at: ReadOnly | MISSING = MISSING
    attends: ReadOnly | MISSING = MISSING
    teaches: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


class FormOut(TypedDict):
    """A page with a form; `links` says where the form leads."""

    links: dict[str, str]


RevokeTokens = Annotated[bool, Field(description="Also revoke all API tokens of the account.")]


class ProofDraft(Input):
    """The current password; in a browser's form also the form to send next."""

    current_password: NeededPassword
    next_path: Annotated[str, Field(pattern=rf"^$|{OWN_PATH}", max_length=LONGEST_PATH)] = ""
    next_body: Annotated[str, Field(max_length=1_000_000, pattern=NO_NUL)] = ""


class PasswordChange(Input):
    """The current password and a new one."""

    current_password: NeededPassword
    new_password: Password
    revoke_tokens: RevokeTokens = False


class SessionsEnd(Input):
    """Whether logging out everywhere also revokes all API tokens."""

    revoke_tokens: RevokeTokens = False


class PasswordFormOut(FormOut):
    """The form to change the password; `tokens` is the number of API tokens that work."""

    tokens: int


class ResetRequest(Input):
    """The email address to send a password reset link to."""

    email: Email


class KeyQuery(Input):
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$", max_length=500)] = Field(
        "", description="The key from the emailed link."
    )


class NewPassword(Input):
    """A new password, with the key from the emailed link."""

    key: Key
    new_password: Password


class Confirmation(Input):
    """The key from the emailed link."""

    key: Key
