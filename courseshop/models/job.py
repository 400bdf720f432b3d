from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now


class Job(Base):
    """Work to do after a request, enqueued in its transaction.

    A worker that takes a waiting job holds it until `lease_until`; if the worker is killed, the job
    is due again then. `outcome` is what the handler of a finished job returned. `key` is unique for
    each kind, so that the same work is not enqueued twice. Finished jobs have no payload.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'failed')", "state"),
        UniqueConstraint("kind", "key"),
        Index(None, "state", "run_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    key: Mapped[str | None] = mapped_column(String(100))
    payload: Mapped[dict[str, JsonValue]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    outcome: Mapped[str] = mapped_column(String(20), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
