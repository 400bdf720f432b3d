"""The outbox: emails to send, stored in the transaction of the change that they are about."""

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

# How long a sender has for a claimed email; then it is due again, in case the sender was killed.
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
    """Put an email into the outbox; it is about the account `user_id` or the review `review_id`."""
    values = {"kind": kind, "address": address, "user_id": user_id, "review_id": review_id}
    db.execute(insert(Mail).values(**values, locale=locale, base_url=base_url))


def was_told(db: Session, kind: str, review_id: int) -> bool:
    """Return whether the outbox has an email of this kind about the review, sent or not.

    Emails that turned out to be `needless` do not count.
    """
    conditions = (Mail.kind == kind, Mail.review_id == review_id, Mail.state != "needless")
    rows = select(Mail.id).where(*conditions)
    return db.execute(rows.limit(1)).first() is not None


def claim(db: Session) -> MailRow | None:
    """Claim the next due email for this sender and return it; None if there is none.

    It becomes due again after LEASE, so that it is not lost if the sender dies.
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
    """Store that an email was `sent`, or is `needless` (see `mailing.send_all`)."""
    _set(db, mail_id, state=state, error="")


def fail(db: Session, row: MailRow, error: str) -> bool:
    """Store why an email was refused, and return whether it will be tried again.

    The wait doubles with each refusal, up to LONGEST_WAIT. After MOST_REFUSALS refusals, the email
    has failed for good.
    """
    refusals = row.refusals + 1
    again = refusals < MOST_REFUSALS
    wait = min(LONGEST_WAIT, timedelta(minutes=2**refusals))
    state = "waiting" if again else "failed"
    _set(db, row.id, state=state, refusals=refusals, error=error[:1_000], due_at=now() + wait)
    return again


def put_off(db: Session, row: MailRow, error: str) -> None:
    """Postpone an email because no mail server is available; this does not count as a refusal."""
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(row.attempts + 1, 9)))
    _set(db, row.id, error=error[:1_000], due_at=now() + wait)


def retry(db: Session) -> int:
    """Make all failed and waiting emails due now; return their number."""
    stuck = update(Mail).where(Mail.state.in_(["failed", "waiting"]))
    due = {"state": "waiting", "attempts": 0, "refusals": 0, "due_at": now()}
    return db.connection().execute(stuck.values(due)).rowcount


def counts(db: Session) -> dict[str, int]:
    rows = db.execute(select(Mail.state, func.count().label("number")).group_by(Mail.state))
    return {row.state: row.number for row in rows}


def unsent(db: Session) -> list[MailRow]:
    """Return the oldest 1,000 emails that wait or failed, oldest first."""
    rows = select(*COLUMNS).where(Mail.state.in_(["failed", "waiting"]))
    return list(db.execute(rows.order_by(Mail.created_at, Mail.id).limit(1_000)))


def _set(db: Session, mail_id: int, **values: SqlValue) -> None:
    db.execute(update(Mail).where(Mail.id == mail_id).values(values))
