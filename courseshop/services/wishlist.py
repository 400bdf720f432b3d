"""Wishlists: each account has a default list and may create more, up to a configured limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, or_, select, update

from courseshop.database.stale import StaleEdit
from courseshop.domain.errors import Conflict
from courseshop.domain.events import Unwished, publish
from courseshop.domain.i18n import _
from courseshop.models import Category, Course, User, Wish, Wishlist
from courseshop.models.wishlist import new_key
from courseshop.services.paging import Keyset, Slice, paginate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Label
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, SqlValue
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import WishlistRow
    from courseshop.schemas.base import PageQuery

OLDEST = Keyset(Wishlist.created_at, Wishlist.id, "created_at", ascending=True)
COLUMNS = (
    Wishlist.id,
    Wishlist.key,
    Wishlist.owner_id,
    Wishlist.default_of,
    Wishlist.name,
    Wishlist.visibility,
    Wishlist.created_at,
    Wishlist.version,
    Wishlist.stamp,
    User.username,
    User.name.label("owner_name"),
    User.stamp.label("owner_stamp"),
    select(func.count())
    .where(Wish.wishlist_id == Wishlist.id)
    .correlate(Wishlist)
    .scalar_subquery()
    .label("wishes"),
)


def _stamps(column: Column, label: str) -> Label[int]:
    """Return the sum of a stamp column over the list's courses, which changes when they change.

    Courses and categories have separate sums: one sum of both could stay the same when a course
    moves to a category with a lower stamp.
    """
    return (
        select(func.coalesce(func.sum(column), 0))
        .select_from(Wish)
        .join(Course, Course.id == Wish.course_id)
        .join(Category, Category.id == Course.category_id)
        .where(Wish.wishlist_id == Wishlist.id)
        .correlate(Wishlist)
        .scalar_subquery()
        .label(label)
    )


# Built once, because building it costs more than running it.
_ROWS = select(
    *COLUMNS, _stamps(Course.stamp, "courses_stamp"), _stamps(Category.stamp, "categories_stamp")
).join(User, User.id == Wishlist.owner_id)


def find(db: Session, actor: Actor, key: str) -> WishlistRow | None:
    """Return the list with this key; None if it does not exist or the actor may not view it.

    This is the rule of `Wishlist.__acl__` for "view": the key gives access to non-private lists.
    """
    shared = Wishlist.visibility != "private"
    visible = shared if actor.id is None else or_(shared, Wishlist.owner_id == actor.id)
    return db.execute(_ROWS.where(Wishlist.key == key, visible)).one_or_none()


def find_default(db: Session, user_id: int) -> WishlistRow | None:
    """Return a user's default list, or None if it is missing; `courseshop doctor --mend` adds it.

    It is missing if a process of the previous release created the account during an upgrade.
    """
    return db.execute(_ROWS.where(Wishlist.default_of == user_id)).one_or_none()


def listing(db: Session, owner_id: int, query: PageQuery) -> Slice[WishlistRow]:
    """Return a page of a user's lists, oldest first, so that the default list comes first."""
    return paginate(db, _ROWS.where(Wishlist.owner_id == owner_id), OLDEST, query)


def public_of(db: Session, owner_id: int) -> list[WishlistRow]:
    """Return a user's public lists, which their profile shows; 100 at most, oldest first."""
    rows = _ROWS.where(Wishlist.owner_id == owner_id, Wishlist.visibility == "public")
    return list(db.execute(rows.order_by(*OLDEST.order(ascending=True)).limit(100)))


def begin(db: Session, user_id: int) -> None:
    """Create the default list of a new account."""
    db.execute(insert(Wishlist).values(owner_id=user_id, default_of=user_id))


def add(db: Session, user_id: int, name: str, visibility: str, most: int) -> str:
    """Create a list and return its key. Raises Conflict if the user already has `most` lists."""
    lock(db, user_id)
    number = select(func.count()).select_from(Wishlist).where(Wishlist.owner_id == user_id)
    if (db.scalar(number) or 0) >= most:
        message = _("You already have ${most} wishlists. Delete one first.")
        raise Conflict("", "too_many", message, most=most)
    key = new_key()
    values = {"key": key, "owner_id": user_id, "name": name, "visibility": visibility}
    db.execute(insert(Wishlist).values(values))
    return key


def edit(
    db: Session, row: WishlistRow, values: Mapping[str, SqlValue], *, new_address: bool = False
) -> str:
    """Change the name or visibility of a list, or give it a new key with `new_address`.

    A new key makes the former link stop working. Returns the key. Raises StaleEdit if the list was
    edited since `row` was read.
    """
    key = new_key() if new_address else row.key
    wanted = {**values, "key": key}
    changed = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if changed:
        lock(db, row.owner_id)
        mine = (Wishlist.id == row.id, Wishlist.version == row.version)
        moved = {"version": Wishlist.version + 1, "stamp": Wishlist.stamp + 1}
        done = db.connection().execute(update(Wishlist).where(*mine).values({**changed, **moved}))
        if done.rowcount != 1:
            raise StaleEdit(f"wishlist {row.id} is no longer at version {row.version}")
    return key


def remove(db: Session, row: WishlistRow) -> None:
    """Delete a list and its wishes.

    Raises Conflict for the default list, where new wishes go, and StaleEdit if the list was edited
    or deleted since `row` was read.
    """
    if row.default_of is not None:
        message = _("Courses you save go to this wishlist. You can empty it, but not delete it.")
        raise Conflict("", "default", message)
    lock(db, row.owner_id)
    wished = list(db.scalars(select(Wish.course_id).where(Wish.wishlist_id == row.id)))
    known = (Wishlist.id == row.id, Wishlist.version == row.version)
    gone = db.connection().execute(delete(Wishlist).where(*known))
    if gone.rowcount != 1:
        raise StaleEdit(f"wishlist {row.id} is no longer at version {row.version}")
    for course_id in wished:
        publish(db, Unwished(course_id, row.owner_id, row.id))


def lock(db: Session, user_id: int) -> None:
    """Lock the owner's row until the transaction ends, and change its stamp to invalidate pages.

    Every change to a user's lists takes this lock first, so their own requests never deadlock.
    """
    db.execute(update(User).where(User.id == user_id).values(stamp=User.stamp + 1))
