"""The words of all courses, used to correct search words that no course has."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sqlalchemy import select

from courseshop.models import SearchWord
from courseshop.services.search.words import HIDDEN, words
from courseshop.services.unique import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

    from courseshop.services.search.words import Word

SHORTEST, LONGEST = 3, 30
BATCH = 400


def unseen(texts: Iterable[str], known: Collection[str] = ()) -> dict[str, str]:
    """Return the words of `texts` that may be suggested, by term, except the `known` terms."""
    found: dict[str, str] = {}
    for text in texts:
        for word in words(text):
            if _is_proposed(word) and word.term not in known:
                shown = HIDDEN.sub("", text[word.start : word.end])
                spelled = unicodedata.normalize("NFC", shown)
                found.setdefault(word.term, spelled.lower())
    return found


def _is_proposed(word: Word) -> bool:
    fits = SHORTEST <= len(word.folded) <= LONGEST
    return fits and word.folded.isalpha() and not word.unspaced


def note(db: Session, texts: Iterable[str]) -> None:
    """Store the words of `texts` when this transaction commits.

    They are stored last, right before the commit, and in sorted order, so that two transactions
    with the same new words cannot deadlock, whatever else they have locked.
    """
    transaction = db.info["tm"].get()
    try:
        pending = transaction.data(note)
    except KeyError:
        pending = {}
        transaction.set_data(note, pending)
        transaction.addBeforeCommitHook(_store, (db, pending))
    pending.update(unseen(texts, pending))


def _store(db: Session, pending: dict[str, str]) -> None:
    terms = sorted(pending)
    for start in range(0, len(terms), BATCH):
        some = terms[start : start + BATCH]
        known = set(db.scalars(select(SearchWord.term).where(SearchWord.term.in_(some))))
        new = [{"term": term, "word": pending[term]} for term in some if term not in known]
        insert_new(db, SearchWord, new)
