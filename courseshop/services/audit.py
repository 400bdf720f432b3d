from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.orm import aliased

from courseshop.domain.clock import now
from courseshop.models import AuditEntry, User
from courseshop.services.paging import Keyset, Slice, paginate, paginate_parts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import AuditRow
    from courseshop.schemas.base import PageQuery

REPEATED_WITHIN = timedelta(hours=1)
MOST_ENTRIES = 50
NEWEST = Keyset(AuditEntry.at, AuditEntry.id, "at")
_Doer, _Subject = aliased(User), aliased(User)
_ROWS = (
    select(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.kind,
        AuditEntry.address,
        AuditEntry.facts,
        AuditEntry.count,
        _Doer.username.label("actor"),
        _Subject.username.label("subject"),
    )
    .outerjoin(_Doer, _Doer.id == AuditEntry.actor_id)
    .outerjoin(_Subject, _Subject.id == AuditEntry.user_id)
)


def record(db: Session, actor: Actor, kind: str, user_id: int | None = None, **facts: str) -> None:
    """Record, in this transaction, that the actor did `kind` to the account `user_id`.

    `facts` are short details that help to understand the entry; they must not contain secrets.
    """
    db.execute(
        insert(AuditEntry).values(
            kind=kind, actor_id=actor.id, user_id=user_id, address=actor.address, facts=facts
        )
    )


def record_repeated(
    db: Session, actor: Actor, kind: str, user_id: int | None = None, **facts: str
) -> None:
    """Record an event that may repeat often: equal events within an hour share an entry.

    After MOST_ENTRIES different events in an hour, the newest entry counts all others, too.
    """
    # Locks the account, so that two transactions do not both add the first entry.
    db.execute(select(User.id).where(User.id == user_id).with_for_update())
    recent = db.execute(
        select(AuditEntry.id, AuditEntry.facts)
        .where(AuditEntry.kind == kind, AuditEntry.user_id == user_id)
        .where(AuditEntry.actor_id == actor.id, AuditEntry.address == actor.address)
        .where(AuditEntry.at > now() - REPEATED_WITHIN)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_ENTRIES)
    ).all()
    same = [row.id for row in recent if row.facts == facts]
    if not same and len(recent) < MOST_ENTRIES:
        record(db, actor, kind, user_id, **facts)
        return
    again = update(AuditEntry).where(AuditEntry.id == (same or [recent[0].id])[0])
    db.execute(again.values(count=AuditEntry.count + 1))


def listing(db: Session, query: PageQuery, user_id: int | None = None) -> Slice[AuditRow]:
    """Return a page of the security log, newest first; with `user_id`, only of that account.

    Entries of an account are those where it is the actor or the subject.
    """
    if user_id is None:
        return paginate(db, _ROWS, NEWEST, query)
    parts = (AuditEntry.user_id == user_id, AuditEntry.actor_id == user_id)
    return paginate_parts(db, _ROWS, NEWEST, query, parts)
