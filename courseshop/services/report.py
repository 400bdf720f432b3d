"""Abuse reports of reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.domain.events import ReviewReported, publish
from courseshop.domain.i18n import _
from courseshop.models import Report, Review, User
from courseshop.services import review
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.unique import insert_row, unless_taken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ReportRow, ReviewRow
    from courseshop.schemas.base import PageQuery
    from courseshop.schemas.report import Reason, ReportDraft

NEWEST = Keyset(Report.created_at, Report.id, "created_at")
ROWS = select(
    Report.id,
    Report.reason,
    Report.comment,
    Report.created_at,
    Report.outcome,
    User.username,
    User.name,
).join(User, User.id == Report.user_id)


def add(db: Session, actor: Actor, row: ReviewRow, draft: ReportDraft) -> int:
    """Report a review to the moderators and return the id of the report.

    Raises Conflict for the actor's own review and for a second report by the same user, and
    StaleEdit if the review was edited or deleted since `row` was read.
    """
    if row.author_id == actor.id:
        raise Conflict("", "own_review", _("This is your own review. You can edit or delete it."))
    # Locks the review first: inserting a report takes a shared lock on it through the foreign key,
    # and two transactions that then both want an exclusive lock would deadlock on MariaDB.
    review.touch(db, row, waiting_since=func.coalesce(Review.waiting_since, now()))
    rival = select(Report.id).where(Report.review_id == row.id, Report.user_id == actor.id)
    refusal = Conflict("", "already_reported", _("You've already reported this review."))
    values = {"review_id": row.id, "user_id": actor.id, **draft.model_dump()}
    with unless_taken(db, rival, refusal):
        report_id = insert_row(db, insert(Report).values(values))
    publish(db, ReviewReported(row.id, row.course_id, draft.reason, actor.id))
    return report_id


def find(db: Session, report_id: int) -> ReportRow:
    return db.execute(ROWS.where(Report.id == report_id)).one()


def has_reported(db: Session, actor: Actor, review_id: int) -> bool:
    mine = (Report.review_id == review_id, Report.user_id == actor.id)
    return db.scalar(select(Report.id).where(*mine)) is not None


def listing(db: Session, actor: Actor, row: ReviewRow, query: PageQuery) -> Slice[ReportRow]:
    """Return a page of a review's reports: all for moderators, for others their own.

    Moderators do not see who reported their own reviews.
    """
    rows = ROWS.where(Report.review_id == row.id)
    if not actor.moderates or row.author_id == actor.id:
        rows = rows.where(Report.user_id == actor.id)
    return paginate(db, rows, NEWEST, query)


def open_reasons(db: Session, review_ids: Iterable[int]) -> dict[int, dict[Reason, int]]:
    """Return the number of open reports by reason, by review id."""
    ids = list(review_ids)
    found: dict[int, dict[Reason, int]] = {one: {} for one in ids}
    rows = (
        select(Report.review_id, Report.reason, func.count().label("number"))
        .where(Report.review_id.in_(ids), Report.outcome.is_(None))
        .group_by(Report.review_id, Report.reason)
        .order_by(Report.reason)
    )
    for row in db.execute(rows) if ids else ():
        found[row.review_id][row.reason] = row.number
    return found


def close(db: Session, review_id: int, outcome: str) -> None:
    """Close all open reports of a review with the outcome."""
    db.execute(
        update(Report)
        .where(Report.review_id == review_id, Report.outcome.is_(None))
        .values(outcome=outcome)
        .execution_options(synchronize_session=False)
    )
