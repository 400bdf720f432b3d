"""Forms that guests submitted, to be performed once they have logged in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from courseshop.domain.clock import now
from courseshop.models import Begun
from courseshop.services.secret import hash_of, new_cookie

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.models.rows import BegunRow

KEPT_FOR = timedelta(hours=1)
# Limits for one form, for one IP address (enough for a classroom), and for the shop.
LONGEST_BODY = 1_000_000
MOST_OF_ONE_ADDRESS = 100
MOST = 1_000
# The average size that forms may have when counted together.
BYTES_OF_EACH = 65_536


def keep(db: Session, path: str, body: str, address: str) -> str | None:
    """Store a form and return the secret to find it by; None if a limit is exceeded."""
    since = now() - KEPT_FOR
    db.execute(delete(Begun).where(Begun.created_at < since))
    theirs = _is_full(db, MOST_OF_ONE_ADDRESS, Begun.address == address)
    if theirs or _is_full(db, MOST) or len(body) > LONGEST_BODY:
        return None
    secret = new_cookie()
    values = {"secret_hash": hash_of(secret), "path": path, "body": body, "address": address}
    db.execute(insert(Begun).values(values))
    return secret


def _is_full(db: Session, most: int, *which: ColumnElement[bool]) -> bool:
    """Return whether `most` forms are stored, or as many bytes as `most` forms may have."""
    size = func.coalesce(func.sum(func.length(Begun.body)), 0)
    row = db.execute(select(func.count(Begun.id), size).where(*which)).one()
    return bool(row[0] >= most or row[1] >= most * BYTES_OF_EACH)


def find(db: Session, secret: str) -> BegunRow | None:
    which = (Begun.secret_hash == hash_of(secret), Begun.created_at > now() - KEPT_FOR)
    return db.execute(select(Begun.id, Begun.path, Begun.body).where(*which)).one_or_none()


def take(db: Session, secret: str) -> BegunRow | None:
    """Delete and return a form; of two concurrent calls, only one gets it, the other None."""
    row = find(db, secret)
    if row is None:
        return None
    taken = db.connection().execute(delete(Begun).where(Begun.id == row.id))
    return row if taken.rowcount == 1 else None
