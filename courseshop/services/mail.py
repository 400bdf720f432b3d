"""The outbox: what is to be mailed, stored with the change that it tells of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from courseshop.domain.clock import now
from courseshop.models import Mail

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue
    from courseshop.models.rows import MailRow

# A sender that was killed is not waited for any longer.
LEASE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_REFUSALS = 8
COLUMNS = (
    Mail.id,
    Mail.kind,
    Mail.address,
    Mail.user_id,
    Mail.review_id,
    Mail.locale,
    Mail.base_url,
    Mail.state,
    Mail.attempts,
    Mail.refusals,
    Mail.error,
    Mail.created_at,
    Mail.due_at,
)


def queue(  # noqa: PLR0913 - the facts of one message
    db: Session,
    kind: str,
    address: str,
    *,
    user_id: int | None,
    locale: str,
    base_url: str,
    review_id: int | None = None,
) -> None:
    """Put a message into the outbox, about an account or a review of theirs."""
    values = {"kind": kind, "address": address, "user_id": user_id, "review_id": review_id}
    db.execute(insert(Mail).values(**values, locale=locale, base_url=base_url))


def was_told(db: Session, kind: str, review_id: int) -> bool:
    """Return whether somebody was, or will be, told of a review by a message of this kind."""
    told = (Mail.kind == kind, Mail.review_id == review_id, Mail.state != "needless")
    rows = select(Mail.id).where(*told)
    return db.execute(rows.limit(1)).first() is not None


def claim(db: Session) -> MailRow | None:
    """Return the next message that is due, for this sender alone, None when there is none.

    It is due again after a while, so that it is not lost with its sender.
    """
    due = (Mail.state == "waiting", Mail.due_at <= now())
    for row in db.execute(select(*COLUMNS).where(*due).order_by(Mail.due_at, Mail.id).limit(20)):
        mine = update(Mail).where(Mail.id == row.id, Mail.due_at == row.due_at, *due)
        leased = {"due_at": now() + LEASE, "attempts": Mail.attempts + 1}
        claimed = db.connection().execute(mine.values(leased))
        if claimed.rowcount == 1:
            return row
    return None


def finish(db: Session, mail_id: int, state: str) -> None:
    """Note that a message was sent, or that there was nothing to say (`needless`)."""
    _set(db, mail_id, state=state, error="")


def fail(db: Session, row: MailRow, error: str) -> bool:
    """Note why a message was not sent, and tell whether it is tried again, later each time."""
    refusals = row.refusals + 1
    again = refusals < MOST_REFUSALS
    wait = min(LONGEST_WAIT, timedelta(minutes=2**refusals))
    state = "waiting" if again else "failed"
    _set(db, row.id, state=state, refusals=refusals, error=error[:1_000], due_at=now() + wait)
    return again


def put_off(db: Session, row: MailRow, error: str) -> None:
    """Give a message back that no server took: an outage is no fault of the message."""
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(row.attempts + 1, 9)))
    _set(db, row.id, error=error[:1_000], due_at=now() + wait)


def retry(db: Session) -> int:
    """Make all that failed or waits due now; return how many that are."""
    stuck = update(Mail).where(Mail.state.in_(["failed", "waiting"]))
    due = {"state": "waiting", "attempts": 0, "refusals": 0, "due_at": now()}
    return db.connection().execute(stuck.values(due)).rowcount


def counts(db: Session) -> dict[str, int]:
    rows = db.execute(select(Mail.state, func.count().label("number")).group_by(Mail.state))
    return {row.state: row.number for row in rows}


def unsent(db: Session) -> list[MailRow]:
    """Return what waits or failed, the oldest first."""
    rows = select(*COLUMNS).where(Mail.state.in_(["failed", "waiting"]))
    return list(db.execute(rows.order_by(Mail.created_at, Mail.id).limit(1_000)))


def _set(db: Session, mail_id: int, **values: SqlValue) -> None:
    db.execute(update(Mail).where(Mail.id == mail_id).values(values))
