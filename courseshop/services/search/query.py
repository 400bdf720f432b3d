"""Search queries: parsing, SQL conditions for each database, and ranking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import (
    Boolean,
    Integer,
    and_,
    bindparam,
    case,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    type_coerce,
)
from sqlalchemy.dialects.mysql import match
from sqlalchemy.dialects.postgresql import TSQUERY

from courseshop.models import Course, CourseText
from courseshop.services.search.words import compounds, joined

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, SQLColumnExpression
    from sqlalchemy.orm import Session
    from sqlalchemy.types import TypeEngine

    from courseshop.services.search.words import Word

T = TypeVar("T")
MOST_WORDS = 10
# Shorter words match only themselves (R, Go), because too many words start with them.
SHORTEST_PREFIX = 3
FIELDS = (CourseText.title, CourseText.people, CourseText.tags, CourseText.body)
FTS = table("course_fts", column("rowid"))
# Must be exactly the expression of the index, or PostgreSQL does not use the index.
VECTOR: ColumnElement[str] = literal_column(
    "strip(to_tsvector('simple', course_text.title || course_text.people || course_text.tags "
    "|| course_text.body))"
)


@dataclass(frozen=True)
class Term:
    """A search word; with `prefix`, the start of a word.

    `texts` are the terms of its spellings, any of which does. All of the `parts` do, too: "e" and
    "mail" instead of "email".
    """

    texts: tuple[str, ...]
    prefix: bool
    parts: tuple[Term, ...] = ()

    def all_texts(self) -> tuple[str, ...]:
        return (*self.texts, *(text for part in self.parts for text in part.all_texts()))

    def within(self, *fields: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Return the condition that the fields have the word; terms have no LIKE wildcards."""
        patterns = (f"% {text}%" if self.prefix else f"% {text} %" for text in self.texts)
        own = or_(*(field.like(pattern) for pattern in patterns for field in fields))
        return or_(own, and_(*(one.within(*fields) for one in self.parts))) if self.parts else own

    def stands_for(self, term: str) -> bool:
        """Return whether this search word, or a part, matches the term of a word in a text."""
        own = any(term.startswith(text) if self.prefix else term == text for text in self.texts)
        return own or any(part.stands_for(term) for part in self.parts)

    def wider(self) -> Term:
        return replace(self, prefix=True, parts=tuple(one.wider() for one in self.parts))


