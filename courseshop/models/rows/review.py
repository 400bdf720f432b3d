"""Rows of reviews and of their moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from courseshop.models.rows.person import PersonName

if TYPE_CHECKING:
    from datetime import datetime

    from courseshop.schemas.course import Status
    from courseshop.schemas.moderation import Kind
    from courseshop.schemas.report import Outcome, Reason


class ReviewRow(Protocol):
    """A review with its author and its reply.

    `author_…` is None if the account was deleted, `reply_…` if there is no reply.
    """

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


class ReviewWithCourse(ReviewRow, Protocol):
    """A review with its course."""

    course_slug: str
    course_title: str
    course_status: Status


class WaitingRow(Protocol):
    """An item of the moderation queue: a course or a review."""

    id: int
    kind: Kind
    row_id: int
    since: datetime


class FormerReview(Protocol):
    """A review's rating and text before an edit."""

    rating: int
    text_markdown: str
    written_at: datetime


class AuthorRecord(Protocol):
    """When an author's account was created, and their numbers of reviews, in total and hidden."""

    created_at: datetime
    reviews: int
    hidden: int


class Watched(Protocol):
    """Whether a review is held, hidden or reported (`review.WATCHED`)."""

    watched: bool


class ReplyNews(Protocol):
    """A reply for an email; `name` is None if its author's account was deleted."""

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
