from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class VoteOut(TypedDict):
    """Whether whoever asks finds the review helpful (a guest: null), and how many do."""

    review: str
    helpful: bool | None
    helpful_count: Annotated[int, Field(ge=0)]
    links: dict[str, str]
