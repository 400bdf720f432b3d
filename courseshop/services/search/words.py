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

from courseshop.domain.text import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
MARKS = "".join(chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n))[0] == "M")
FRACTIONS = "\u00bc-\u00be\u2150-\u215e\u2189"
WORD = re.compile(
    # A version may follow, as in C++20.
    rf"(?P<sign>(?<!\w)[A-Za-z](?:\+\+|\#)(?![^\W\d]))"
    rf"|(?P<unspaced>[{UNSPACED}][{UNSPACED}{MARKS}]*)"
    rf"|[{FRACTIONS}]"
    rf"|[^\W_{UNSPACED}{FRACTIONS}](?:[^\W_{UNSPACED}{FRACTIONS}]|[{MARKS}])*"
)
HIDDEN = re.compile(f"[{INVISIBLE}]")
# What joins the parts of e-mail, women's and A.I., and of 1/2.
JOINTS, SLASH = "-'.", "/"
# The joints as people and word processors write them. The modifier letters are apostrophes, too,
# and the letters of transcribed Hawaiian, Hebrew and Arabic that an apostrophe often stands for.
SIGNS_ALIKE = {
    "-": "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d\u05be",
    "'": "`\u00b4\u2018\u2019\u201b\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\uff07\uff40",
    ".": "\uff0e",
    SLASH: "\u2044\u2215\uff0f",
}
# Full-width letters and signs are plain ones.
ALIKE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    ord(other): sign for sign, others in SIGNS_ALIKE.items() for other in others
}
# C++ and C# must differ from C.
SIGNS = {"++": "plusplus", "#": "sharp"}
# Letters that Unicode does not decompose, after casefold(), such as the dotless i (\u0131). The
# tatweel (\u0640) only stretches a word.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ĸ": "k", "\u0640": ""}
)
# Letters that are typed in place of each other: on Arabic and Persian keyboards, and ta marbuta.
LETTERS |= dict(zip(map(ord, "\u0649\u06cc\u06a9\u0629\u06d5\u06c1\u06be"),
                    "\u064a\u064a\u0643\u0647\u0647\u0647\u0647", strict=True))  # fmt: skip
# The alef of the Arabic article, and the forms of Hebrew letters at the end of a word.
LETTERS |= dict(zip(map(ord, "\u0671\u05da\u05dd\u05df\u05e3\u05e5"),
                    "\u0627\u05db\u05de\u05e0\u05e4\u05e6", strict=True))  # fmt: skip
# Katakana are read as hiragana.
LETTERS |= {katakana: chr(katakana - 0x60) for katakana in range(0x30A1, 0x30F7)}
# In ½, which is found by 1/2.
LETTERS[ord("\u2044")] = OVER = "over"
# A nasal consonant without a vowel, in the scripts of India: many write an anusvara, a mark.
NASAL = re.compile(
    "|".join(
        "[" + "".join(chr(block + at) for at in (0x19, 0x1E, 0x23, 0x28, 0x2E)) + "]"
        + chr(block + 0x4D) + f"(?=[{chr(block + 0x15)}-{chr(block + 0x39)}])"
        for block in range(0x900, 0xD80, 0x80)
    )
)  # fmt: skip
# Letters that are also spelled with two. (LETTERS and NFKD drop what is above them.)
SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# The most parts of a word, and the most letters of an abbreviation such as U.N.E.S.C.O.
MOST_PARTS, MOST_INITIALS = 4, 12
# `init` indexes all courses and accounts again if another version of this module did it.
VERSION = "3"
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

    `other` is the same word with two letters for each umlaut, folded: mueller, for muller; "" if
    it has none. In scripts without spaces (`unspaced`), each pair of adjacent letters is a word.
    The last letter of a run is a word, too: `is_alone` if it is the whole run, otherwise `is_rest`.
    """

    folded: str
    start: int
    end: int
    other: str = ""
    unspaced: bool = False
    is_alone: bool = False
    is_rest: bool = False

    @property
    def term(self) -> str:
        return term(self.folded)

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of its spellings."""
        return (self.term, term(self.other)) if self.other else (self.term,)


