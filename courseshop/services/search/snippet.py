"""Snippets: the parts of a course's texts around the search words."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from courseshop.domain import markdown
from courseshop.models import Course
from courseshop.services.search.words import MARKER, spellings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from courseshop.services.search.query import Query
    from courseshop.services.search.words import Word

LENGTH = 200
# A snippet is one line: this separates the blocks of its text, such as a heading from what follows.
BETWEEN_BLOCKS = " · "
END_OF_BLOCK = re.compile(r"</(?:h[1-6]|p|li|pre|th|td)>")
# Unicode's paragraph separator, between blocks of plain text.
SEPARATOR = "\u2029"
# The number of characters to show before the first match.
LEAD = 40
ELLIPSIS = "…"
# In a long text, this many hits are enough to find a good part.
MOST_HITS = 200


class Piece(NamedTuple):
    """A piece of a text, and whether it matches a search word."""

    text: str
    is_hit: bool


class Hit(NamedTuple):
    start: int
    end: int
    term: str


def snippets(db: Session, query: Query, course_ids: Iterable[int]) -> dict[int, list[Piece]]:
    """Return, by course id, a snippet of each course's summary or description with the words.

    The pieces are plain text, to be escaped. They are empty if the words are only elsewhere, such
    as in the title.
    """
    columns = (Course.id, Course.summary, Course.about_html)
    rows = db.execute(select(*columns).where(Course.id.in_(list(course_ids))))
    return {row.id: snippet(query, _texts(row.summary, row.about_html)) for row in rows}


def _texts(summary: str, about_html: str) -> list[str]:
    """Return the texts to search, each in one line."""
    text = markdown.plain(END_OF_BLOCK.sub(SEPARATOR, about_html))
    blocks = (" ".join(block.split()) for block in text.split(SEPARATOR))
    return [summary, BETWEEN_BLOCKS.join(filter(None, blocks))]


def snippet(query: Query, texts: Iterable[str]) -> list[Piece]:
    """Return about 200 characters of the text that shows the most of the words."""
    best: list[Piece] = []
    shown = 0
    for text in map(_composed, texts):
        hits = _hits(query, text)
        first, terms = _densest(hits)
        if len(terms) > shown:
            shown, best = len(terms), _cut(text, hits, first)
    return best


def highlight(query: Query, text: str) -> list[Piece]:
    """Return the whole `text` in pieces, with the search words marked."""
    composed = _composed(text)
    return _pieces(composed, _hits(query, composed), 0, len(composed))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _hits(query: Query, text: str) -> list[Hit]:
    found: list[Hit] = []
    for word in _likely(query, text):
        match = next((one for one in query.terms if one.stands_for(word.term)), None)
        # Pairs of letters in unspaced scripts overlap.
        start = max(word.start, found[-1].end) if found else word.start
        if match is None or start >= word.end:
            continue
        wanted = match.texts[0]
        alone = word.unspaced and len(wanted) < len(word.term)
        found.append(Hit(start, start + 1 if alone else word.end, wanted))
        if len(found) == MOST_HITS:
            break
    return found


def _likely(query: Query, text: str) -> Iterator[Word]:
    """Yield the words of `text` whose first letter could be that of a search word.

    Tokenizing twenty long texts completely would cost more than the rest of the page.
    """
    first = "".join({one[len(MARKER)] for term in query.terms for one in term.all_texts()})
    likely = re.compile(rf"(?<![^\W_])[{first}{first.upper()}\u0080-\U0010ffff][^\s]*")
    for match in likely.finditer(text):
        for word in spellings(match[0]):
            yield word._replace(start=word.start + match.start(), end=word.end + match.start())


def _densest(hits: list[Hit]) -> tuple[int, set[str]]:
    """Return the start of the snippet-sized window with the most search words, and their terms."""
    best, terms = 0, set[str]()
    for first in hits:
        near = {hit.term for hit in hits if 0 <= hit.start - first.start < LENGTH - 2 * LEAD}
        if len(near) > len(terms):
            best, terms = first.start, near
    return best, terms


def _cut(text: str, hits: list[Hit], first: int) -> list[Piece]:
    """Return the part of `text` around the hit at `first`, cut at spaces if possible."""
    start, end = max(0, first - LEAD), len(text)
    if start:
        start = max(start, text.find(" ", start, first) + 1)
    if start + LENGTH < end:
        end = max(text.rfind(" ", first + LEAD, start + LENGTH), first + LEAD)
    start, end = _without_separators(text, start, end)
    pieces = _pieces(text, hits, start, end)
    before = [Piece(ELLIPSIS, is_hit=False)] if start else []
    after = [Piece(ELLIPSIS, is_hit=False)] if end < len(text) else []
    return [*before, *pieces, *after]


def _without_separators(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of `text` without a separator of blocks at its start or end."""
    part = text[start:end].rstrip().removesuffix(BETWEEN_BLOCKS.rstrip())
    first = len(part) - len(part.removeprefix(BETWEEN_BLOCKS.lstrip()))
    return start + first, start + len(part)


def _pieces(text: str, hits: list[Hit], start: int, end: int) -> list[Piece]:
    pieces, at = [], start
    for hit in hits:
        if at <= hit.start and hit.end <= end:
            pieces.append(Piece(text[at : hit.start], is_hit=False))
            pieces.append(Piece(text[hit.start : hit.end], is_hit=True))
            at = hit.end
    return [piece for piece in (*pieces, Piece(text[at:end], is_hit=False)) if piece.text]
