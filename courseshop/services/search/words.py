"""Tokenizing of texts into words, which is the same for courses and for search queries.

A term is the form of a word that databases index. It has only ASCII letters and digits, so that
the databases' different tokenizers all see the same words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
MARKS = "".join(chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n))[0] == "M")
WORD = re.compile(
    rf"(?P<sign>(?<!\w)[A-Za-z](?:\+\+|\#)(?!\w))"
    rf"|(?P<unspaced>[{UNSPACED}][{UNSPACED}{MARKS}]*)"
    rf"|[^\W_{UNSPACED}](?:[^\W_{UNSPACED}]|[{MARKS}])*"
)
# C++ and C# must differ from C.
SIGNS = {"++": "plusplus", "#": "sharp"}
# Letters that Unicode does not decompose, after casefold(), such as the dotless i (\u0131). The
# tatweel (\u0640) only stretches a word.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k", "\u0640": ""}
)
# Prefix of each term, because InnoDB ignores words of one or two letters and some English words,
# and PostgreSQL parses 1e5 as a number.
MARKER = "xx"
# InnoDB's innodb_ft_max_token_size is 84.
LONGEST_TERM = 84
# Letters of a word that are folded; a Hangul syllable decomposes into three. One letter can fold to
# 18 (\ufdfa), and the rest of a longer word is beyond its term anyway.
LONGEST_WORD = 3 * LONGEST_TERM
# A tsvector is limited to 1 MiB.
LONGEST_FIELD = 600_000


class Word(NamedTuple):
    """A word of a text, folded, with its start and end position.

    In scripts without spaces (`unspaced`), each pair of adjacent letters is a word. The last letter
    of a run is a word, too: `is_alone` if it is the whole run, otherwise `is_rest`.
    """

    folded: str
    start: int
    end: int
    unspaced: bool = False
    is_alone: bool = False
    is_rest: bool = False

    @property
    def term(self) -> str:
        return term(self.folded)


def words(text: str) -> Iterator[Word]:
    """Yield the words of `text` in order; a run of unspaced letters as pairs of letters."""
    for match in WORD.finditer(text):
        kind = match.lastgroup
        if kind == "unspaced":
            yield from _pairs(match[0], match.start())
        elif kind == "sign":
            folded = match[0][0].lower() + SIGNS[match[0][1:]]
            yield Word(folded, *match.span())
        elif folded := fold(match[0]):
            yield Word(folded, *match.span())


def _pairs(run: str, start: int) -> Iterator[Word]:
    letters = [(fold(letter), start + at) for at, letter in enumerate(run)]
    letters = [(letter, at) for letter, at in letters if letter]
    for (first, at), (second, then) in pairwise(letters):
        yield Word(first + second, at, then + 1, unspaced=True)
    for last, at in letters[-1:]:
        alone = len(letters) == 1
        yield Word(last, at, at + 1, unspaced=True, is_alone=alone, is_rest=not alone)


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Return a word without case, accents and marks: Straße becomes strasse, Łódź lodz.

    It follows Unicode's compatibility caseless matching (The Unicode Standard, 3.13, D146), then
    removes everything except letters and digits. The result has at most LONGEST_TERM letters.
    """
    begin = word[:LONGEST_WORD]
    if begin.isascii():
        return begin.lower()[:LONGEST_TERM]
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", begin).casefold())
    kept = "".join(letter for letter in plain.translate(LETTERS) if letter.isalnum())
    return unicodedata.normalize("NFC", kept)[:LONGEST_TERM]


@lru_cache(maxsize=50_000)
def term(folded: str) -> str:
    """Return the ASCII term of a folded word; words with a common prefix have such terms, too."""
    return join(map(code, folded))


def join(codes: Iterable[str]) -> str:
    """Return the term of a folded word from the codes of its letters."""
    return (MARKER + "".join(codes))[:LONGEST_TERM]


def code(letter: str) -> str:
    """Return the ASCII code of a folded letter: itself, or its code point."""
    if letter.isascii():
        return letter
    return f"z{ord(letter):04x}" if ord(letter) < 0x10000 else f"y{ord(letter):05x}"


def field(texts: Iterable[str]) -> str:
    """Return the distinct terms of these texts, with a space before and after each.

    The result is cut after a term if it is longer than LONGEST_FIELD.
    """
    folded = dict.fromkeys(word.folded for text in texts for word in words(text))
    terms = dict.fromkeys(map(term, folded))
    joined = f" {' '.join(terms)} " if terms else ""
    return joined if len(joined) <= LONGEST_FIELD else _shortened(joined)


def _shortened(joined: str) -> str:
    return joined[: joined.rindex(" ", 0, LONGEST_FIELD) + 1]
