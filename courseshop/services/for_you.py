"""The rows of courses that the home page shows to a member only.

Each costs one or two queries, which read a limited number of courses: popular courses, large
categories and members with very many courses make them no slower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, not_, select

from courseshop.models import Course, Wish, Wishlist
from courseshop.services.course import IN_LISTS, from_category
from courseshop.services.filters import among, hidden
from courseshop.services.paging import merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ListedCourse

# A member's newest courses are looked for among this many of them, those with the highest ids.
MOST_TAKEN = 500
# A member's categories are those of at most this many of their courses and of their wishes.
MOST_LOOKED_AT = 50
MOST_CATEGORIES = 8
# New courses are looked for among at most this many of each category.
MOST_OF_CATEGORY = 40
PUBLISHED = Course.status == "published"


def taken(db: Session, actor: Actor, most: int) -> list[ListedCourse]:
    """Return the newest published courses that the actor is enrolled in."""
    ids = sorted(actor.enrolled_in)[-MOST_TAKEN:]
    if not ids:
        return []
    # Without `hidden`, a database would read all published courses until it has found enough.
    listed_at, status = hidden(Course.listed_at), hidden(Course.status)
    rows = _keys().where(among(db, Course.id, ids), status == "published")
    return _newest(db, rows.order_by(listed_at.desc(), Course.id.desc()).limit(most))


def wished(db: Session, actor: Actor, most: int) -> list[ListedCourse]:
    """Return the first published courses on the actor's default wishlist."""
    rows = from_category(*IN_LISTS).join(Wish, Wish.course_id == Course.id)
    rows = rows.join(Wishlist, Wishlist.id == Wish.wishlist_id)
    found = rows.where(Wishlist.default_of == actor.id, PUBLISHED)
    return list(db.execute(found.order_by(Wish.position, Wish.course_id).limit(most)))


def new(db: Session, actor: Actor, most: int) -> list[ListedCourse]:
    """Return the newest courses in the categories of what the actor takes and wishes for.

    Courses that they take, teach or have on any wishlist are left out.
    """
    wishes = _wishes(db, actor)
    theirs = {*wishes, *actor.enrolled_in, *actor.teaches}
    some = [*wishes[:MOST_LOOKED_AT], *sorted(actor.enrolled_in)[-MOST_LOOKED_AT:]]
    # So many of each category that `most` remain without the actor's own, if the limit permits.
    enough = min(len(theirs) + most, MOST_OF_CATEGORY)
    parts = [_newest_of(one, enough) for one in _categories(db, some)]
    if not parts:
        return []
    page = merge(parts)
    rows = select(page).where(not_(among(db, page.c.id, sorted(theirs))))
    return _newest(db, rows.order_by(page.c.sort_key.desc(), page.c.id.desc()).limit(most))


def _wishes(db: Session, actor: Actor) -> list[int]:
    """Return the ids of the courses on all wishlists of the actor, the newest wish first."""
    rows = select(Wish.course_id).join(Wishlist, Wishlist.id == Wish.wishlist_id)
    newest = rows.order_by(Wish.added_at.desc(), Wish.course_id)
    return list(db.scalars(newest.where(Wishlist.owner_id == actor.id)))


def _categories(db: Session, course_ids: Sequence[int]) -> list[int]:
    """Return the ids of the categories of these courses, the most frequent ones first."""
    if not course_ids:
        return []
    rows = select(Course.category_id).where(among(db, Course.id, course_ids))
    frequent = rows.group_by(Course.category_id).order_by(func.count().desc(), Course.category_id)
    return list(db.scalars(frequent.limit(MOST_CATEGORIES)))


def _keys() -> Rows:
    return select(Course.id.label("id"), Course.listed_at.label("sort_key"))


def _newest_of(category_id: int, most: int) -> Rows:
    rows = _keys().where(and_(Course.category_id == category_id, PUBLISHED))
    return rows.order_by(Course.listed_at.desc(), Course.id.desc()).limit(most)


def _newest(db: Session, keys: Rows) -> list[ListedCourse]:
    """Return the courses with these keys, newest first."""
    few = keys.subquery()
    rows = from_category(*IN_LISTS).join(few, few.c.id == Course.id)
    return list(db.execute(rows.order_by(few.c.sort_key.desc(), few.c.id.desc())))
