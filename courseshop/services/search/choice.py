"""The choice of a query plan for search words.

Few matching courses are found by the full-text index and ranked. If many courses match, an index in
list order is scanned, and each course is checked for the words. The cost of neither grows with the
catalog.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, false, func, select

from courseshop.models import Course, CourseText
from courseshop.services.paging import count_up_to
from courseshop.services.search.query import Query, Term, all_within, matches, probe

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows

    # A row of the caller's select, whose columns are unknown here.
    Found = Row[*tuple[Any, ...]]

# Up to this many courses are ranked; words in more courses say too little about relevance.
CAP = 1_000
SAMPLE = 32
LEAST_HITS = 3
# Multiples of it modulo 1 spread a sample evenly over the ids, without following any pattern.
GOLDEN_RATIO = 0.618_033_988_749_894_8


@dataclass(frozen=True)
class Choice:
    """How to list the courses that match `condition`.

    `total` is the number of courses, to be sorted by `rank(query)`. None means that more than CAP
    match: then they should be read in the order of an index. `rows` are the rows that were read to
    decide this, at most CAP + 1; None if courses were only counted.
    """

    query: Query
    condition: ColumnElement[bool]
    total: int | None
    rows: list[Found] | None = None


def choose(db: Session, query: Query, where: ColumnElement[bool], rows: Rows) -> Choice:
    """Return how to list the courses that have all the words and match `where`.

    If none has all the words, the words are treated as prefixes. `rows` is the select of the
    columns that the list needs if there are few courses.
    """
    choice = _choose(db, query, where, rows)
    wider = query.wider()
    return _choose(db, wider, where, rows) if choice.total == 0 and wider != query else choice


def _choose(db: Session, query: Query, where: ColumnElement[bool], rows: Rows) -> Choice:
    """Use the full-text index, unless a sample shows that too many courses have the words.

    The index finds all matches before it returns the first: on PostgreSQL and MariaDB always, on
    SQLite for prefixes.
    """
    if not query:
        return Choice(query, false(), 0)
    sample = take_sample(db, query)
    if sample.is_broad:
        return _choose_probing(db, query, where)
    found = _found(db, query, sample)
    some = list(db.execute(rows.where(found).limit(CAP + 1)))
    if len(some) > CAP:
        return Choice(query, probe(query), None, some)
    return Choice(query, found, len(some), some)


def _choose_probing(db: Session, query: Query, where: ColumnElement[bool]) -> Choice:
    ids, found = select(Course.id).where(where), probe(query)
    if not count_up_to(db, ids, 4 * CAP).exact:
        return Choice(query, found, None)
    total = count_up_to(db, ids.where(found), CAP)
    return Choice(query, found, total.number if total.exact else None)


def _found(db: Session, query: Query, sample: Sample) -> ColumnElement[bool]:
    """Return a condition that uses the index for the rare words and probes for the frequent ones.

    If all words are rare, or all are frequent, it uses the index for all of them.
    """
    often = {term for term, hits in sample.each.items() if hits >= LEAST_HITS}
    rare = Query(tuple(term for term in query.terms if term not in often))
    if not rare or not often:
        return matches(db, query)
    return and_(matches(db, rare), probe(Query(tuple(often))))


@dataclass(frozen=True)
class Sample:
    """A sample of `taken` courses: `hits` have all the words; `each` counts those with one word.

    `size` is the size of the catalog: its highest course id.
    """

    hits: int
    each: dict[Term, int]
    taken: int
    size: int

    @property
    def is_broad(self) -> bool:
        """Return whether far more than CAP courses have the words.

        If 1,000 of 100,000 courses have a word, it is misjudged, and so not ranked, with a
        probability of 0.4%.
        """
        return self.hits >= LEAST_HITS and self.hits * self.size >= 4 * CAP * self.taken


def take_sample(db: Session, query: Query) -> Sample:
    """Look for the words in 32 courses all over the catalog; in none if the catalog is small."""
    newest = db.scalar(select(func.max(CourseText.course_id))) or 0
    if newest <= 4 * CAP:
        return Sample(0, {}, 0, newest)
    places = {1 + int(newest * (n * GOLDEN_RATIO % 1)) for n in range(1, SAMPLE + 1)}
    parts = (query, *(Query((term,)) for term in query.terms))
    counts = [func.sum(case((all_within(part), 1), else_=0)) for part in parts]
    sampled = select(*counts).where(CourseText.course_id.in_(sorted(places)))
    hits, *each = [int(count or 0) for count in db.execute(sampled).one()]
    return Sample(hits, dict(zip(query.terms, each, strict=True)), len(places), newest)
