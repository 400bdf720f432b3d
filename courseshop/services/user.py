from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, insert, select, update

from courseshop.database.compiled import CompiledStatement
from courseshop.database.stale import ensure_present
from courseshop.domain.errors import Conflict
from courseshop.domain.events import (
    AccountRenamed,
    EmailConfirmed,
    Registered,
    RoleChanged,
    publish,
)
from courseshop.domain.i18n import _
from courseshop.models import User, course_instructor
from courseshop.models.user import confusable_form
from courseshop.services import admin, audit, people, search, session, token, wishlist
from courseshop.services.stamps import touch_courses_of
from courseshop.services.unique import insert_row, unless_taken
from courseshop.services.words import need_letters

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows, SqlValue
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import Login, UserRow, UserWithPassword
    from courseshop.schemas.user import Role, UserDraft

COLUMNS = people.COLUMNS
# The columns whose words find an account.
FOUND_BY = {"name", "email", "pending_email"}


def find(db: Session, username: str) -> UserRow | None:
    return _one(db, User.username == username)


def find_by_id(db: Session, user_id: int) -> UserRow | None:
    return _one(db, User.id == user_id)


def own(db: Session, actor: Actor) -> UserRow:
    """Return the row of the actor's account."""
    return db.execute(select(*COLUMNS).where(User.id == actor.id)).one()


def find_by_email(db: Session, address: str) -> UserRow | None:
    """Return the account with this confirmed address, else the last one that claimed it.

    Claims of accounts that have another, confirmed address do not count: the claimed address may
    be a typo or an attacker's, and must not give access to the account.
    """
    claimed = select(*COLUMNS).where(User.pending_email == address, User.email.is_(None))
    claimed = claimed.order_by(User.id.desc()).limit(1)
    return _one(db, User.email == address) or db.execute(claimed).one_or_none()


def _one(db: Session, condition: ColumnElement[bool]) -> UserRow | None:
    return db.execute(select(*COLUMNS).where(condition)).one_or_none()


def credentials(db: Session, login: str) -> Login | None:
    """Return the login columns of the account with this username or confirmed email address."""
    condition = User.email == login.lower() if "@" in login else User.username == login.lower()
    columns = (User.id, User.username, User.email, User.password_hash)
    return db.execute(select(*columns).where(condition)).one_or_none()


def lock(db: Session, user_id: int) -> UserWithPassword | None:
    """Lock an account until the transaction ends; return its row with the password hash."""
    return db.execute(_with_password(user_id).with_for_update()).one_or_none()


_HELD = CompiledStatement(
    select(User.id).where(User.id == bindparam("user_id")).with_for_update(key_share=True)
)


def hold(db: Session, user_id: int) -> None:
    """Lock an account until the transaction ends, except against references from other rows.

    On SQLite, a transaction that writes has locked everything already.
    """
    if db.get_bind().dialect.name != "sqlite":
        _HELD.rows(db.connection(), user_id=user_id)


def find_with_password(db: Session, user_id: int) -> UserWithPassword | None:
    """Return an account's row with the password hash, without a lock."""
    return db.execute(_with_password(user_id)).one_or_none()


def _with_password(user_id: int) -> Rows:
    return select(*COLUMNS, User.password_hash).where(User.id == user_id)


def add(  # noqa: PLR0913 - the facts of one account, most with a default
    db: Session,
    draft: UserDraft,
    *,
    password_hash: str | None = None,
    email: str | None = None,
    pending_email: str | None = None,
    reserved: Collection[str] = (),
) -> UserRow:
    """Create an account with its default wishlist and return its row.

    Raises Conflict if the username is taken, looks like one that is, or is `reserved`; also if the
    name has no letters, or `email` belongs to another account. Several accounts may claim the same
    `pending_email`.
    """
    need_letters("name", draft.name)
    if draft.username in reserved:
        message = _("This username is reserved. Choose a different one.")
        raise Conflict("username", "reserved", message)
    values = {
        **draft.model_dump(),
        "password_hash": password_hash,
        "email": email,
        "pending_email": pending_email,
    }
    rival = _rival(draft.username)
    with unless_taken(db, rival, username_taken(), (_holder(email), email_taken())):
        user_id = insert_row(db, insert(User).values(values))
    wishlist.begin(db, user_id)
    people.index(db, user_id)
    publish(db, Registered(user_id))
    return db.execute(select(*COLUMNS).where(User.id == user_id)).one()


def _rival(username: str) -> Rows:
    return select(User.id).where(User.username_look == confusable_form(username))


def username_taken() -> Conflict:
    message = _(
        "This username is taken, or looks too much like another one. Choose a different one."
    )
    return Conflict("username", "taken", message)


