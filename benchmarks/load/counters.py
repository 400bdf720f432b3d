"""Whether what was written is all there, and counted right."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Engine, func, select

from courseshop.models import Course, Review, Wish, Wishlist

if TYPE_CHECKING:
    from benchmarks.load.people import People

# What wrk had asked for when it stopped is still being done.
SETTLED = 0.3


class Stored(NamedTuple):
    """How many rows there are, and whether the counters say the same."""

    rows: int
    right: bool


def stored(engine: Engine, people: People, writes: str) -> Stored:
    """Return what there is of the writers' reviews or wishes, once nothing more comes."""
    read = reviews if writes == "review" else wishes
    before = read(engine, people)
    while True:
        time.sleep(SETTLED)
        after = read(engine, people)
        if after == before:
            return after
        before = after


def reviews(engine: Engine, people: People) -> Stored:
    """Count the reviews of the courses that were written about, and compare their counters."""
    columns = (func.count(), func.sum(Review.rating))
    counted = select(Review.course_id, *columns).where(Review.course_id.in_(people.courses))
    counted = counted.where(Review.status == "published", Review.deleted_at.is_(None))
    said = select(Course.id, Course.rating_count, Course.rating_sum)
    with engine.connect() as connection:
        there = {
            one: (n, total) for one, n, total in connection.execute(counted.group_by("course_id"))
        }
        told = {
            one: (n, total)
            for one, n, total in connection.execute(said.where(Course.id.in_(people.courses)))
            if n
        }
    return Stored(sum(number for number, _total in there.values()), there == told)


def wishes(engine: Engine, people: People) -> Stored:
    """Count the writers' wishes; each of them moved the stamp of its list by one."""
    rows = select(Wishlist.stamp, func.count(Wish.course_id)).outerjoin(
        Wish, Wish.wishlist_id == Wishlist.id
    )
    mine = rows.where(Wishlist.owner_id.in_(people.writers)).group_by(Wishlist.id, Wishlist.stamp)
    with engine.connect() as connection:
        lists = list(connection.execute(mine))
    right = all(stamp == number + 1 for stamp, number in lists)
    return Stored(sum(number for _stamp, number in lists), right)
