"""One's own account: what it takes to make one, to prove it is one's own, and to change it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from courseshop.schemas.base import NO_NUL, Input, Line, Username
from courseshop.schemas.course import CourseSummary
from courseshop.schemas.user import Role

# A path of this shop: never `//host` or `/\\host`, which browsers take for another one.
OWN_PATH = (
    r"^/(?:(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~&=+,-]|%[0-9A-Fa-f]{2})*)?$"
)
LONGEST_PATH = 500
OwnPath = Annotated[str, Field(pattern=OWN_PATH, max_length=LONGEST_PATH)]
# What a browser's <input type=email> takes (HTML Living Standard, "valid email address"), but for
# the question mark: with it an address could be an encoded word, and mean another one in a header.
EMAIL = (
    r"^[A-Za-z0-9.!#$%&'*+/=^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"
)
# In lower case, so that one mailbox is one address: no provider tells them apart by it.
Email = Annotated[str, Field(pattern=EMAIL, max_length=254), AfterValidator(str.lower)]
Password = Annotated[
    str,
    Field(
        min_length=12,
        max_length=1_000,
        pattern=NO_NUL,
        description="At least 12 characters, of any kind; the longer the better.",
    ),
]
# Of one that was set already nothing is asked, or it could never be changed.
OldPassword = Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=500)]


class PasswordDraft(Input):
    password: Password


class LoginQuery(Input):
    next: OwnPath | None = Field(
        None, description="The page to come back to.", examples=["/courses/backend-with-python"]
    )
    begun: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = Field(
        None, description="What was begun without an account, and is done after the log-in."
    )


class LoginDraft(Input):
    """What one logs in with."""

    username: str = Field(max_length=254, pattern=NO_NUL, description="Username, or email address.")
    password: OldPassword


class LoginOut(TypedDict):
    """Where one came from, and where to go without an account or a password."""

    back: str | None
    links: dict[str, str]


class RegistrationDraft(Input):
    """What an account needs."""

    username: Username
    name: Line = Field(min_length=1, max_length=100)
    email: Email
    password: Password


class AccountOut(TypedDict):
    """One's own account."""

    username: str
    name: str
    url: str
    email: str | None
    pending_email: str | None
    role: Role
    created_at: datetime
    links: dict[str, str]


class AccountPage(AccountOut):
    """One's account, with the courses that one attends and gives, the newest hundred of each."""

    attends: list[CourseSummary]
    teaches: list[CourseSummary]


class AccountPatch(Input):
    """What to change of an account, something at least; another address needs the password too."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    # A default that nobody sees: what counts is which of these were sent.
    name: Line = Field(default_factory=str, min_length=1, max_length=100)
    email: Email = Field(default_factory=str)
    current_password: OldPassword = ""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("nothing", "Say what to change.")
        return self


class PasswordChange(Input):
    """The password that one has, and another one."""

    current_password: OldPassword
    new_password: Password


class ResetRequest(Input):
    """The address that a link to set a new password is mailed to."""

    email: Email


class KeyQuery(Input):
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$", max_length=500)] = Field(
        "", description="The key of the mailed link."
    )


class NewPassword(Input):
    """A new password, with the key of a mailed link."""

    key: Key
    new_password: Password


class Confirmation(Input):
    """The key of a mailed link."""

    key: Key


class FormOut(TypedDict):
    """What a form is about: here, where it leads."""

    links: dict[str, str]