def refuse_taken(db: Session, username: str) -> None:
    """Raise Conflict early if the username is taken; the unique constraint decides."""
    if db.execute(_rival(username)).first() is not None:
        raise username_taken()


def _holder(address: str | None) -> Rows:
    return select(User.id).where(User.email == address)


def email_taken() -> Conflict:
    return Conflict("email", "taken", _("This email address belongs to another account."))


def unless_email_taken(db: Session, address: str) -> AbstractContextManager[None]:
    return unless_taken(db, _holder(address), email_taken())


def rename(db: Session, user_id: int, name: str) -> None:
    """Change a user's name, and the stamps of all courses whose pages show it."""
    need_letters("name", name)
    _change(db, user_id, name=name)
    touch_courses_of(db, [user_id])
    given = select(course_instructor.c.course_id).where(course_instructor.c.user_id == user_id)
    search.index_people(db, db.scalars(given))
    publish(db, AccountRenamed(user_id))


def claim_email(db: Session, actor: Actor, user_id: int, address: str) -> None:
    """Store the email address that a user claims; it becomes theirs when they confirm it."""
    _change(db, user_id, pending_email=address)
    audit.record(db, actor, "email_claimed", user_id)


def unclaim_email(db: Session, actor: Actor, user_id: int) -> None:
    """Drop a user's claim to an email address."""
    _change(db, user_id, pending_email=None)
    audit.record(db, actor, "email_unclaimed", user_id)


def confirm_email(db: Session, actor: Actor, user_id: int, address: str) -> None:
    """Confirm the email address that a user claimed.

    Raises Conflict if another account has it by now, or if the user has claimed another address
    since. Also if the account has a confirmed address and the actor is not logged in to it: a
    stranger may have received the email.
    """
    row = find_by_id(db, user_id)
    if row is None or address not in {row.pending_email, row.email}:
        raise Conflict(
            "key",
            "outdated",
            _(
                "This link is for an email address you've since replaced. Open the link in the "
                "newest email."
            ),
        )
    if row.email == address:
        return
    if row.email is not None and actor.id != user_id:
        raise Conflict(
            "key",
            "log_in_first",
            _(
                "This link belongs to a different account. Log in to that account, then open the "
                "link again."
            ),
        )
    with unless_email_taken(db, address):
        _change(db, user_id, email=address, pending_email=None)
    # The link's key authorizes the change, so the account itself is logged as the actor.
    audit.record(db, replace(actor, id=user_id), "email_confirmed", user_id)
    publish(db, EmailConfirmed(user_id))


def set_password(  # noqa: PLR0913 - the account, the actor, and the audit entry
    db: Session,
    actor: Actor,
    user_id: int,
    password_hash: str,
    kind: str,
    *,
    renewed: bool = False,
) -> None:
    """Set a user's password and end all their sessions; `kind` is the kind of the audit entry.

    The session that set it is `renewed` if the caller starts a new one in its place.

    If the account has a confirmed address, a claim to another one is dropped: an attacker may
    have made it, and the user may change the password because of that.
    """
    claim = case((User.email.is_(None), User.pending_email), else_=None)
    _change(db, user_id, password_hash=password_hash, pending_email=claim)
    audit.record(db, actor, kind, user_id)
    session.end_all(db, actor, user_id, renewed=renewed)


def recover(db: Session, actor: Actor, user_id: int, password_hash: str, kind: str) -> None:
    """Set the password of a user who does not know the old one, and revoke their API tokens."""
    set_password(db, actor, user_id, password_hash, kind)
    token.revoke_all(db, actor, user_id)


def renew_hash(db: Session, user_id: int, old: str, new: str) -> None:
    """Store a new hash of the same password, unless the password changed since `old` was read."""
    db.execute(
        update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    )


def set_role(db: Session, actor: Actor, row: UserRow, role: Role) -> bool:
    """Change a user's role; return whether it changed.

    All their sessions end, so that no session id has permissions it was not issued for. Raises
    Conflict if actors would change their own role, or if the last admin would lose the role.
    """
    old = ensure_present(lock(db, row.id), "the account").role
    if old == role:
        return False
    if actor.id == row.id:
        raise Conflict("role", "own_role", _("You can't change your own role. Ask another admin."))
    if old == "admin":
        admin.keep_one(db, besides=row.id)
    _change(db, row.id, role=role)
    audit.record(db, actor, "role_changed", row.id, old=old, new=role)
    session.end_all(db, actor, row.id)
    publish(db, RoleChanged(row.id, old, role))
    return True


def _change(db: Session, user_id: int, **values: SqlValue | Column) -> None:
    moved = {**values, "stamp": User.stamp + 1}
    db.execute(
        update(User)
        .where(User.id == user_id)
        .values(moved)
        .execution_options(synchronize_session=False)
    )
    if FOUND_BY & values.keys():
        people.index(db, user_id)
