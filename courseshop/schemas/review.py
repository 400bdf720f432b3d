from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from pydantic import MISSING, BeforeValidator, Field
from typing_extensions import TypedDict

from courseshop.domain.text import TEXT
from courseshop.schemas.base import (
    LINE_ENDS,
    RENDERABLE,
    SENT_TEXT,
    WHOLE,
    Input,
    PageLinks,
    PageQuery,
    Query,
    ReadOnly,
    TextOut,
    Version,
    plain_digits,
)
from courseshop.schemas.course import PersonRef
from courseshop.schemas.reply import ReplyOut

Stars = Annotated[int, Field(ge=1, le=5), WHOLE]
ReviewText = Annotated[
    str, Field(max_length=5_000, pattern=TEXT, description="Markdown"), LINE_ENDS, RENDERABLE
]
SentReviewText = Annotated[ReviewText, SENT_TEXT]
Sort = Literal["newest", "helpful", "highest", "lowest"]


class ReviewDraft(Input):
    """A new review."""

    rating: Stars
    text: SentReviewText = ""


class ReviewPatch(Input):
    """Changes to a review; a form sends the version that it was rendered from."""

    same_in_forms = False

    rating: Stars | MISSING = MISSING
    text: SentReviewText | MISSING | None = MISSING
    version: Version | MISSING = MISSING
    id: ReadOnly | MISSING = MISSING
    url: ReadOnly | MISSING = MISSING
    author: ReadOnly | MISSING = MISSING
    verified: ReadOnly | MISSING = MISSING
    helpful_count: ReadOnly | MISSING = MISSING
    reply: ReadOnly | MISSING = MISSING
    created_at: ReadOnly | MISSING = MISSING
    edited_at: ReadOnly | MISSING = MISSING
    status: ReadOnly | MISSING = MISSING
    hidden_reason: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


class ReviewsQuery(PageQuery):
    sort: Sort = Field("newest", description="The sort order.", examples=["helpful"])
    stars: Annotated[int, Field(ge=1, le=5), BeforeValidator(plain_digits)] | None = Field(
        None, description="Only reviews with this number of stars.", examples=[5]
    )
    q: Query = Field("", description="Search words, combined with AND.", examples=["the"])


class ReviewOut(TypedDict):
    """A review.

    `status` is present only if the review is not published, for its author and for moderators.
    `hidden_reason` is the moderator's message to the author.
    """

    id: int
    url: str
    author: PersonRef | None
    rating: Annotated[int, Field(ge=1, le=5)]
    text: TextOut
    verified: bool
    helpful_count: Annotated[int, Field(ge=0)]
    reply: ReplyOut | None
    created_at: datetime
    edited_at: datetime | None
    version: int
    status: NotRequired[Literal["pending", "hidden"]]
    hidden_reason: NotRequired[str]
    links: dict[str, str]


class ReviewsOut(TypedDict):
    """A page of a course's reviews, and the number of reviews that moderators have hidden."""

    items: list[ReviewOut]
    hidden_count: Annotated[int, Field(ge=0)]
    total: Annotated[int, Field(ge=0)]
    total_exact: bool
    links: PageLinks


class FormerText(TypedDict):
    """A review's rating and text before an edit."""

    rating: Annotated[int, Field(ge=1, le=5)]
    text: str
    written_at: datetime


class HistoryOut(TypedDict):
    """The former texts of a review, newest first."""

    items: list[FormerText]
    links: dict[str, str]
