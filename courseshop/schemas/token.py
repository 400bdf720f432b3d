from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas.base import WHOLE, Input, PageLinks, Words
from courseshop.schemas.course import Count

Scope = Literal["read", "write"]


class TokenDraft(Input):
    """A new token."""

    name: Words = Field(min_length=1, max_length=100, description="What the token is for.")
    scope: Scope = Field("read", description="read: view only; write: view and change.")
    days: Annotated[
        int, Field(ge=1, le=366, description="Days until the token expires."), WHOLE
    ] = 90


class TokenOut(TypedDict):
    """An API token; the secret, `token`, is present only in the response that creates it."""

    id: int
    url: str
    name: str
    scope: Scope
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime
    token: NotRequired[str]
    links: dict[str, str]


class TokensOut(TypedDict):
    """The current user's API tokens."""

    items: list[TokenOut]
    total: Count
    total_exact: bool
    links: PageLinks
