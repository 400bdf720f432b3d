"""What to propose: titles while somebody types, and another word where nothing was found.

Only what is published is ever proposed: not even that there is a word in a draft shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from sqlalchemy import and_, select

from courseshop.models import Course, SearchWord
from courseshop.services.search.choice import take_sample
from courseshop.services.search.query import MOST_WORDS, Query, Term, in_title, matches, parse, rank
from courseshop.services.search.words import fold, term, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.models.rows import SuggestedCourse
    from courseshop.services.search.words import Word

PUBLISHED: ColumnElement[bool] = Course.status == "published"
NEWEST = (Course.listed_at.desc(), Course.id.desc())
MOST_TITLES = 8
# Of words that many courses have, so many of the newest are looked at.
WINDOW = 400
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# Words that begin alike, to look for two slips in one word.
SAME_BEGINNING, MOST_ALIKE = 3, 2_000
MOST_TRIED = 5
# Of a text with more words that nobody has, something else is wrong.
MOST_STRANGE = 3


def suggestions(db: Session, text: str) -> list[SuggestedCourse]:
    """Return title and slug of up to eight published courses whose title has words that begin so.

    Those with the whole words come first. It costs the same however many there are: a beginning
    that many courses have somewhere is looked for in the newest four hundred.
    """
    query = parse(text).wider()
    if not query:
        return []
    columns = (Course.title, Course.slug, Course.listed_at, Course.id)
    if take_sample(db, query).is_broad:
        newest = select(Course.id).where(PUBLISHED).order_by(*NEWEST).limit(WINDOW).subquery()
        found: Rows = select(*columns).join(newest, newest.c.id == Course.id)
    else:
        found = select(*columns).where(PUBLISHED, matches(db, query))
    # By rank first: an order that has an index would tempt a planner to walk that.
    named = found.where(in_title(query)).order_by(rank(query).desc(), *NEWEST)
    return list(db.execute(named.limit(MOST_TITLES)))


def did_you_mean(db: Session, text: str) -> str | None:
    """Return `text` with those words replaced that no published course has, None where none helps.

    What is returned finds a published course. It is for a `text` that found nothing.
    """
    asked = [word for word in words(text) if not word.unspaced][:MOST_WORDS]
    strange = [word for word in asked if not _is_found(db, word.term)]
    if not 0 < len(strange) <= MOST_STRANGE:
        return None
    corrected, at = "", 0
    for word in strange:
        better = _nearest(db, word) or text[word.start : word.end]
        corrected, at = corrected + text[at : word.start] + better, word.end
    corrected += text[at:]
    return corrected if corrected != text and _finds(db, parse(corrected)) else None


def _nearest(db: Session, word: Word) -> str | None:
    """Return the word with the fewest slips from `word` that a published course has.

    A slip is one letter more, less or another, or two that are swapped: optimal string alignment,
    after Damerau, "A technique for computer detection and correction of spelling errors", 1964.
    One is allowed, two in words of six letters or more.
    """
    most = 2 if len(word.folded) >= 6 else 1
    ranked = []
    for one, spelled in _candidates(db, word.folded):
        folded = fold(spelled)
        slips = OSA.distance(word.folded, folded, score_cutoff=most)
        if slips <= most:
            ranked.append((slips, folded[0] != word.folded[0], one, spelled))
    tried = sorted(ranked)[:MOST_TRIED]
    return next((spelled for *_how, one, spelled in tried if _is_found(db, one)), None)


def _candidates(db: Session, folded: str) -> list[tuple[str, str]]:
    """Return the stored words one slip from `folded`, and some that begin as it does.

    Each is a term, and how it is written. Both kinds are looked up in the key: that takes the
    same time however many words there are.
    """
    columns = select(SearchWord.term, SearchWord.word)
    begins = term(folded[:SAME_BEGINNING])
    alike = columns.where(SearchWord.term.startswith(begins, autoescape=True)).limit(MOST_ALIKE)
    near = columns.where(SearchWord.term.in_(sorted({term(one) for one in _one_slip(folded)})))
    return [*db.execute(near), *db.execute(alike)]


def _one_slip(word: str) -> Iterator[str]:
    """Yield the words one slip from `word`, as Norvig does it (norvig.com/spell-correct.html)."""
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    for left, right in splits:
        yield from (left + letter + right for letter in LETTERS)
        if right:
            yield left + right[1:]
            yield from (left + letter + right[1:] for letter in LETTERS)
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]


def _is_found(db: Session, text: str) -> bool:
    return _finds(db, Query((Term(text, prefix=False),)))


def _finds(db: Session, query: Query) -> bool:
    if not query:
        return False
    published = and_(PUBLISHED, matches(db, query))
    return (
        take_sample(db, query).is_broad
        or db.scalar(select(Course.id).where(published).limit(1)) is not None
    )