def words(text: str) -> Iterator[Word]:
    """Yield the words of `text` in order; a run of unspaced letters as pairs of letters."""
    plain, places = legible(text)
    found = _words(plain)
    yield from (_placed(word, places) for word in found) if places else found


def compounds(text: str) -> Iterator[list[Word]]:
    """Yield the words of `text`, those together that may be written as one: "e" and "mail"."""
    plain, places = legible(text)
    groups = _groups(plain)
    yield from ([_placed(one, places) for one in group] for group in groups) if places else groups


def legible(text: str) -> tuple[str, list[int]]:
    """Return a text with one form for characters that look alike, and without invisible ones.

    If there are invisible ones, the second value has the position in `text` of each other one.
    """
    plain = text.replace("`", "'") if text.isascii() else text.translate(ALIKE)
    hidden = {match.start() for match in HIDDEN.finditer(plain)}
    if not hidden:
        return plain, []
    places = [at for at in range(len(plain)) if at not in hidden]
    return HIDDEN.sub("", plain), places


def _placed(word: Word, places: list[int]) -> Word:
    return word._replace(start=places[word.start], end=places[word.end - 1] + 1)


def _groups(plain: str) -> Iterator[list[Word]]:
    group: list[Word] = []
    for word in _words(plain):
        if group and not _are_joined(plain, group, word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _words(plain: str) -> Iterator[Word]:
    for match in WORD.finditer(plain):
        kind = match.lastgroup
        if kind == "unspaced":
            yield from _pairs(match[0], match.start())
        elif kind == "sign":
            folded = match[0][0].lower() + SIGNS[match[0][1:]]
            yield Word(folded, *match.span())
        elif folded := fold(match[0]):
            yield Word(folded, *match.span(), spelled_out(match[0]))


def _are_joined(plain: str, group: list[Word], following: Word) -> bool:
    last = group[-1]
    if following.start - last.end != 1 or last.unspaced or following.unspaced:
        return False
    joint = plain[last.end]
    numbers = last.folded.isdecimal() and following.folded.isdecimal()
    initials = joint == "." and all(len(word.folded) == 1 for word in (*group, following))
    most = MOST_INITIALS if initials else MOST_PARTS
    return len(group) < most and joint in (SLASH if numbers else JOINTS)


def joined(parts: list[Word]) -> Word:
    """Return several words as one; numbers can only be those of a fraction."""
    joint = OVER if all(part.folded.isdecimal() for part in parts) else ""
    folded = joint.join(part.folded for part in parts)[:LONGEST_TERM]
    other = "".join(part.other or part.folded for part in parts)[:LONGEST_TERM]
    has_other = any(part.other for part in parts)
    return Word(folded, parts[0].start, parts[-1].end, other if has_other else "")


def spellings(text: str) -> Iterator[Word]:
    """Yield the words of `text` in all spellings by which they are found, compounds first."""
    for group in compounds(text):
        for word in [joined(group), *group] if len(group) > 1 else group:
            yield word
            if word.other:
                yield word._replace(folded=word.other)


@lru_cache(maxsize=50_000)
def spelled_out(word: str) -> str:
    """Return a word, folded, with two letters for each umlaut: Müller as mueller; "" if none."""
    begin = word[:LONGEST_WORD]
    if begin.isascii():
        return ""
    composed = unicodedata.normalize("NFC", begin.casefold())
    spelled = composed.translate(SPELLED_OUT)
    return "" if spelled == composed else fold(spelled)


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
    plain = NASAL.sub("", plain).translate(LETTERS)
    kept = "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in plain
        if letter.isalnum()
    )
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
    folded = dict.fromkeys(word.folded for text in texts for word in spellings(text))
    terms = dict.fromkeys(map(term, folded))
    joined = f" {' '.join(terms)} " if terms else ""
    return joined if len(joined) <= LONGEST_FIELD else _shortened(joined)


def _shortened(joined: str) -> str:
    return joined[: joined.rindex(" ", 0, LONGEST_FIELD) + 1]
