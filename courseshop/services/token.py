"""API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from courseshop.database.compiled import CompiledStatement
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.models import AccessToken, User
from courseshop.services import audit
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.secret import hash_of, new_token
from courseshop.services.session import HOLDER_COLUMNS
from courseshop.services.unique import insert_row

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import TokenHolder, TokenRow
    from courseshop.schemas.base import PageQuery
    from courseshop.schemas.token import TokenDraft

NEWEST = Keyset(AccessToken.created_at, AccessToken.id, "created_at")
COLUMNS = (
    AccessToken.id,
    AccessToken.name,
    AccessToken.scope,
    AccessToken.created_at,
    AccessToken.used_at,
    AccessToken.expires_at,
)
MOST = 100


def add(db: Session, actor: Actor, user_id: int, draft: TokenDraft) -> tuple[int, str]:
    """Create a token and return its id and its text, which is not stored.

    Raises Conflict if the user already has 100 tokens.
    """
    mine = select(func.count()).where(AccessToken.user_id == user_id)
    if (db.scalar(mine) or 0) >= MOST:
        message = _("You already have ${most} API tokens. Revoke one you don't need.")
        raise Conflict("", "too_many", message, most=MOST)
    token = new_token()
    values = {
        "secret_hash": hash_of(token),
        "user_id": user_id,
        "name": draft.name,
        "scope": draft.scope,
        "expires_at": now() + timedelta(days=draft.days),
    }
    token_id = insert_row(db, insert(AccessToken).values(values))
    audit.record(db, actor, "token_made", user_id, name=draft.name, scope=draft.scope)
    return token_id, token


HOLDER: CompiledStatement[TokenHolder] = CompiledStatement(
    select(AccessToken.id, AccessToken.scope, AccessToken.used_at, *HOLDER_COLUMNS)
    .join(User, User.id == AccessToken.user_id)
    .where(
        AccessToken.secret_hash == bindparam("secret_hash"),
        AccessToken.expires_at > bindparam("now"),
    )
)


def holder(db: Session, token: str) -> TokenHolder | None:
    """Return a token and its user; None if it is unknown, expired or revoked."""
    return HOLDER.one(db.connection(), secret_hash=hash_of(token), now=now())


def touch(db: Session, token_id: int) -> None:
    db.execute(update(AccessToken).where(AccessToken.id == token_id).values(used_at=now()))


def find(db: Session, user_id: int, token_id: int) -> TokenRow | None:
    mine = (AccessToken.user_id == user_id, AccessToken.id == token_id)
    return db.execute(select(*COLUMNS).where(*mine)).one_or_none()


def listing(db: Session, user_id: int, query: PageQuery) -> Slice[TokenRow]:
    """Return a page of the user's tokens, including expired ones, newest first."""
    return paginate(db, select(*COLUMNS).where(AccessToken.user_id == user_id), NEWEST, query)


def count(db: Session, user_id: int) -> int:
    """Return the number of a user's tokens that work."""
    mine = (AccessToken.user_id == user_id, AccessToken.expires_at > now())
    return db.scalar(select(func.count()).select_from(AccessToken).where(*mine)) or 0


def revoke_all(db: Session, actor: Actor, user_id: int) -> None:
    """Revoke all tokens of a user."""
    done = db.connection().execute(delete(AccessToken).where(AccessToken.user_id == user_id))
    if done.rowcount:
        audit.record(db, actor, "tokens_revoked", user_id, count=str(done.rowcount))


def revoke(db: Session, actor: Actor, user_id: int, row: TokenRow) -> None:
    """Revoke a token; `row` has the columns of `find`."""
    gone = db.connection().execute(delete(AccessToken).where(AccessToken.id == row.id))
    if gone.rowcount:
        audit.record(db, actor, "token_revoked", user_id, name=row.name)
