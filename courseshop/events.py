"""What happened in the shop, for whoever subscribes.

A subscriber to `ReviewWritten` runs inside the transaction, and undoes it by raising. One to
`Committed` runs after the commit, once, however often the transaction was retried; the event
itself is its `event`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class CoursePublished:
    course_id: int


@dataclass(frozen=True)
class ReviewWritten:
    review_id: int
    course_id: int
    rating: int


@dataclass(frozen=True)
class Committed:
    event: Any


def publish(db: Session, event: Any) -> None:
    """Tell the subscribers of `event` now, and those of `Committed` when it has been stored."""
    notify = db.info["notify"]
    notify(event)

    def after(stored: bool) -> None:
        if stored:
            notify(Committed(event))

    db.info["tm"].get().addAfterCommitHook(after)
