"""Events of the domain, to which plugins subscribe.

A subscriber to `ReviewWritten` runs inside the transaction: `event.db` is its session, and an
exception rolls it back. A subscriber to `Committed` runs once, after the commit, even if the
transaction was retried. Its `event` is the event that was committed;
`courseshop.plugin.writing(committed.registry)` starts a new transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Event:
    """Base class of events; `db` is the session of the current transaction."""

    db: Session | None = field(default=None, kw_only=True, repr=False, compare=False)


@dataclass(frozen=True)
class CoursePublished(Event):
    course_id: int


@dataclass(frozen=True)
class CourseEdited(Event):
    """A course's content or status changed, and so did its version."""

    course_id: int


@dataclass(frozen=True)
class StatusChanged(Event):
    course_id: int
    old: str
    new: str


@dataclass(frozen=True)
class InstructorsChanged(Event):
    course_id: int


@dataclass(frozen=True)
class Enrolled(Event):
    course_id: int
    user_id: int


@dataclass(frozen=True)
class Left(Event):
    """A student has left the course."""

    course_id: int
    user_id: int


@dataclass(frozen=True)
class ReviewWritten(Event):
    review_id: int
    course_id: int
    rating: int


@dataclass(frozen=True)
class ReviewChanged(Event):
    """A review was edited, deleted, restored, replied to, approved or hidden."""

    review_id: int
    course_id: int


@dataclass(frozen=True)
class ReviewReported(Event):
    """A user has reported that a review breaks the rules."""

    review_id: int
    course_id: int


@dataclass(frozen=True)
class Committed:
    event: Event
    registry: Registry = field(repr=False, compare=False)


def publish(db: Session, event: Event) -> None:
    """Notify the subscribers of `event` now, and those of `Committed` after the commit."""
    registry = db.info["registry"]
    registry.notify(replace(event, db=db))

    def after(stored: bool) -> None:
        if stored:
            registry.notify(Committed(event, registry))

    db.info["tm"].get().addAfterCommitHook(after)
