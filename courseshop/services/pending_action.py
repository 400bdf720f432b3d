"""Forms that guests submitted, stored until they log in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from courseshop.domain.actor import GUEST
from courseshop.domain.clock import now
from courseshop.models import Course, PendingForm
from courseshop.services.course import visible_to
from courseshop.services.secret import hash_of, new_cookie

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.models.rows import PendingFormRow

KEPT_FOR = timedelta(hours=1)
# Limits for one form, for one IP address (enough for a classroom), and for the shop.
LONGEST_BODY = 1_000_000
MOST_OF_ONE_ADDRESS = 100
MOST = 1_000
# The average size that forms may have when counted together.
BYTES_OF_EACH = 65_536


def keep(db: Session, path: str, body: str, address: str) -> str | None:
    """Store a form and return the secret to find it by; None if a limit is exceeded."""
    db.execute(delete(PendingForm).where(has_expired()))
    theirs = _is_full(db, MOST_OF_ONE_ADDRESS, PendingForm.address == address)
    if theirs or _is_full(db, MOST) or len(body) > LONGEST_BODY:
        return None
    secret = new_cookie()
    values = {"secret_hash": hash_of(secret), "path": path, "body": body, "address": address}
    db.execute(insert(PendingForm).values(values))
    return secret


def has_expired() -> ColumnElement[bool]:
    return PendingForm.created_at < now() - KEPT_FOR


def _is_full(db: Session, most: int, *conditions: ColumnElement[bool]) -> bool:
    """Return whether `most` forms are stored, or as many bytes as `most` forms may have."""
    size = func.coalesce(func.sum(func.length(PendingForm.body)), 0)
    row = db.execute(select(func.count(PendingForm.id), size).where(*conditions)).one()
    return bool(row[0] >= most or row[1] >= most * BYTES_OF_EACH)


def find(db: Session, secret: str) -> PendingFormRow | None:
    rows = select(PendingForm.id, PendingForm.path, PendingForm.body)
    return db.execute(
        rows.where(PendingForm.secret_hash == hash_of(secret), ~has_expired())
    ).one_or_none()


def title_of(db: Session, slug: str) -> str | None:
    """Return the title of a course, None if guests may not view it."""
    return db.scalar(select(Course.title).where(Course.slug == slug, visible_to(GUEST)))


def take(db: Session, secret: str) -> PendingFormRow | None:
    """Delete and return a form; of two concurrent calls, only one gets it, the other None."""
    row = find(db, secret)
    if row is None:
        return None
    taken = db.connection().execute(delete(PendingForm).where(PendingForm.id == row.id))
    return row if taken.rowcount == 1 else None
