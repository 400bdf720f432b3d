"""Reviews and what moderators see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from courseshop.models.rows.person import PersonName

if TYPE_CHECKING:
    from datetime import datetime

    from courseshop.schemas.course import Status
    from courseshop.schemas.moderation import Kind
    from courseshop.schemas.report import Outcome, Reason


class ReviewRow(Protocol):
    """A review with its author, who may have left, and its reply, if it has one."""

    id: int
    course_id: int
    author_id: int | None
    rating: int
    text_markdown: str
    text_html: str
    status: str
    waiting_since: datetime | None
    hidden_reason: str
    verified: bool
    helpful_count: int
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    version: int
    stamp: int
    author_username: str | None
    author_name: str | None
    author_stamp: int | None
    reply_version: int | None
    reply_markdown: str | None
    reply_html: str | None
    reply_created_at: datetime | None
    reply_edited_at: datetime | None
    reply_author_id: int | None
    reply_username: str | None
    reply_name: str | None
    reply_stamp: int | None


class ModeratedReview(ReviewRow, Protocol):
    """A review with its course, for moderators."""

    course_slug: str
    course_title: str
    course_status: Status


class WaitingRow(Protocol):
    """What waits for moderators: a course or a review."""

    id: int
    kind: Kind
    row_id: int
    since: datetime


class FormerReview(Protocol):
    """What a review said before an edit."""

    rating: int
    text_markdown: str
    written_at: datetime


class AuthorRecord(Protocol):
    """Since when an author has an account, and how many reviews they have; some are hidden."""

    created_at: datetime
    reviews: int
    hidden: int


class Watched(Protocol):
    """Whether moderators have a word in a review."""

    watched: bool


class ReplyNews(Protocol):
    """What a mail says of a reply; its author may have left."""

    text_markdown: str
    slug: str
    title: str
    name: str | None


class ReportRow(PersonName, Protocol):
    id: int
    reason: Reason
    comment: str
    created_at: datetime
    outcome: Outcome | None
