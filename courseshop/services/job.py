"""Jobs: work to do after a request, stored in the transaction that causes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from courseshop.domain.clock import now
from courseshop.models import Job
from courseshop.services.unique import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from pydantic import JsonValue
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue
    from courseshop.models.rows import JobRow

# How long a worker has for a job; then it is due again, in case the worker was killed.
LEASE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=6)
MOST_FAILURES = 8
# The outcome of a job whose reason is gone. Its key is free again.
NEEDLESS = "needless"
COLUMNS = (
    Job.id,
    Job.kind,
    Job.key,
    Job.payload,
    Job.state,
    Job.outcome,
    Job.attempts,
    Job.failures,
    Job.error,
    Job.created_at,
    Job.run_at,
    Job.lease_until,
)


def enqueue(
    db: Session,
    kind: str,
    payload: Mapping[str, JsonValue],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
) -> None:
    """Enqueue a job in the transaction of `db`: if it is rolled back, there is no job.

    `payload` is what the handler of this `kind` gets; it must be JSON. The job does not run before
    `run_at`, an aware datetime. If a job of the same kind and `key` is already stored, finished or
    not, nothing is enqueued.
    """
    new = {"kind": kind, "key": key, "payload": dict(payload), "run_at": run_at or now()}
    insert_new(db, Job, [new])


def without_key(db: Session, key: str, kinds: Collection[str]) -> set[str]:
    """Return those of the kinds that have no job with this key."""
    rows = select(Job.kind).where(Job.key == key, Job.kind.in_(kinds))
    return set(kinds) - set(db.scalars(rows))


def claim(db: Session, kinds: Collection[str]) -> JobRow | None:
    """Claim the next due job of these kinds and return it; None if there is none.

    Other workers skip the row until this transaction ends; then its lease keeps them away. If the
    last lease has expired, a worker was killed during the job, which counts as a failure.
    """
    moment = now()
    due = (Job.state == "waiting", Job.run_at <= moment, has_no_lease(moment), Job.kind.in_(kinds))
    rows = select(Job.id, Job.lease_until).where(*due).order_by(Job.run_at, Job.id).limit(1)
    found = db.execute(rows.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    was_killed = found.lease_until is not None
    leased = {
        "lease_until": moment + LEASE,
        "attempts": Job.attempts + 1,
        "failures": Job.failures + int(was_killed),
    }
    db.execute(update(Job).where(Job.id == found.id).values(leased))
    row: JobRow = db.execute(select(*COLUMNS).where(Job.id == found.id)).one()
    return row


def has_no_lease(moment: datetime) -> ColumnElement[bool]:
    return or_(Job.lease_until.is_(None), Job.lease_until <= moment)


def extend(db: Session, row: JobRow) -> JobRow | None:
    """Extend the lease of a claimed job, and return its row; None if another worker has it now."""
    lease = now() + LEASE
    mine = (Job.id == row.id, Job.lease_until == row.lease_until)
    db.execute(update(Job).where(*mine).values(lease_until=lease))
    held = select(*COLUMNS).where(Job.id == row.id, Job.lease_until == lease)
    return db.execute(held).one_or_none()


def finish(db: Session, row: JobRow, outcome: str = "") -> None:
    """Store that a job is done. Its payload may be personal, and is no longer needed."""
    key = None if outcome == NEEDLESS else row.key
    _release(db, row, state="done", outcome=outcome[:20], key=key, payload={}, error="")


def repeat(db: Session, row: JobRow, after: timedelta) -> None:
    """Let a job that is done run again later."""
    _release(db, row, attempts=0, failures=0, error="", run_at=now() + after)


def fail(db: Session, row: JobRow, error: str, *, for_good: bool = True) -> bool:
    """Store why a job failed, and return whether it will be tried again.

    The wait doubles with each failure, up to LONGEST_WAIT. After MOST_FAILURES failures the job has
    failed for good, unless `for_good` is False.
    """
    failures = row.failures + 1
    again = failures < MOST_FAILURES or not for_good
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(failures, MOST_FAILURES + 1)))
    state = "waiting" if again else "failed"
    _release(db, row, state=state, failures=failures, error=error[:1_000], run_at=now() + wait)
    return again


def put_off(db: Session, row: JobRow, error: str) -> None:
    """Postpone a job that cannot run at the moment; this does not count as a failure."""
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(row.attempts, 9)))
    _release(db, row, error=error[:1_000], run_at=now() + wait)


def retry(db: Session, *conditions: ColumnElement[bool]) -> int:
    """Make those failed and waiting jobs due now that no worker holds; return their number."""
    idle = (Job.state.in_(["failed", "waiting"]), has_no_lease(now()))
    due = {"state": "waiting", "attempts": 0, "failures": 0, "run_at": now(), "lease_until": None}
    stuck = update(Job).where(*idle, *conditions).values(due)
    return db.connection().execute(stuck).rowcount


def unfinished(db: Session, *conditions: ColumnElement[bool]) -> list[JobRow]:
    """Return the oldest 1,000 jobs that wait, run or failed, oldest first."""
    rows = select(*COLUMNS).where(Job.state.in_(["failed", "waiting"]), *conditions)
    return list(db.execute(rows.order_by(Job.created_at, Job.id).limit(1_000)))


def counts(db: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    """Return the number of jobs by outcome, or by state if they have no outcome."""
    rows = select(Job.state, Job.outcome, func.count().label("number")).where(*conditions)
    found = db.execute(rows.group_by(Job.state, Job.outcome))
    return {row.outcome or row.state: row.number for row in found}


def _release(db: Session, row: JobRow, **values: SqlValue) -> None:
    """Store the end of an attempt, unless another worker has the job since its lease ended."""
    mine = (Job.id == row.id, Job.lease_until == row.lease_until)
    db.execute(update(Job).where(*mine).values(lease_until=None, **values))
