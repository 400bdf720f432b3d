from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from courseshop.schemas.base import PageLinks
from courseshop.schemas.course import Count


class AuditOut(TypedDict):
    """Something that happened; `actor` did it (null: a guest or the operator), `subject` met it."""

    id: int
    at: datetime
    kind: str
    actor: str | None
    subject: str | None
    address: str
    facts: dict[str, str]


class AuditsOut(TypedDict):
    """What happened, the newest first."""

    items: list[AuditOut]
    total: Count
    total_exact: bool
    links: PageLinks
