"""What happened in the shop, for whoever subscribes.

A subscriber to `ReviewWritten` runs inside the transaction, has it as `event.db`, and undoes it by
raising. One to `Committed` runs after the commit, once, however often the transaction was tried;
what happened is its `event`, and `courseshop.plugin.writing(committed.registry)` begins a new
one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Event:
    """Something happened, in the transaction of `db`."""

    db: Session | None = field(default=None, kw_only=True, repr=False, compare=False)


@dataclass(frozen=True)
class CoursePublished(Event):
    course_id: int


@dataclass(frozen=True)
class CourseEdited(Event):
    """What is written of a course, or its status, is another; its version has moved."""

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
    """Somebody is a student of the course no more."""

    course_id: int
    user_id: int


@dataclass(frozen=True)
class ReviewWritten(Event):
    review_id: int
    course_id: int
    rating: int


@dataclass(frozen=True)
class ReviewChanged(Event):
    """A review was edited, deleted, taken back, replied to, approved or hidden."""

    review_id: int
    course_id: int


@dataclass(frozen=True)
class ReviewReported(Event):
    """Somebody says that a review breaks the rules."""

    review_id: int
    course_id: int


@dataclass(frozen=True)
class Committed:
    event: Event
    registry: Registry = field(repr=False, compare=False)


def publish(db: Session, event: Event) -> None:
    """Tell the subscribers of `event` now, and those of `Committed` when it has been stored."""
    registry = db.info["registry"]
    registry.notify(replace(event, db=db))

    def after(stored: bool) -> None:
        if stored:
            registry.notify(Committed(event, registry))

    db.info["tm"].get().addAfterCommitHook(after)
