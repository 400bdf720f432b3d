"""Wishes: courses on a wishlist, each at most once per list, with a note and a position."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from courseshop.database.stale import StaleEdit
from courseshop.database.stamps import first_stamp
from courseshop.domain import markdown
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.domain.events import Unwished, Wished, publish
from courseshop.domain.i18n import _
from courseshop.models import Course, PriceChange, Wish, Wishlist
from courseshop.services import wishlist
from courseshop.services.course import IN_LISTS, from_category

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Insert
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor
    from courseshop.models.rows import HeldWish, ListChoice, PriceChangeRow, WishedCourse, WishRow

FACTS = (
    Wish.course_id,
    Wish.title.label("wished_title"),
    Wish.note,
    Wish.note_html,
    Wish.position,
    Wish.added_at,
    Wish.version.label("wish_version"),
)


INSERTED = (
    *("wishlist_id", "course_id", "title"),
    *("note", "note_html", "added_at", "version"),
)
# Built once: with that many columns, building a statement costs more than running it.
_ON_LISTS = (
    select(Wish.course_id)
    .join(Wishlist, Wishlist.id == Wish.wishlist_id)
    .where(Wishlist.owner_id == bindparam("owner_id"))
    .where(Wish.course_id.in_(bindparam("course_ids", expanding=True)))
)
_FOUND = (
    from_category(*IN_LISTS, *FACTS)
    .outerjoin(Wish, and_(Wish.course_id == Course.id, Wish.wishlist_id == bindparam("list_id")))
    .where(Course.slug == bindparam("name"))
)
_HELD = (
    select(Wishlist.id, Wish.note, Wish.version)
    .outerjoin(Wish, and_(Wish.wishlist_id == Wishlist.id, Wish.course_id == bindparam("one_id")))
    .where(Wishlist.id == bindparam("list_id"))
)


def _insert_statement() -> Insert:
    """Return a statement that appends a wish to its list, if that has fewer than `most` wishes."""
    values = {name: bindparam(f"new_{name}", type_=getattr(Wish, name).type) for name in INSERTED}
    there = (
        select(func.count().label("number"), func.max(Wish.position).label("last"))
        .where(Wish.wishlist_id == bindparam("new_wishlist_id"))
        .subquery()
    )
    row = select(*values.values(), func.coalesce(there.c.last, 0) + 1)
    fewer = row.where(there.c.number < bindparam("most"))
    added = insert(Wish).from_select([*values, "position"], fewer, include_defaults=False)
    return added.execution_options(preserve_rowcount=True)


_INSERT = _insert_statement()


def note_as_html(note: str) -> str | None:
    """Return the Markdown of a note as HTML.

    None if the note is empty, or if it is of an earlier release and has too much formatting.
    """
    try:
        return markdown.render(note) or None
    except markdown.TooComplex:
        return None


def wished(db: Session, actor: Actor, course_ids: Iterable[int]) -> set[int]:
    """Return which of these courses are on the actor's lists: one query, none for guests."""
    ids = list(course_ids)
    if actor.id is None or not ids:
        return set()
    return set(db.scalars(_ON_LISTS, {"owner_id": actor.id, "course_ids": ids}))


def find(db: Session, wishlist_id: int, slug: str, *, owner: bool) -> WishRow | None:
    """Return a wish with its course's columns; for the owner, also a course that they may add.

    Owners may add published courses; for these, `wish_version` is None.
    """
    row = db.execute(_FOUND, {"list_id": wishlist_id, "name": slug}).one_or_none()
    if row is None or row.wish_version is not None:
        return row
    return row if owner and row.status == "published" else None


def listing(db: Session, wishlist_id: int) -> list[WishedCourse]:
    """Return the wishes of a list in list order, each with its course's columns."""
    rows = from_category(*IN_LISTS, *FACTS).join(Wish, Wish.course_id == Course.id)
    ordered = rows.where(Wish.wishlist_id == wishlist_id).order_by(Wish.position, Wish.course_id)
    return list(db.execute(ordered))


def neighbor(db: Session, wishlist_id: int, course_id: int) -> str | None:
    """Return the slug of the course after this one on a list, or before it if it is the last."""
    there = select(Course.id, Course.slug).join(Wish, Wish.course_id == Course.id)
    mine = there.where(Wish.wishlist_id == wishlist_id)
    rows = list(db.execute(mine.order_by(Wish.position, Wish.course_id)))
    ids = [row.id for row in rows]
    if course_id not in ids or len(ids) == 1:
        return None
    at = ids.index(course_id)
    slug: str = rows[at + 1 if at + 1 < len(rows) else at - 1].slug
    return slug


def price_changes(db: Session, wishlist_id: int, most: int) -> list[PriceChangeRow]:
    """Return the newest price changes of a list's published courses, since each was added."""
    later = and_(PriceChange.course_id == Wish.course_id, PriceChange.at > Wish.added_at)
    columns = (PriceChange.id, PriceChange.at, PriceChange.old, PriceChange.new)
    rows = (
        select(*columns, Course.slug, Course.title)
        .join(Wish, later)
        .join(Course, Course.id == PriceChange.course_id)
        .where(Wish.wishlist_id == wishlist_id, Course.status == "published")
        .order_by(PriceChange.at.desc(), PriceChange.id.desc())
        .limit(most)
    )
    return list(db.execute(rows))


class OwnedList(Protocol):
    """The row of a wishlist."""

    id: int
    owner_id: int


class Wishable(Protocol):
    """The row of a course, or of a wish that is moved to another list.

    The row of a wish also has a `wished_title`.
    """

    id: int
    title: str


