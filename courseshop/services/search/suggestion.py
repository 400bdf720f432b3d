"""Search suggestions: course titles while the user types, and spelling corrections.

Suggestions come only from published courses, and do not even reveal that a draft has a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from sqlalchemy import and_, select

from courseshop.models import Course, SearchWord
from courseshop.services.search.choice import take_sample
from courseshop.services.search.query import MOST_WORDS, Query, Term, in_title, matches, parse, rank
from courseshop.services.search.vocabulary import LONGEST
from courseshop.services.search.words import code, fold, join, term, words

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
# If many courses have the words, only this many of the newest courses are searched.
WINDOW = 400
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# To find words with two typos: the length of the common prefix, and the most candidates.
SAME_BEGINNING, MOST_ALIKE = 3, 2_000
MOST_TRIED = 5
# If more words of a text are unknown, they are not typos.
MAX_UNKNOWN = 3


def suggestions(db: Session, text: str) -> list[SuggestedCourse]:
    """Return title and slug of up to eight published courses whose titles have words like these.

    All words are prefixes; titles with the whole words come first. The cost does not grow with the
    shop: words that many courses have are searched only in the newest four hundred courses.
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
    # Sorts by rank first, which has no index: planners might scan an index in sort order.
    named = found.where(in_title(query)).order_by(rank(query).desc(), *NEWEST)
    return list(db.execute(named.limit(MOST_TITLES)))


def did_you_mean(db: Session, text: str) -> str | None:
    """Return a corrected search text in place of one that found nothing; None if there is none.

    Words that no published course has are replaced. The corrected text finds a published course.
    """
    spaced = [word for word in words(text) if not word.unspaced][:MOST_WORDS]
    unknown = [word for word in spaced if not _is_found(db, *word.terms)]
    if not 0 < len(unknown) <= MAX_UNKNOWN:
        return None
    corrected, at = "", 0
    for word in unknown:
        replacement = _nearest(db, word) or text[word.start : word.end]
        corrected, at = corrected + text[at : word.start] + replacement, word.end
    corrected += text[at:]
    return corrected if corrected != text and _finds(db, parse(corrected)) else None


def _nearest(db: Session, word: Word) -> str | None:
    """Return the word of a published course with the fewest typos from `word`; None if too many.

    A typo is an added, missing or wrong letter, or two swapped letters: optimal string alignment,
    after Damerau, "A technique for computer detection and correction of spelling errors", 1964.
    One typo is allowed, two in words of six letters or more. Words of more than LONGEST letters are
    never corrected, because a word of n letters has about 74 n candidates.
    """
    if len(word.folded) > LONGEST:
        return None
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
    """Return the stored words that are one typo from `folded`, and some with the same prefix.

    Each is a pair of term and spelling. Both queries use the primary key, so they take the same
    time however many words are stored.
    """
    columns = select(SearchWord.term, SearchWord.word)
    begins = term(folded[:SAME_BEGINNING])
    alike = columns.where(SearchWord.term.startswith(begins, autoescape=True)).limit(MOST_ALIKE)
    codes = [code(letter) for letter in folded]
    near = columns.where(SearchWord.term.in_(sorted({join(one) for one in _one_slip(codes)})))
    return [*db.execute(near), *db.execute(alike)]


def _one_slip(word: list[str]) -> Iterator[list[str]]:
    """Yield the words one typo from a list of letters, like Norvig (norvig.com/spell-correct.html).

    The letters are encoded once, not again in each of the words.
    """
    for at in range(len(word) + 1):
        left, right = word[:at], word[at:]
        yield from ([*left, letter, *right] for letter in LETTERS)
        if right:
            yield left + right[1:]
            yield from ([*left, letter, *right[1:]] for letter in LETTERS)
        if len(right) > 1:
            yield [*left, right[1], right[0], *right[2:]]


def _is_found(db: Session, *texts: str) -> bool:
    return _finds(db, Query((Term(texts, prefix=False),)))


def _finds(db: Session, query: Query) -> bool:
    if not query:
        return False
    published = and_(PUBLISHED, matches(db, query))
    return (
        take_sample(db, query).is_broad
        or db.scalar(select(Course.id).where(published).limit(1)) is not None
    )
