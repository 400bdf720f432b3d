"""Responses stored for a day, so that a repeated request with an idempotency key runs only once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select, update

from courseshop.database.stale import StaleEdit
from courseshop.domain.clock import now
from courseshop.models import StoredResponse
from courseshop.services.secret import hash_of
from courseshop.services.unique import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor

KEPT_FOR = timedelta(hours=24)
# How many expired responses one request deletes at most.
PURGE_BATCH = 100
COLUMNS = (
    StoredResponse.fingerprint,
    StoredResponse.status,
    StoredResponse.headers,
    StoredResponse.body,
)


class ReplayedResponse(NamedTuple):
    """A response to replay: the status, the headers as pairs of name and value, and the body."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class ClaimedResponse(NamedTuple):
    """A stored response, with the fingerprint of the request that it belongs to."""

    fingerprint: str
    status: int
    headers: list[list[str]]
    body: bytes


def claim(db: Session, actor: Actor, key: str, fingerprint: str) -> ClaimedResponse | None:
    """Return the response to the actor's first request with the key; None if this is the first.

    A second request blocks here, at the unique constraint, until the first one commits or rolls
    back. Raises StaleEdit if the row was deleted meanwhile.
    """
    which = _conditions(actor, key)
    db.execute(delete(StoredResponse).where(*which, expired()))
    values = {"user_id": actor.id, "key_hash": hash_of(key), "fingerprint": fingerprint}
    insert_new(db, StoredResponse, [{**values, "created_at": now()}])
    row = db.execute(select(*COLUMNS).where(*which)).one_or_none()
    if row is None:
        raise StaleEdit("whoever had this key has gone, or the account has")
    mark, status, headers, body = row
    return None if status is None else ClaimedResponse(mark, status, headers, body)


def keep(db: Session, actor: Actor, key: str, answer: ReplayedResponse) -> None:
    """Store the response to the request that claimed the key, in the request's transaction."""
    db.execute(update(StoredResponse).where(*_conditions(actor, key)).values(answer._asdict()))


def _conditions(actor: Actor, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (StoredResponse.user_id == actor.id, StoredResponse.key_hash == hash_of(key))


def expired() -> ColumnElement[bool]:
    return StoredResponse.created_at <= now() - KEPT_FOR


def has_expired(db: Session) -> bool:
    """Return whether any stored response has expired."""
    return db.execute(select(StoredResponse.id).where(expired()).limit(1)).first() is not None


def purge(db: Session) -> None:
    """Delete the oldest expired responses, a hundred at most."""
    old = select(StoredResponse.id).where(expired()).order_by(StoredResponse.created_at)
    ids = list(db.scalars(old.limit(PURGE_BATCH)))
    db.execute(delete(StoredResponse).where(StoredResponse.id.in_(ids)))
