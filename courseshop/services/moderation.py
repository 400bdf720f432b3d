"""The moderation queue, and moderators' decisions about reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, select, union_all

from courseshop.domain.errors import Conflict, Conflicts, Stale
from courseshop.domain.i18n import _
from courseshop.models import Course, Review
from courseshop.services import audit, report, review
from courseshop.services.paging import Keyset, Slice, paginate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ModeratedReview, ReviewRow, WaitingRow
    from courseshop.schemas.moderation import Decision, Decisions, KnownReview, ModerationQuery
    from courseshop.schemas.report import Outcome

RECORDED = {"approve": "review_approved", "hide": "review_hidden", "dismiss": "reports_dismissed"}


def queue(db: Session, query: ModerationQuery) -> Slice[WaitingRow]:
    """Return a page of the moderation queue, longest waiting first."""
    # Even ids are courses and odd ids are reviews, so that ids are unique in the queue.
    courses = select(
        literal("course").label("kind"),
        Course.id.label("row_id"),
        (Course.id * 2).label("id"),
        Course.listed_at.label("since"),
    ).where(Course.status == "submitted")
    reviews = select(
        literal("review").label("kind"),
        Review.id.label("row_id"),
        (Review.id * 2 + 1).label("id"),
        Review.waiting_since.label("since"),
    ).where(Review.waiting_since.is_not(None), Review.deleted_at.is_(None))
    kinds: dict[str | None, list[Rows]] = {"course": [courses], "review": [reviews]}
    wanted = kinds.get(query.kind, [courses, reviews])
    columns = union_all(*wanted).subquery().c
    order = Keyset(columns.since, columns.id, "since", ascending=True)
    return paginate(db, select(*columns), order, query)


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
            "approve": _("Review ${id} is already published."),
            "hide": _("Review ${id} is already hidden."),
            "dismiss": _("Review ${id} has no reports to dismiss."),
        }
        raise Conflict("decision", "no_such_move", messages[decision], id=row.id)


def decide(
    db: Session, actor: Actor, row: ModeratedReview, draft: Decision, seen: int | None
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
        review.change(db, row, status=status, hidden_reason=reason, waiting_since=None)
    _check_seen(db, row, seen)
    report.close(db, row.id, draft.decision)
    # Dismissed reports do not appear in the author's security log.
    subject = None if draft.decision == "dismiss" else row.author_id
    facts = {"course": row.course_slug, "review": str(row.id)}
    if draft.reason:
        facts["reason"] = draft.reason
    audit.record(db, actor, RECORDED[draft.decision], subject, **facts)


def _check_seen(db: Session, row: ModeratedReview, seen: int | None) -> None:
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


def _check_known(row: ModeratedReview | None, known: KnownReview) -> None:
    if row is None:
        raise Conflict("", "unknown", _("Review ${id} no longer exists."), id=known.id)
    if row.version != known.version:
        message = _("Review ${id} was edited after you opened this page. Read it again.")
        raise Conflict("", "stale", message, id=known.id)
