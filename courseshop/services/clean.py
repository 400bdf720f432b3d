"""Outdated rows, which `courseshop clean` removes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, func, inspect, select

from courseshop.domain.clock import now
from courseshop.models import AuditEntry, Job, LoginSession, PendingForm, StoredResponse, Throttle
from courseshop.services import idempotency, pending_action, session

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.base import Base
    from courseshop.settings import Settings

# Rows removed in one transaction. A small number, so that other writes wait only briefly.
BATCH = 500


class Outdated(NamedTuple):
    """The outdated rows of a table: those that meet `condition`. Its primary key is one column."""

    name: str
    model: type[Base]
    condition: ColumnElement[bool]

    @property
    def key(self) -> ColumnElement[int | str]:
        (key,) = inspect(self.model).primary_key
        return key


def outdated(settings: Settings) -> tuple[Outdated, ...]:
    """Return all kinds of rows that are outdated now, by the shop's settings."""
    moment = now()
    old_entries = AuditEntry.at < moment - timedelta(days=settings.keep_audit_days)
    old_jobs = and_(
        Job.state != "waiting", Job.created_at < moment - timedelta(days=settings.keep_mail_days)
    )
    return (
        Outdated("security log entries", AuditEntry, old_entries),
        Outdated("finished jobs", Job, old_jobs),
        Outdated("expired sessions", LoginSession, session.has_expired(settings)),
        Outdated("expired forms of guests", PendingForm, pending_action.has_expired()),
        Outdated("expired idempotency keys", StoredResponse, idempotency.expired()),
        Outdated("expired rate-limit counters", Throttle, Throttle.expires_at <= moment),
    )


def count(db: Session, old: Outdated) -> int:
    return db.scalar(select(func.count()).select_from(old.model).where(old.condition)) or 0


def remove_some(db: Session, old: Outdated, after: int | str | None) -> list[int | str]:
    """Remove the next batch in the order of the primary key, and return its keys."""
    rows = select(old.key).where(old.condition).order_by(old.key).limit(BATCH)
    keys: list[int | str] = list(db.scalars(rows if after is None else rows.where(old.key > after)))
    # With the condition again: a session may have been used in the meantime.
    db.execute(delete(old.model).where(old.key.in_(keys), old.condition))
    return keys
