"""Responses to requests with an idempotency key, stored for a day to replay them to retries."""

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

STORED_FOR = timedelta(hours=24)
# The largest number of expired responses that one request deletes.
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
    """The stored response to the request that claimed a key, with that request's fingerprint."""

    fingerprint: str
    status: int
    headers: list[list[str]]
    body: bytes


def claim(db: Session, actor: Actor, key: str, fingerprint: str) -> ClaimedResponse | None:
    """Return the response to the actor's first request with the key; None if this is the first.

    A second request blocks here, at the unique constraint, until the first one commits or rolls
    back. Raises StaleEdit if the row was deleted in the meantime.
    """
    conditions = _conditions(actor, key)
    db.execute(delete(StoredResponse).where(*conditions, expired()))
    values = {"user_id": actor.id, "key_hash": hash_of(key), "fingerprint": fingerprint}
    insert_new(db, StoredResponse, [{**values, "created_at": now()}])
    row = db.execute(select(*COLUMNS).where(*conditions)).one_or_none()
    if row is None:
        raise StaleEdit("the idempotency key or the account has been deleted")
    first_fingerprint, status, headers, body = row
    return None if status is None else ClaimedResponse(first_fingerprint, status, headers, body)


def store(db: Session, actor: Actor, key: str, response: ReplayedResponse) -> None:
    """Store the response to the request that claimed the key, in the request's transaction."""
    db.execute(update(StoredResponse).where(*_conditions(actor, key)).values(response._asdict()))


def _conditions(actor: Actor, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (StoredResponse.user_id == actor.id, StoredResponse.key_hash == hash_of(key))


def expired() -> ColumnElement[bool]:
    return StoredResponse.created_at <= now() - STORED_FOR


def has_expired(db: Session) -> bool:
    """Return whether any stored response has expired."""
    return db.execute(select(StoredResponse.id).where(expired()).limit(1)).first() is not None


def purge(db: Session) -> None:
    """Delete the oldest expired responses, at most PURGE_BATCH."""
    old = select(StoredResponse.id).where(expired()).order_by(StoredResponse.created_at)
    ids = list(db.scalars(old.limit(PURGE_BATCH)))
    db.execute(delete(StoredResponse).where(StoredResponse.id.in_(ids)))
