"""Lists of courses: filtered, sorted, paged, counted, at a cost that does not grow with the shop.

What a filter leaves is looked up first, up to CAP courses. When that is all, the list is made of
these. When there are more, such courses are frequent: an index walks in the order of the list, and
finds a page of them soon.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from courseshop.models import Course
from courseshop.services import facet
from courseshop.services.course import IN_LISTS, from_category, visible_to
from courseshop.services.filters import EVERYTHING, Filters, Hide, as_it_is, hidden
from courseshop.services.paging import (
    Keyset,
    MoneyKeyset,
    Slice,
    TextKeyset,
    Total,
    count_up_to,
    paginate,
)
from courseshop.services.rating import average
from courseshop.services.search import choose, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.actor import Actor
    from courseshop.schemas import PageQuery
    from courseshop.services.search import Query

CAP = 1_000
SOME = 200
# What the facets of a list are counted from.
COUNTED = (
    Course.id,
    Course.category_id,
    Course.level,
    Course.language,
    Course.price,
    Course.duration_minutes,
    Course.rating_sum,
    Course.rating_count,
)


def _title_of(course_id: int) -> Any:
    other = aliased(Course)
    return select(other.sort_title).where(other.id == course_id)


NEWEST = Keyset(Course.listed_at, Course.id, "listed_at")
SORTS: dict[str, Keyset] = {
    "newest": NEWEST,
    "rating": Keyset(Course.score, Course.id, "score", is_moment=False),
    "popular": Keyset(Course.enrolled_count, Course.id, "enrolled_count", is_moment=False),
    "title": TextKeyset(
        Course.sort_title, Course.id, "sort_title", ascending=True, lookup=_title_of
    ),
    "price": MoneyKeyset(Course.price, Course.id, "price", ascending=True),
    "-price": MoneyKeyset(Course.price, Course.id, "price"),
}


@dataclass(frozen=True)
class Facet:
    """How many courses have each value, None where that was not counted.

    Values without any lack. Not `exact` are there at least so many.
    """

    counts: Mapping[str, int] | None
    exact: bool = True


MOST_TAGS = 12
# Least averages to offer, in tenths of a star, by what they are called.
RATINGS = {"4.5": 45, "4": 40, "3.5": 35, "3": 30}
VALUES: dict[str, Callable[[Any], Iterable[str]]] = {
    "category": lambda row: [str(row.category_id)],
    "level": lambda row: [row.level],
    "language": lambda row: [row.language],
    "price": lambda row: ["paid" if row.price else "free"],
    "rating": lambda row: [name for name, least in RATINGS.items() if _tenths(row) >= least],
    "max_minutes": lambda row: facet.bands(row.duration_minutes),
}
FACETS = (*VALUES, "tag")


def _tenths(row: Any) -> int:
    return round((average(row.rating_sum, row.rating_count) or 0) * 10)


class Catalogue:
    """The courses that the actor may view and that have the words, for the lists of one request."""

    def __init__(self, db: Session, actor: Actor, words: Query | None = None) -> None:
        self.db, self.actor, self.words = db, actor, words
        self._gathered: dict[Filters, list[Any]] = {}
        self._found: ColumnElement[bool] | None = None
        self._most = CAP

    def page(self, query: PageQuery, filters: Filters = EVERYTHING, sort: str = "newest") -> Slice:
        """Return a page of the courses that the filters take, in one of SORTS or by "relevance".

        What more than CAP courses have is not relevant: the best rated are first then.
        """
        many = self._search(filters)
        if filters == EVERYTHING and self.words is None:
            rows, total = self._walk([]), self.everything()
        elif many or len(few := self.gather(filters)) > CAP:
            rows = self._walk(filters.conditions(self._hide()))
            if filters.language and sort == "newest":
                # In this order it has an index of its own.
                hint = "INDEXED BY ix_course_language_listed_at_id"
                rows = rows.with_hint(Course, hint, "sqlite")
                rows = rows.where(Course.language == filters.language)
            if filters.price and sort in {"price", "-price"}:
                # Here the walk begins, or ends, where the price does.
                rows = rows.where(*Filters(price=filters.price).conditions())
            total = Total(CAP, exact=False) if many else self._count(filters)
        else:
            these = Course.id.in_([row.id for row in few])
            rows, total = from_category(*IN_LISTS).where(these), Total(len(few))
            if sort == "relevance" and self.words:
                rows = rows.add_columns(rank(self.words).label("rank"))
                keyset = Keyset(rank(self.words), Course.id, "rank", is_moment=False)
                return paginate(self.db, rows, keyset, query, total)
        keyset = SORTS["rating" if sort == "relevance" else sort]
        return paginate(self.db, rows, keyset, query, total)

    def _search(self, filters: Filters) -> bool:
        """Choose how to look for the words; tell if more than CAP courses have them."""
        if self.words is None:
            return False
        where = and_(visible_to(self.actor), *filters.conditions())
        choice = choose(self.db, self.words, where)
        self.words, self._found = choice.query, choice.condition
        many = choice.total is None
        # Each is looked at for the words: some tell enough, for they are not all in any case.
        self._most = SOME if many else CAP
        return many

    def _count(self, filters: Filters) -> Total:
        found = select(Course.id).where(self._visible(), *filters.conditions())
        return count_up_to(self.db, self._hinted(found, filters))

    def _hinted(self, rows: Any, filters: Filters) -> Any:
        """Have SQLite read nothing but the index that has all the filters.

        It takes another one for better, and reads each row for the rest, behind its long texts.
        """
        if filters.of_columns and self.words is None and self.sees_published():
            return rows.with_hint(Course, "INDEXED BY ix_course_filters", "sqlite")
        return rows

    def _walk(self, conditions: list[ColumnElement[bool]]) -> Any:
        """Return the rows, for an index on `course` to walk through them in the order of a list."""
        rows = from_category(*IN_LISTS).where(self._visible(), *conditions)
        # MariaDB would begin with the few categories, and sort all.
        for dialect in ("mysql", "mariadb"):
            rows = rows.prefix_with("STRAIGHT_JOIN", dialect=dialect)
        return rows

    def _visible(self) -> ColumnElement[bool]:
        visible = visible_to(self.actor)
        return visible if self._found is None else and_(visible, self._found)

    def _hide(self) -> Hide:
        """PostgreSQL knows which values are frequent; the others would begin with the filter."""
        return as_it_is if self.db.get_bind().dialect.name == "postgresql" else hidden

    def sees_published(self) -> bool:
        """Tell whether the stored counts are those of what the actor may view."""
        return not (self.actor.moderates or self.actor.teaches)

    @cached_property
    def stored(self) -> dict[str, dict[str, int]]:
        return facet.stored(self.db)

    def everything(self) -> Total | None:
        """Return how many courses there are; None where that is to be counted."""
        return Total(self.stored["all"].get("", 0)) if self.sees_published() else None

    def gather(self, filters: Filters) -> list[Any]:
        """Return what COUNTED says of the courses, of more than CAP some CAP + 1; asked once."""
        if filters not in self._gathered:
            found = select(*COUNTED).where(self._visible(), *filters.conditions())
            some = self._hinted(found, filters).limit(self._most + 1)
            self._gathered[filters] = list(self.db.execute(some))
        return self._gathered[filters]

    def facets(self, filters: Filters) -> dict[str, Facet]:
        """Return how many courses each filter would leave, of what the other filters take."""
        return {name: self._facet(name, filters.without(name)) for name in FACETS}

    def _facet(self, name: str, rest: Filters) -> Facet:
        if rest == EVERYTHING and self.words is None and self.sees_published():
            if name == "rating":
                # It changes with each review, so it is counted with none.
                return Facet(None if self.stored["all"] else {})
            tagged = name == "tag"
            return Facet(facet.tags(self.db, MOST_TAGS) if tagged else self.stored[name])
        rows = self.gather(rest)
        exact = len(rows) <= self._most
        if name == "tag":
            return Facet(facet.tags(self.db, MOST_TAGS, [row.id for row in rows]), exact)
        return Facet(Counter(value for row in rows for value in VALUES[name](row)), exact)
