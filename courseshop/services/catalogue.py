"""Lists of courses: filtered, sorted, paged and counted at a cost that does not grow with the shop.

First, the courses that match the filters are looked up, CAP at most. If no more than CAP match, the
page is taken from them. If there are more, matching courses are frequent, so a scan of an index in
list order soon finds enough of them for a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from courseshop.models import Course, CourseText
from courseshop.services import facet
from courseshop.services.course import IN_LISTS, from_category, visible_parts, visible_to
from courseshop.services.filters import EVERYTHING, Filters, among, as_it_is, hidden
from courseshop.services.paging import (
    MOST_COUNTED,
    Keyset,
    MoneyKeyset,
    Slice,
    TextKeyset,
    Total,
    count_up_to,
    ids_of,
    page_first,
    paginate,
    paginate_parts,
)
from courseshop.services.search import CAP as MOST_RANKED
from courseshop.services.search import choose, rank_of_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows
    from courseshop.domain.actor import Actor
    from courseshop.models.rows import ListedCourse
    from courseshop.schemas.base import PageQuery
    from courseshop.services.filters import Hide
    from courseshop.services.search import Query
    from courseshop.services.search.choice import Found

# How many matching courses are looked up at most; searches have their own limit, MOST_RANKED.
CAP = 500
# If more courses match, facets are counted from this many.
SOME = 200
# Looking up one course costs as much as scanning this many entries of an index of all courses.
LOOKUP = 10


def _title_of(course_id: int) -> Rows:
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


MOST_TAGS = 12
FACETS = (*facet.COUNTERS, "tag")
# Filters that have a covering index of their own (`LOOKED_UP` in models.course).
INDEXED = ("category", "level", "language")
PEOPLE = {"instructor", "student"}


@dataclass(frozen=True)
class Facet:
    """The number of courses for each filter value; None if they were not counted.

    Values without courses are omitted. If not `exact`, the numbers are lower bounds.
    """

    counts: Mapping[str, int] | None
    exact: bool = True


@dataclass(frozen=True)
class Searched:
    """The search words, their condition, and whether more than MOST_RANKED courses match."""

    words: Query | None = None
    condition: ColumnElement[bool] | None = None
    is_broad: bool = False


class Catalogue:
    """The lists of one request: courses that the actor may view and that match the search words."""

    def __init__(self, db: Session, actor: Actor, words: Query | None = None) -> None:
        self.db, self.actor, self.counts = db, actor, facet.StoredCounts(db)
        self._searched = Searched(words)
        self._gathered: dict[Filters, facet.Gathered] = {}

    @property
    def words(self) -> Query | None:
        """The search words; `page` may widen them to prefixes."""
        return self._searched.words

    def page(
        self, query: PageQuery, filters: Filters = EVERYTHING, sort: str = "newest"
    ) -> Slice[ListedCourse]:
        """Return a page of the courses that match the filters, in one of SORTS or by "relevance".

        If more than MOST_RANKED courses match the words, relevance means little: the best rated
        courses come first then.
        """
        self._search(filters)
        if self._may_be_few(filters) and (found := self.gather(filters)).is_all:
            return self._page_of(found.columns.id, query, sort)
        return self._walk(filters, query, sort)

    def _search(self, filters: Filters) -> None:
        """Choose how to search for the words; broad if more than MOST_RANKED courses match."""
        if self.words is None:
            return
        where = and_(visible_to(self.actor), *filters.conditions())
        rows = self._select(*facet.COUNTED, filters=filters)
        choice = choose(self.db, self.words, where, rows)
        self._searched = Searched(choice.query, choice.condition, is_broad=choice.total is None)
        if choice.rows is not None:
            self._keep(filters, choice.rows, is_all=not self._searched.is_broad)

    def _page_of(self, few: Sequence[int], query: PageQuery, sort: str) -> Slice[ListedCourse]:
        """Return a page of the courses with the ids `few`; only the page is read whole."""
        keyset = SORTS["rating" if sort == "relevance" else sort]
        if sort == "relevance" and self.words:
            key = rank_of_text(self.words)
            keyset = Keyset(key, CourseText.course_id, "rank", is_moment=False)
        keys, page = page_first(keyset, query, [among(self.db, keyset.id, few)])
        rows = from_category(*IN_LISTS, keys.column).join(page, keys.id == Course.id)
        return paginate(self.db, rows, keys, query, Total(len(few)))

    def _walk(self, filters: Filters, query: PageQuery, sort: str) -> Slice[ListedCourse]:
        """Return a page for which the database scans an index on `course` in list order.

        If the list is sorted by price, a filter by price limits the scan. If courses of more than
        one status are visible, the index of each is scanned: an OR would sort all courses.
        """
        kept = {"price"} if sort in {"price", "-price"} else set()
        conditions = filters.conditions(self._hide(), kept)
        keyset, total = SORTS["rating" if sort == "relevance" else sort], self._total(filters)
        parts = [and_(part, *conditions) for part in self._visible_parts(sort)]
        rows = from_category(*IN_LISTS)
        if len(parts) > 1:
            return paginate_parts(self.db, rows, keyset, query, parts, total)
        rows = rows.where(*parts)
        # Without STRAIGHT_JOIN, MariaDB starts with the few categories and sorts all courses.
        for dialect in ("mysql", "mariadb"):
            rows = rows.prefix_with("STRAIGHT_JOIN", dialect=dialect)
        return paginate(self.db, rows, keyset, query, total)

    def _visible_parts(self, sort: str) -> list[ColumnElement[bool]]:
        # Moderators see all courses, and one index has them all, newest first.
        by_newest = self.actor.moderates and sort == "newest"
        parts = [visible_to(self.actor)] if by_newest else visible_parts(self.actor)
        found = self._searched.condition
        return parts if found is None else [and_(part, found) for part in parts]

    def _hide(self) -> Hide:
        """Return a function that wraps a column so that no index is used for it.

        On PostgreSQL it returns the column itself: PostgreSQL's statistics show which values are
        frequent.
        """
        return as_it_is if self.db.get_bind().dialect.name == "postgresql" else hidden

    def _visible(self, hide: Hide = as_it_is) -> ColumnElement[bool]:
        visible = visible_to(self.actor, hide(Course.status))
        found = self._searched.condition
        return visible if found is None else and_(visible, found)

    def sees_published(self) -> bool:
        """Return whether the stored counts match what the actor may view."""
        return not (self.actor.moderates or self.actor.teaches)

    def _stored_total(self, filters: Filters) -> int | None:
        """Return the stored number of matching published courses; None if it is not stored."""
        if self.words is not None or len(filters.given) > 1:
            return None
        given = filters.given or {"all": ""}
        return self.counts.of(*given.popitem())

    def _is_known_to_be_many(self, filters: Filters) -> bool:
        if self._searched.is_broad or (self._stored_total(filters) or 0) > CAP:
            return True
        # A subset of filters that match many courses matches at least as many.
        many = [one.given.items() for one, found in self._gathered.items() if not found.is_all]
        return any(filters.given.items() <= narrower for narrower in many)

    def _may_be_few(self, filters: Filters) -> bool:
        unlimited = filters == EVERYTHING and self.words is None
        return not unlimited and not self._is_known_to_be_many(filters)

    def _total(self, filters: Filters) -> Total:
        if self._searched.is_broad:
            return Total(MOST_RANKED, exact=False)
        stored = self._stored_total(filters)
        if stored is not None:
            return self._with_unpublished(stored, filters)
        if self._is_large() and self._is_known_to_be_many(filters):
            return Total(CAP, exact=False)
        return count_up_to(self.db, self._select(Course.id, filters=filters))

    def _with_unpublished(self, published: int, filters: Filters) -> Total:
        _published, *others = visible_parts(self.actor)
        if not others:
            return Total(published)
        parts = [and_(part, *filters.conditions()) for part in others]
        more = count_up_to(self.db, ids_of(Course.id, parts))
        return Total(published + more.number, more.exact)

    def _is_large(self) -> bool:
        """Return whether counting costs too much, because it scans an index of all courses."""
        return self.counts.all > MOST_COUNTED

    def gather(self, filters: Filters) -> facet.Gathered:
        """Return and cache the columns that facets are counted from: of all matches or a sample."""
        if filters not in self._gathered:
            few = CAP if self.words is None else MOST_RANKED
            # The counts will be inexact in any case, so a small sample is enough.
            most = SOME if self._is_known_to_be_many(filters) else few
            found = self._select(*facet.COUNTED, filters=filters).limit(most + 1)
            rows = list(self.db.execute(found))
            self._keep(filters, rows, is_all=len(rows) <= most)
        return self._gathered[filters]

    def _keep(self, filters: Filters, rows: Sequence[Found], *, is_all: bool) -> None:
        some = rows if is_all else rows[:SOME]
        self._gathered[filters] = facet.Gathered(facet.Columns(*zip(*some, strict=True)), is_all)

    def _select(self, *columns: Column, filters: Filters) -> Rows:
        """Return a select of matching courses that uses the index of the narrowest filter.

        If no filter is narrow enough, it scans the covering index of all courses, newest first.
        """
        narrow, hide = self._narrow(filters), self._hide()
        # The indexes of INDEXED filters contain the status, too. But an index for each side of the
        # OR for an instructor would find all courses.
        by_status = narrow <= {*INDEXED} and not self.actor.teaches
        visible = self._visible(as_it_is if by_status else hide)
        rows = select(*columns).where(visible, *filters.conditions(hide, narrow))
        return rows if narrow or self.words else rows.order_by(*NEWEST.order(ascending=False))

    def _narrow(self, filters: Filters) -> set[str]:
        """Return the filters to look up courses by; empty if a scan of all courses costs less."""
        given = filters.given
        if people := PEOPLE & given.keys():
            return people
        costs = {"all": self.counts.all}
        if filters.tag is not None:
            costs["tag"] = LOOKUP * self.counts.tagged(filters.tag)
        # Staff see a few more courses than are counted, which does not matter here.
        for name in INDEXED:
            if name in given:
                costs[name] = self.counts.of(name, given[name]) or 0
        return {min(costs, key=costs.__getitem__)} - {"all"}

    def facets(self, filters: Filters) -> dict[str, Facet]:
        """Return a facet per filter: the number of courses per value, given the other filters."""
        return {name: self._facet(name, filters.without(name)) for name in FACETS}

    def _facet(self, name: str, rest: Filters) -> Facet:
        if rest == EVERYTHING and self.words is None and self.sees_published():
            tagged = name == "tag"
            return Facet(facet.tags(self.db, MOST_TAGS) if tagged else self.counts.by_kind[name])
        found = self.gather(rest)
        if name == "tag":
            tags = facet.tags(self.db, MOST_TAGS, found.columns.id)
            return Facet(tags, found.is_all)
        return Facet(facet.COUNTERS[name](found.columns), found.is_all)
