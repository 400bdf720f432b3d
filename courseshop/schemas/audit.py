from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from courseshop.schemas.base import PageLinks
from courseshop.schemas.course import Count


class AuditOut(TypedDict):
    """An entry of the security log.

    `actor` did it (null: a guest, the operator or a deleted account) to the account `subject`.
    Equal failures within an hour are one entry: `count` says how many, and `at` when they began.
    """

    id: int
    at: datetime
    kind: str
    actor: str | None
    subject: str | None
    address: str
    facts: dict[str, str]
    count: int


class AuditsOut(TypedDict):
    """The security log, newest entries first."""

    items: list[AuditOut]
    total: Count
    total_exact: bool
    links: PageLinks
