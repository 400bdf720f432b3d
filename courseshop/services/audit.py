from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import aliased

from courseshop.models import AuditEntry, User
from courseshop.services.paging import Keyset, Slice, paginate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import AuditRow
    from courseshop.schemas.base import PageQuery

NEWEST = Keyset(AuditEntry.at, AuditEntry.id, "at")
_Doer, _Subject = aliased(User), aliased(User)


def record(db: Session, actor: Actor, kind: str, user_id: int | None = None, **facts: str) -> None:
    """Record, in this transaction, that the actor did `kind` to the account `user_id`.

    `facts` are short details that help to understand the entry; they must not contain secrets.
    """
    db.execute(
        insert(AuditEntry).values(
            kind=kind, actor_id=actor.id, user_id=user_id, address=actor.address, facts=facts
        )
    )


def listing(db: Session, query: PageQuery, user_id: int | None = None) -> Slice[AuditRow]:
    """Return a page of the security log, newest first; with `user_id`, only of that account.

    Entries of an account are those where it is the actor or the subject.
    """
    rows = (
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.kind,
            AuditEntry.address,
            AuditEntry.facts,
            _Doer.username.label("actor"),
            _Subject.username.label("subject"),
        )
        .outerjoin(_Doer, _Doer.id == AuditEntry.actor_id)
        .outerjoin(_Subject, _Subject.id == AuditEntry.user_id)
    )
    if user_id is not None:
        rows = rows.where(or_(AuditEntry.user_id == user_id, AuditEntry.actor_id == user_id))
    return paginate(db, rows, NEWEST, query)