@dataclass(frozen=True)
class Query:
    """Search words, all of which a course must have; an empty query is falsy and finds nothing."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def wider(self) -> Query:
        """Return the query with all words as prefixes, to use if the query finds nothing."""
        return Query(tuple(term.wider() for term in self.terms))


def parse(text: str) -> Query:
    """Return the first ten words of `text` as a query. There is no query syntax, and no errors.

    The last word is a prefix, because the user may still be typing it. The other words must match
    whole words; otherwise "art" would find "article".
    """
    found = [group for group in compounds(text) if not group[0].is_rest]
    terms: dict[tuple[str, ...], Term] = {}
    for group in found:
        term = _term(group, is_last=group is found[-1])
        if len(terms) < MOST_WORDS or term.texts in terms:
            terms[term.texts] = term
    return Query(tuple(terms.values()))


def _term(group: list[Word], *, is_last: bool) -> Term:
    def of(word: Word, *parts: Term) -> Term:
        begun = is_last and word.end == group[-1].end and len(word.folded) >= SHORTEST_PREFIX
        return Term(word.terms, begun or word.is_alone, parts)

    return of(joined(group), *map(of, group)) if len(group) > 1 else of(group[0])


def matches(db: Session, query: Query) -> ColumnElement[bool]:
    """Return the condition that a course has the words, using the full-text index.

    The index finds all matches first, so use this for words that few courses have. The condition
    may join the index to the select, so it may occur there only once, and not inside OR or NOT.
    """
    return MATCHING[db.get_bind().dialect.name](query)


def probe(query: Query) -> ColumnElement[bool]:
    """Return the same condition without the index, for words that many courses have.

    A scalar subquery is evaluated course by course; planners turn EXISTS into a join that starts
    with the words.
    """
    return _of_the_course(all_within(query), Boolean())


def rank(query: Query) -> ColumnElement[int]:
    """Return the relevance of a matching course: an integer, the higher the better.

    Each word counts by its best field: the title, then tags and instructors; whole words count
    more than prefixes. Unlike bm25 (SQLite) and ts_rank (PostgreSQL), it is the same on each
    database and does not change when other courses are added, so lists can be paged by it.
    """
    return _of_the_course(rank_of_text(query), Integer())


def rank_of_text(query: Query) -> ColumnElement[int]:
    """Return the relevance (see `rank`) of a row of `course_text`."""
    return sum(map(_weight, query.terms), literal(0))


def in_title(query: Query) -> ColumnElement[bool]:
    """Return the condition that a course has the words in its title."""
    within = and_(*(term.within(CourseText.title) for term in query.terms))
    return _of_the_course(within, Boolean())


def all_within(query: Query) -> ColumnElement[bool]:
    """Return the condition that a row of `course_text` has the words."""
    return and_(*(term.within(*FIELDS) for term in query.terms))


def _of_the_course(expression: ColumnElement[T], kind: TypeEngine[T]) -> ColumnElement[T]:
    of_it = select(expression).where(CourseText.course_id == Course.id).correlate(Course)
    return type_coerce(of_it.scalar_subquery(), kind)


def _weight(term: Term) -> ColumnElement[int]:
    whole = replace(term, prefix=False)
    labels = (CourseText.tags, CourseText.people)
    return case(
        (whole.within(CourseText.title), 8),
        (term.within(CourseText.title), 6),
        (or_(*(whole.within(field) for field in labels)), 4),
        (or_(*(term.within(field) for field in labels)), 3),
        else_=0,
    )


def _sqlite(query: Query) -> ColumnElement[bool]:
    asked = " AND ".join(_marked(term, FTS5) for term in query.terms)
    found = literal_column("course_fts").op("MATCH")(asked)
    # The unary plus makes SQLite start with the full-text index. Otherwise it would query the index
    # for each published course, say, because it expects few of them.
    return and_(found, Course.id == FTS.c.rowid.op("+")(0))


def _postgresql(query: Query) -> ColumnElement[bool]:
    asked = bindparam(None, " & ".join(_marked(term, TEXT_SEARCH) for term in query.terms), TSQUERY)
    found = select(CourseText.course_id).where(VECTOR.op("@@")(asked))
    # For a subquery, the planner expects 2% of all courses, and reads the whole table to join them;
    # for an array, it expects ten.
    return Course.id == func.any(func.array(found.scalar_subquery()))


def _mysql(query: Query) -> ColumnElement[bool]:
    asked = " ".join(f"+{_marked(term, BOOLEAN_MODE)}" for term in query.terms)
    found = match(*(field.expression for field in FIELDS), against=asked).in_boolean_mode()
    return and_(found, CourseText.course_id == Course.id)


class _Operators(NamedTuple):
    """The operators of a full-text index; `first` is before the first of words that must be."""

    prefix: str
    conjunction: str
    disjunction: str
    first: str = ""


FTS5 = _Operators("*", " AND ", " OR ")
TEXT_SEARCH = _Operators(":*", " & ", " | ")
BOOLEAN_MODE = _Operators("*", " +", " ", "+")


def _marked(term: Term, operators: _Operators) -> str:
    """Return a term in the language of a full-text index."""
    choices = [f"{text}{operators.prefix if term.prefix else ''}" for text in term.texts]
    if term.parts:
        parts = operators.conjunction.join(_marked(part, operators) for part in term.parts)
        choices.append(f"({operators.first}{parts})")
    return choices[0] if len(choices) == 1 else f"({operators.disjunction.join(choices)})"


MATCHING = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}
