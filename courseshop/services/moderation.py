"""The moderation queue, and moderators' decisions about reviews."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, literal, select

from courseshop.domain.errors import Conflict, Conflicts, Stale
from courseshop.domain.events import ReviewModerated, publish
from courseshop.domain.i18n import _
from courseshop.models import Course, Review
from courseshop.services import audit, report, review
from courseshop.services.filters import hidden
from courseshop.services.paging import (
    EARLIEST,
    Keyset,
    Slice,
    count_up_to,
    ids_of,
    merge,
    page_of,
    paginate,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ReviewRow, ReviewWithCourse, WaitingRow
    from courseshop.schemas.moderation import (
        Decision,
        Decisions,
        Kind,
        KnownReview,
        ModerationQuery,
    )
    from courseshop.schemas.report import Outcome

RECORDED = {"approve": "review_approved", "hide": "review_hidden", "dismiss": "reports_dismissed"}


@dataclass(frozen=True)
class _Waiting(Keyset):
    """The order of one kind of items in the queue, whose ids grow with the `row_id` of an index."""

    ascending: bool = True
    row_id: Column = field(kw_only=True)

    def order(self, ascending: bool) -> tuple[Column, ...]:
        columns = (self.column, self.row_id)
        return tuple(one.asc() if ascending else one.desc() for one in columns)


# Even ids are courses and odd ids are reviews, so that ids are unique in the queue.
_COURSES = _Waiting(Course.listed_at, Course.id * 2, "since", row_id=Course.id)
_REVIEWS = _Waiting(Review.waiting_since, Review.id * 2 + 1, "since", row_id=Review.id)
_WAITING: dict[Kind, tuple[_Waiting, ColumnElement[bool]]] = {
    "course": (_COURSES, Course.status == "submitted"),
    # A range and a hidden column, because SQLite would look up all reviews that are not deleted.
    "review": (
        _REVIEWS,
        and_(Review.waiting_since >= EARLIEST, hidden(Review.deleted_at).is_(None)),
    ),
}


def queue(db: Session, query: ModerationQuery) -> Slice[WaitingRow]:
    """Return a page of the moderation queue, longest waiting first."""
    wanted = {query.kind: _WAITING[query.kind]} if query.kind else _WAITING
    pages = [
        page_of(_rows(kind, keyset, waits), keyset, query)
        for kind, (keyset, waits) in wanted.items()
    ]
    page = merge(pages)
    order = Keyset(page.c.since, page.c.id, "since", ascending=True)
    ids = merge([ids_of(keyset.id, [waits]) for keyset, waits in wanted.values()])
    return paginate(db, select(page), order, query, count_up_to(db, select(ids)))


def _rows(kind: Kind, keyset: _Waiting, waits: ColumnElement[bool]) -> Rows:
    return select(
        literal(kind).label("kind"),
        keyset.row_id.label("row_id"),
        keyset.id.label("id"),
        keyset.column.label("since"),
    ).where(waits)


def choices(actor: Actor, row: ReviewRow) -> list[Outcome]:
    """Return the decisions that the actor, a moderator, may make about a review; see `check`."""
    if row.author_id == actor.id:
        return []
    possible: dict[Outcome, bool] = {
        "approve": row.status != "published",
        "hide": row.status != "hidden",
        "dismiss": row.status != "pending" and row.waiting_since is not None,
    }
    return [decision for decision, yes in possible.items() if yes]


def check(actor: Actor, row: ReviewRow, decision: Outcome) -> None:
    """Raise Conflict if the review is the moderator's own or `decision` would change nothing."""
    if row.author_id == actor.id:
        message = _("Review ${id} is yours. Another moderator has to decide.")
        raise Conflict("", "own_review", message, id=row.id)
    if decision not in choices(actor, row):
        messages = {
            "approve": _("Review ${id} is already published.")
            if row.waiting_since is None
            else _("Review ${id} is already published. To keep it, use “Dismiss reports”."),
            "hide": _("Review ${id} is already hidden."),
            "dismiss": _("Review ${id} has no reports to dismiss."),
        }
        raise Conflict("decision", "no_such_move", messages[decision], id=row.id)


def decide(
    db: Session, actor: Actor, row: ReviewWithCourse, draft: Decision, seen: int | None
) -> None:
    """Publish or hide a review, or dismiss its reports; in any case, its open reports are closed.

    `row` has the columns of `review.of_ids`; `seen` is the number of open reports that the
    moderator has read (None: not checked). Raises Conflict as `check` does, Stale if that number
    changed, and StaleEdit if the review changed since `row` was read.
    """
    check(actor, row, draft.decision)
    if draft.decision == "dismiss":
        review.touch(db, row, waiting_since=None)
    else:
        hidden = draft.decision == "hide"
        status = "hidden" if hidden else "published"
        reason = draft.reason if hidden else ""
        change = "hidden" if hidden else "approved"
        review.change(db, row, change, status=status, hidden_reason=reason, waiting_since=None)
    _check_seen(db, row, seen)
    report.close(db, row.id, draft.decision)
    # Dismissed reports do not appear in the author's security log.
    subject = None if draft.decision == "dismiss" else row.author_id
    facts = {"course": row.course_slug, "review": str(row.id)}
    if draft.reason:
        facts["reason"] = draft.reason
    audit.record(db, actor, RECORDED[draft.decision], subject, **facts)
    publish(db, ReviewModerated(row.id, row.course_id, draft.decision, actor.id))


def _check_seen(db: Session, row: ReviewWithCourse, seen: int | None) -> None:
    """Raise Stale unless `seen` reports are open; the review is locked, so none can be added."""
    if seen is not None and sum(report.open_reasons(db, [row.id])[row.id].values()) != seen:
        message = _("Review ${id} was reported again after you opened this page.")
        raise Stale("", "stale", message, id=row.id)


def decide_all(db: Session, actor: Actor, draft: Decisions) -> None:
    """Make one decision about several reviews: about all of them or none.

    Raises Conflicts with one conflict for each review that cannot be decided.
    """
    rows = review.of_ids(db, [one.id for one in draft.reviews])
    found: list[Conflict] = []
    for at, one in enumerate(draft.reviews):
        try:
            _check_known(rows.get(one.id), one)
            check(actor, rows[one.id], draft.decision)
        except Conflict as fault:
            field = f"reviews.{at}"
            found.append(Conflict(field, fault.code, fault.message, **fault.parameters))
    if found:
        raise Conflicts(found)
    # In a fixed order, so that two moderators cannot deadlock.
    seen = {one.id: one.reports for one in draft.reviews}
    for row in sorted(rows.values(), key=lambda row: (row.course_id, row.id)):
        decide(db, actor, row, draft, seen[row.id])


def _check_known(row: ReviewWithCourse | None, known: KnownReview) -> None:
    if row is None:
        raise Conflict("", "unknown", _("Review ${id} no longer exists."), id=known.id)
    if row.version != known.version:
        message = _("Review ${id} was edited after you opened this page. Read it again.")
        raise Conflict("", "stale", message, id=known.id)
