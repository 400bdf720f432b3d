"""Read a file of any known type: its fields, their faults, and lines that are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courseshop.domain.text import NOT_IN_A_TEXT, character_name, with_line_feeds
from courseshop.importing import markdown, scraped, structured
from courseshop.importing.faults import Fault, Faulty
from courseshop.importing.status_fields import with_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from courseshop.importing.faults import Facts

READERS: dict[str, Callable[[str], Facts]] = {
    ".md": markdown.read,
    ".json": structured.read,
    ".txt": scraped.read,
}
PAGE = ".txt"
LARGEST = 1_000_000


class Content(NamedTuple):
    """The fields of a file, and the faults of those that cannot be read.

    `unread` are the lines of a copied page with a price, a level or the like: they are not read.
    """

    facts: Facts
    faults: list[Fault]
    unread: list[str]
    is_page: bool


def read(path: Path) -> Content:
    """Return the content of a file. Raises Faulty, ValueError or OSError if it has no fields."""
    kind = path.suffix.lower()
    if kind not in READERS:
        raise ValueError(f"unknown file type; expected one of {', '.join(READERS)}")
    text = text_of(path)
    try:
        facts, faults = READERS[kind](text), []
    except Faulty as error:
        if not error.facts:
            raise
        facts, faults = error.facts, error.faults
    known, more = with_status({key: one for key, one in facts.items() if one is not None})
    is_page = kind == PAGE
    return Content(known, [*faults, *more], scraped.unread(text) if is_page else [], is_page)


def text_of(path: Path) -> str:
    """Return the text of a file, with line feeds as its only line breaks."""
    if not path.is_file():
        raise ValueError("not a file")
    with path.open(encoding="utf-8-sig") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"longer than {LARGEST} characters")
    if odd := NOT_IN_A_TEXT.search(text):
        raise ValueError(f"contains the character {character_name(odd[0])}, which is not allowed")
    return with_line_feeds(text)
