"""Events of the domain, to which plugins subscribe.

Services publish an event after each change of state, in the transaction of the change, and none if
nothing changed. A subscriber to `ReviewWritten` runs inside the transaction: `event.db` is its
session, and an exception rolls it back. A subscriber to `Committed` runs once, after the commit,
even if the transaction was retried. Its `event` is the event that was committed;
`courseshop.plugin.writing(committed.registry)` starts a new transaction. The jobs of
`courseshop.jobs.events` are for work that must not be lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Event:
    """Base class of events; `db` is the session of the current transaction.

    All other fields are plain values: texts, numbers, None, and tuples of them. A field that is
    added later needs a default, because a job may have an event of an earlier release.
    """

    db: Session | None = field(default=None, kw_only=True, repr=False, compare=False)


@dataclass(frozen=True)
class Registered(Event):
    """An account was created."""

    user_id: int


@dataclass(frozen=True)
class EmailConfirmed(Event):
    """A user has confirmed an email address."""

    user_id: int


@dataclass(frozen=True)
class LoggedIn(Event):
    """A user has started a login session."""

    user_id: int


@dataclass(frozen=True)
class AccountRenamed(Event):
    """The name that a user shows has changed."""

    user_id: int


@dataclass(frozen=True)
class RoleChanged(Event):
    user_id: int
    old: str
    new: str


@dataclass(frozen=True)
class Wished(Event):
    """A user has put a course on one of their wishlists."""

    course_id: int
    user_id: int
    wishlist_id: int


@dataclass(frozen=True)
class Unwished(Event):
    """A user has removed a course from one of their wishlists, or deleted that list."""

    course_id: int
    user_id: int
    wishlist_id: int


@dataclass(frozen=True)
class CourseCreated(Event):
    course_id: int
    status: str


@dataclass(frozen=True)
class CoursePublished(Event):
    course_id: int


@dataclass(frozen=True)
class CourseEdited(Event):
    """A course's content or status changed, and so did its version.

    `fields` are the names of the changed fields, as in the JSON of a course.
    """

    course_id: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatusChanged(Event):
    course_id: int
    old: str
    new: str


@dataclass(frozen=True)
class InstructorsChanged(Event):
    """Users became instructors of a course, or stopped being that, or their order changed."""

    course_id: int
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Enrolled(Event):
    """A user became a student; without a `reason`, the user has enrolled."""

    course_id: int
    user_id: int
    reason: str = ""


@dataclass(frozen=True)
class Left(Event):
    """A user is no longer a student; without a `reason`, the user has left the course."""

    course_id: int
    user_id: int
    reason: str = ""


@dataclass(frozen=True)
class ReviewWritten(Event):
    review_id: int
    course_id: int
    rating: int
    author_id: int | None = None


@dataclass(frozen=True)
class ReviewChanged(Event):
    """A review, its status or its reply changed.

    `change` is "edited", "deleted", "restored", "approved", "hidden", "replied", "reply_edited" or
    "reply_removed".
    """

    review_id: int
    course_id: int
    change: str = ""


@dataclass(frozen=True)
class Replied(Event):
    """An instructor has replied to a review."""

    review_id: int
    course_id: int
    user_id: int | None


@dataclass(frozen=True)
class ReviewReported(Event):
    """A user has reported that a review breaks the rules."""

    review_id: int
    course_id: int
    reason: str = ""
    user_id: int | None = None


@dataclass(frozen=True)
class ReviewModerated(Event):
    """A moderator has decided about a review: "approve", "hide" or "dismiss" (its reports)."""

    review_id: int
    course_id: int
    decision: str
    user_id: int | None


@dataclass(frozen=True)
class Voted(Event):
    """A user has marked a review as helpful."""

    review_id: int
    course_id: int
    user_id: int


@dataclass(frozen=True)
class VoteWithdrawn(Event):
    review_id: int
    course_id: int
    user_id: int


@dataclass(frozen=True)
class CategoryCreated(Event):
    category_id: int


@dataclass(frozen=True)
class CategoryChanged(Event):
    """A category was renamed or moved: `fields` has "title" or "parent"."""

    category_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Committed:
    event: Event
    registry: Registry = field(repr=False, compare=False)


def publish(db: Session, event: Event) -> None:
    """Notify the subscribers of `event` now, and those of `Committed` after the commit.

    `db` is the session of a request, a command or `run_in_own_transaction`.
    """
    registry = db.info["registry"]
    registry.notify(replace(event, db=db))

    def after(stored: bool) -> None:
        if stored:
            registry.notify(Committed(event, registry))

    db.info["tm"].get().addAfterCommitHook(after)
