from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class VoteOut(TypedDict):
    """Whether the current user voted for the review (null for guests), and the number of votes."""

    review: str
    helpful: bool | None
    helpful_count: Annotated[int, Field(ge=0)]
    links: dict[str, str]
