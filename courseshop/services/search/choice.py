"""Which way to look for words: few courses are ranked, of many the best are looked through.

The cost of neither grows with the catalogue.
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

    # A row of a select that the caller made: of its columns nothing is known here.
    Found = Row[*tuple[Any, ...]]

# So many courses are ranked; of more, the words say too little to rank by.
CAP = 1_000
SAMPLE = 32
LEAST_HITS = 3
# Where the n-th course of a sample stands: evenly, and in step with no pattern of the ids.
GOLDEN_RATIO = 0.618_033_988_749_894_8


@dataclass(frozen=True)
class Choice:
    """How a list is made of the courses that `condition` takes.

    `total` is how many there are, to be ordered by `rank(query)`; None says that there are more
    than CAP, to be walked in an order that the database has an index of. `rows` is what was read
    of them to tell, CAP and one at most; None where they were only counted.
    """

    query: Query
    condition: ColumnElement[bool]
    total: int | None
    rows: list[Found] | None = None


def choose(db: Session, query: Query, where: ColumnElement[bool], rows: Rows) -> Choice:
    """Return how to list the courses that have the words, of those that `where` takes.

    Where none has all the words, those are taken that have words which begin so. `rows` is the
    select of what the list needs of all of them, if they are few.
    """
    choice = _choose(db, query, where, rows)
    wider = query.wider()
    return _choose(db, wider, where, rows) if choice.total == 0 and wider != query else choice


def _choose(db: Session, query: Query, where: ColumnElement[bool], rows: Rows) -> Choice:
    """Ask the index only when the words are not in half the catalogue.

    The index finds all before it gives the first: on PostgreSQL and MariaDB always, on SQLite for
    the beginning of a word.
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
    """Return the condition by the index of the rarer words, where there are any besides others."""
    often = {term for term, hits in sample.each.items() if hits >= LEAST_HITS}
    rare = Query(tuple(term for term in query.terms if term not in often))
    if not rare or not often:
        return matches(db, query)
    return and_(matches(db, rare), probe(Query(tuple(often))))


@dataclass(frozen=True)
class Sample:
    """How many of how many courses have all the words, and each, in a catalogue of that size."""

    hits: int
    each: dict[Term, int]
    taken: int
    size: int

    @property
    def is_broad(self) -> bool:
        """Return whether far more than CAP courses have the words.

        Of a thousand words that 1,000 courses of 100,000 have, four are misjudged, and not ranked.
        """
        return self.hits >= LEAST_HITS and self.hits * self.size >= 4 * CAP * self.taken


def take_sample(db: Session, query: Query) -> Sample:
    """Look for the words in 32 courses, all over the catalogue; in none where that is small."""
    newest = db.scalar(select(func.max(CourseText.course_id))) or 0
    if newest <= 4 * CAP:
        return Sample(0, {}, 0, newest)
    places = {1 + int(newest * (n * GOLDEN_RATIO % 1)) for n in range(1, SAMPLE + 1)}
    parts = (query, *(Query((term,)) for term in query.terms))
    counts = [func.sum(case((all_within(part), 1), else_=0)) for part in parts]
    sampled = select(*counts).where(CourseText.course_id.in_(sorted(places)))
    hits, *each = [int(count or 0) for count in db.execute(sampled).one()]
    return Sample(hits, dict(zip(query.terms, each, strict=True)), len(places), newest)
