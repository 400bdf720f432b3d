from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas import WHOLE, Input, PageLinks, TextOut
from courseshop.schemas.course import PersonRef


class ReviewDraft(Input):
    rating: Annotated[int, Field(ge=1, le=5), WHOLE]
    text: str = Field("", max_length=5_000, description="Markdown")


class ReviewOut(TypedDict):
    id: int
    url: str
    author: PersonRef | None
    rating: Annotated[int, Field(ge=1, le=5)]
    text: TextOut
    verified: bool
    helpful_count: Annotated[int, Field(ge=0)]
    reply: dict[str, Any] | None
    created_at: datetime
    edited_at: datetime | None
    version: int
    links: dict[str, str]


class ReviewsOut(TypedDict):
    items: list[ReviewOut]
    total: Annotated[int, Field(ge=0)]
    total_exact: bool
    links: PageLinks
