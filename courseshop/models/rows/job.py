"""Rows about jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import JsonValue


class JobRow(Protocol):
    id: int
    kind: str
    key: str | None
    payload: dict[str, JsonValue]
    state: str
    outcome: str
    attempts: int
    failures: int
    error: str
    created_at: datetime
    run_at: datetime
    lease_until: datetime | None
