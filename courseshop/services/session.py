"""Login sessions of browsers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select, update

from courseshop.database.compiled import CompiledStatement
from courseshop.domain.clock import now
from courseshop.domain.events import LoggedIn, publish
from courseshop.models import LoginSession, User
from courseshop.services import audit
from courseshop.services.paging import Keyset, Slice, paginate
from courseshop.services.secret import hash_of, new_cookie

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import SessionHolder, SessionRow
    from courseshop.schemas.base import PageQuery
    from courseshop.settings import Settings

LATEST_USE = Keyset(LoginSession.used_at, LoginSession.id, "used_at")
COLUMNS = (
    LoginSession.id,
    LoginSession.user_id,
    LoginSession.device,
    LoginSession.created_at,
    LoginSession.used_at,
    LoginSession.expires_at,
)
# The columns of the current user that every request needs.
HOLDER_COLUMNS = (
    User.id.label("user_id"),
    User.username,
    User.name,
    User.role,
    User.stamp,
    User.email,
)
_PROVED_AT = func.coalesce(LoginSession.proved_at, LoginSession.created_at).label("proved_at")
HOLDER: CompiledStatement[SessionHolder] = CompiledStatement(
    select(LoginSession.id, LoginSession.used_at, _PROVED_AT, *HOLDER_COLUMNS)
    .join(User, User.id == LoginSession.user_id)
    .where(
        LoginSession.secret_hash == bindparam("secret_hash"),
        LoginSession.expires_at > bindparam("now"),
        LoginSession.used_at > bindparam("idle"),
    )
)
MOST = 100
# `used_at` is updated at most this often, so that most read requests do not write.
USE_IS_NEW_FOR = timedelta(minutes=5)


def start(db: Session, actor: Actor, user_id: int, device: str, shop: Settings) -> str:
    """Start a session and return its id for the cookie; delete the user's expired sessions."""
    secret = new_cookie()
    db.execute(delete(LoginSession).where(LoginSession.user_id == user_id, has_expired(shop)))
    values = {
        "secret_hash": hash_of(secret),
        "user_id": user_id,
        "device": device,
        "expires_at": now() + timedelta(days=shop.session_days),
    }
    db.execute(insert(LoginSession).values(values))
    end_oldest(db, user_id)
    audit.record(db, actor, "login", user_id, device=device)
    publish(db, LoggedIn(user_id))
    return secret


def end_oldest(db: Session, user_id: int) -> None:
    """Delete a user's sessions except the newest hundred, in case a script logs in each time."""
    ids = select(LoginSession.id).where(LoginSession.user_id == user_id)
    old = list(db.scalars(ids.order_by(LoginSession.id.desc()).offset(MOST).limit(MOST)))
    if old:
        db.execute(delete(LoginSession).where(LoginSession.id.in_(old)))


def _live(shop: Settings) -> ColumnElement[bool]:
    idle = now() - timedelta(days=shop.session_idle_days)
    return (LoginSession.expires_at > now()) & (LoginSession.used_at > idle)


def has_expired(shop: Settings) -> ColumnElement[bool]:
    return ~_live(shop)


def holder(db: Session, secret: str, shop: Settings) -> SessionHolder | None:
    """Return the session with this id and its user; None if it does not exist or has expired."""
    moments = {"now": now(), "idle": now() - timedelta(days=shop.session_idle_days)}
    return HOLDER.one(db.connection(), secret_hash=hash_of(secret), **moments)


def note_proof(db: Session, user_id: int, session_id: int) -> None:
    """Note that the user of a session has given the password again."""
    mine = (LoginSession.user_id == user_id, LoginSession.id == session_id)
    db.execute(update(LoginSession).where(*mine).values(proved_at=now()))


def touch(db: Session, session_id: int) -> None:
    db.execute(update(LoginSession).where(LoginSession.id == session_id).values(used_at=now()))


def find(db: Session, user_id: int, session_id: int, shop: Settings) -> SessionRow | None:
    mine = (LoginSession.user_id == user_id, LoginSession.id == session_id, _live(shop))
    return db.execute(select(*COLUMNS).where(*mine)).one_or_none()


def listing(db: Session, user_id: int, query: PageQuery, shop: Settings) -> Slice[SessionRow]:
    """Return a page of the user's active sessions, last used first."""
    rows = select(*COLUMNS).where(LoginSession.user_id == user_id, _live(shop))
    return paginate(db, rows, LATEST_USE, query)


def end(db: Session, actor: Actor, session_id: int) -> None:
    """End a session; requests with its cookie are guests' requests from then on."""
    row = db.execute(
        select(LoginSession.user_id, LoginSession.device).where(LoginSession.id == session_id)
    ).one_or_none()
    if row is not None:
        db.execute(delete(LoginSession).where(LoginSession.id == session_id))
        audit.record(db, actor, "session_ended", row.user_id, device=row.device)


def end_all(db: Session, actor: Actor, user_id: int, *, renewed: bool = False) -> None:
    """End all sessions of a user, on every device.

    If the current one is `renewed` afterwards, the log only mentions the others.
    """
    ended = db.connection().execute(delete(LoginSession).where(LoginSession.user_id == user_id))
    kind = "other_sessions_ended" if renewed else "sessions_ended"
    audit.record(db, actor, kind, user_id, count=str(ended.rowcount - renewed))