class WishChange(NamedTuple):
    """The note and position to give a wish; None leaves them unchanged.

    `version` is the version of the wish that the client has read (0: no wish; None: not checked).
    """

    note: str | None = None
    position: int | None = None
    version: int | None = None


def put(db: Session, owned: OwnedList, course: Wishable, words: WishChange, most: int) -> bool:
    """Put a course on a list or edit its wish; return whether it was added.

    A new wish comes last unless `words` has a position. Raises Conflict if the list already has
    `most` wishes, and StaleEdit if the wish's version is not that of `words`.
    """
    known = _hold(db, owned, course.id, words.version)
    if known is None:
        _insert(db, owned, course, words.note or "", most)
    elif words.note is not None and words.note != known.note:
        changed = {"note": words.note, "note_html": note_as_html(words.note)}
        wish = update(Wish).where(*_this(owned, course.id))
        db.execute(wish.values(**changed, version=Wish.version + 1))
        _touch(db, owned)
    if words.position is not None:
        _move(db, owned, course.id, words.position)
    if known is None:
        publish(db, Wished(course.id, owned.owner_id, owned.id))
    return known is None


def expect(db: Session, owned: OwnedList, row: WishRow) -> None:
    """Lock the list of a wish; raise StaleEdit if the wish has changed since `row` was read."""
    _hold(db, owned, row.id, row.wish_version or 0)


def _hold(db: Session, owned: OwnedList, course_id: int, version: int | None) -> HeldWish | None:
    """Lock the owner's row, and with it the list; return its wish for this course, or None.

    Raises StaleEdit if the list was deleted in the meantime, or if the wish's version is not
    `version` (0: no wish; None: not checked).
    """
    wishlist.lock(db, owned.owner_id)
    known = db.execute(_HELD, {"list_id": owned.id, "one_id": course_id}).one_or_none()
    if known is None:
        raise StaleEdit(f"wishlist {owned.id} no longer exists")
    if version not in {None, known.version or 0}:
        raise StaleEdit(f"the wish for course {course_id} is no longer at version {version}")
    return None if known.version is None else known


def _insert(db: Session, owned: OwnedList, course: Wishable, note: str, most: int) -> None:
    """Append a wish to a list; raise Conflict if the list already has `most` wishes."""
    values = {
        "new_wishlist_id": owned.id,
        "new_course_id": course.id,
        # A moved wish keeps its title, because its course may no longer be visible.
        "new_title": getattr(course, "wished_title", None) or course.title,
        "new_note": note,
        "new_note_html": note_as_html(note),
        "new_added_at": now(),
        "new_version": first_stamp(),
    }
    done = db.connection().execute(_INSERT, {**values, "most": most})
    if not done.rowcount:
        message = _("This wishlist is full (${most} courses). Remove one first.")
        raise Conflict("", "too_many", message, most=most)
    _touch(db, owned)


def _this(owned: OwnedList, course_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (Wish.wishlist_id == owned.id, Wish.course_id == course_id)


def _move(db: Session, owned: OwnedList, course_id: int, position: int) -> None:
    """Move a wish to a position (from 1) on its list; the others keep their relative order."""
    mine = Wish.wishlist_id == owned.id
    ids = list(
        db.scalars(select(Wish.course_id).where(mine).order_by(Wish.position, Wish.course_id))
    )
    order = [one for one in ids if one != course_id]
    order.insert(position - 1, course_id)
    if order == ids:
        return
    for number, one in enumerate(order, start=1):
        moved = update(Wish).where(mine, Wish.course_id == one, Wish.position != number)
        db.execute(moved.values(position=number).execution_options(synchronize_session=False))
    _touch(db, owned)


def lists_with(db: Session, owner_id: int, course_id: int) -> list[ListChoice]:
    """Return the key and name of each list of a user, and whether the course is `on` it."""
    on = and_(Wish.wishlist_id == Wishlist.id, Wish.course_id == course_id)
    rows = select(Wishlist.key, Wishlist.name, Wish.course_id.is_not(None).label("on"))
    mine = rows.outerjoin(Wish, on).where(Wishlist.owner_id == owner_id)
    return list(db.execute(mine.order_by(Wishlist.created_at, Wishlist.id).limit(1_000)))


def copy_all(db: Session, source_id: int, target: OwnedList, most: int) -> None:
    """Copy the first `most` published courses of a list to a new, empty one, without notes."""
    rows = (
        select(Course.id, Course.title)
        .join(Wish, Wish.course_id == Course.id)
        .where(Wish.wishlist_id == source_id, Course.status == "published")
        .order_by(Wish.position, Wish.course_id)
        .limit(most)
    )
    values = [
        {"wishlist_id": target.id, "course_id": row.id, "title": row.title, "position": position}
        for position, row in enumerate(db.execute(rows), start=1)
    ]
    if values:
        db.execute(insert(Wish), values)
    for one in values:
        publish(db, Wished(one["course_id"], target.owner_id, target.id))


def remove(db: Session, owned: OwnedList, course: Wishable, version: int | None) -> bool:
    """Remove a course from a list; return whether it was there.

    Raises StaleEdit if the wish's version is not `version` (0: no wish; None: not checked).
    """
    _hold(db, owned, course.id, version)
    gone = db.connection().execute(delete(Wish).where(*_this(owned, course.id)))
    if gone.rowcount:
        _touch(db, owned)
        publish(db, Unwished(course.id, owned.owner_id, owned.id))
    return bool(gone.rowcount)


def _touch(db: Session, owned: OwnedList) -> None:
    """Change the list's stamp, but not its version: changing wishes is not an edit of it."""
    db.execute(update(Wishlist).where(Wishlist.id == owned.id).values(stamp=Wishlist.stamp + 1))
