"""The words of a text, folded alike for what is searched and for what is asked.

A term is what the databases index of a word: of ASCII letters and digits alone, so that the three
of them, each with a tokenizer of its own, see the same words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Thai, Lao, Burmese, Khmer, kana and Han are written without blanks between words.
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
# C++ and C# are other languages than C.
SIGNS = {"++": "plusplus", "#": "sharp"}
# Letters that Unicode does not take apart, after casefold(); the dotless i
# among them. The last one only stretches a line.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k", "\u0640": ""}
)
# Two letters before each word: InnoDB ignores words of fewer than three and some English ones,
# PostgreSQL reads 1e5 as a number.
MARKER = "xx"
# InnoDB's innodb_ft_max_token_size is 84.
LONGEST_TERM = 84
# A tsvector holds 1 MiB.
LONGEST_FIELD = 600_000


class Word(NamedTuple):
    """A word of a text: folded, and from where to where it stands.

    Of a script without blanks a word is a pair of letters. The last letter of a run is one too:
    `is_alone` where it is the whole run, else `is_rest`.
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
    """Yield the words of `text`, in order; a run without blanks as all its pairs of letters."""
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
    """Return a word without case, accents and marks: Straße is strasse, Łódź is lodz.

    After Unicode's compatibility caseless matching (The Unicode Standard, 3.13, D146), then without
    what is neither a letter nor a digit.
    """
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    kept = "".join(letter for letter in plain.translate(LETTERS) if letter.isalnum())
    return unicodedata.normalize("NFC", kept)


@lru_cache(maxsize=50_000)
def term(folded: str) -> str:
    """Return a folded word in ASCII; words that begin alike have terms that do."""
    code = MARKER + folded if folded.isascii() else MARKER + "".join(map(_code, folded))
    return code[:LONGEST_TERM]


def _code(letter: str) -> str:
    if letter.isascii():
        return letter
    return f"z{ord(letter):04x}" if ord(letter) < 0x10000 else f"y{ord(letter):05x}"


def field(texts: Iterable[str]) -> str:
    """Return the terms of these texts, once each, with a blank before and after every one."""
    folded = dict.fromkeys(word.folded for text in texts for word in words(text))
    terms = dict.fromkeys(map(term, folded))
    joined = f" {' '.join(terms)} " if terms else ""
    return joined if len(joined) <= LONGEST_FIELD else _shortened(joined)


def _shortened(joined: str) -> str:
    return joined[: joined.rindex(" ", 0, LONGEST_FIELD) + 1]
