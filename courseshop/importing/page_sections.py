"""The sections of a course page: the text, lists such as the requirements, and the outline."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from courseshop.importing.page_lines import button, is_end, is_price, plain
from courseshop.importing.page_outline import is_lesson
from courseshop.importing.page_text import BULLET, is_heading

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOW_MORE = {"show more", "show less"}
ASIDE = ""
# The fields that sections contain, by heading; ASIDE for sections that the shop has no field for.
HEADINGS = {
    **dict.fromkeys(("about course", "about this course", "about the course"), "about"),
    **dict.fromkeys(
        ("what will you learn", "what you will learn", "what you'll learn", "learning outcomes"),
        "outcomes",
    ),
    **dict.fromkeys(("requirements", "prerequisites", "requirements/instructions"), "requirements"),
    **dict.fromkeys(
        ("audience", "target audience", "who this course is for", "who is this course for"),
        "audience",
    ),
    **dict.fromkeys(("course content", "curriculum", "course curriculum"), "outline"),
    **dict.fromkeys(("material includes", "materials included", "a course by"), ASIDE),
}
LISTS = {"outcomes", "requirements", "audience"}
BESIDE_TEXT = "a course by"
LONGEST_ITEM = 150
SENTENCE = (".", "!", "?", "…", ":", "\u3002", "\uff01", "\uff1f")


class Sections(NamedTuple):
    """The lines of each section, by field, and the line at which reading ends, if any."""

    lines: dict[str, list[str]]
    end: str | None


def sections(lines: list[str]) -> Sections:
    """Return the sections of a page below the buttons.

    A heading inside the text, above "Show More", begins a section only if a list follows.
    """
    found: dict[str, list[str]] = {}
    begin = next((at for at, line in enumerate(lines) if field_of(line) == "about"), len(lines))
    end = next((at for at in range(begin, len(lines)) if is_end(lines[at])), len(lines))
    more = next((at for at in range(begin, end) if ends_text(lines[at])), end)
    for field, line in within(lines[begin + 1 : more]):
        found.setdefault(field, []).append(line)
    for field, line in [(ASIDE, line) for line in lines[:begin]] + list(below(lines[more:end])):
        found.setdefault(field, []).append(line)
    return Sections(found, lines[end] if end < len(lines) else None)


def field_of(line: str) -> str | None:
    return HEADINGS.get(plain(line))


def ends_text(line: str) -> bool:
    return plain(line) in SHOW_MORE or plain(line) == BESIDE_TEXT


def below(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines below the text with their fields. A section ends at the next heading."""
    current = ASIDE
    for line in lines:
        field = field_of(line)
        if field is not None:
            current = field
        elif plain(line) not in SHOW_MORE:
            yield ASIDE if button(line) or is_price(line) else current, line


def within(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines of the text, and of the lists inside, with their fields."""
    starts = [at for at, line in enumerate(lines) if field_of(line) is not None]
    ends = [*starts, len(lines)]
    yield from (("about", line) for line in lines[: ends[0]])
    for start, after in pairwise(ends):
        field, block = field_of(lines[start]) or "about", lines[start + 1 : after]
        length = length_of(field, lines[start], block)
        if not length and not is_again(lines, start):
            yield "about", lines[start]
        yield from ((field, line) for line in block[:length])
        yield from (("about", line) for line in block[length:])


def is_again(lines: list[str], at: int) -> bool:
    """Return whether a line is "About Course" once more, above the text."""
    return plain(lines[at]) == "about course" and not any(map(str.strip, lines[:at]))


def length_of(field: str, heading: str, block: list[str]) -> int:
    """Return how many lines below a heading inside the text belong to its list; 0 for no list."""
    if field == "outline":
        return length_of_outline(block)
    if field not in LISTS:
        return 0
    first = next(filter(str.strip, block), "")
    if BULLET.match(first):
        return next((at for at in range(len(block)) if ends_bullets(block[at])), len(block))
    end = next((at for at in range(len(block)) if is_heading(block, at)), len(block))
    are_items = all(map(is_item, filter(str.strip, block[:end])))
    return end if first and are_items and not heading.rstrip().endswith((":", "\uff1a")) else 0


def ends_bullets(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace() and not BULLET.match(line)


def is_item(line: str) -> bool:
    """Return whether a line without a bullet may be an item: it is short and not a sentence."""
    return len(line.strip()) <= LONGEST_ITEM and not line.strip().endswith(SENTENCE)


def length_of_outline(block: list[str]) -> int:
    """Return how many lines belong to an outline, up to its last lesson; 0 for no outline."""
    lines = [bool(line.strip()) and is_lesson(line) for line in block]
    prose = (at for at, line in enumerate(block) if not lines[at] and line.strip())
    end = next((at for at in prose if not is_item(block[at])), len(block))
    return max((at + 1 for at in range(end) if lines[at]), default=0)


def items(lines: list[str]) -> list[str]:
    """Return the items of a list, with or without bullets; indented lines continue an item."""
    found: list[list[str]] = []
    bulleted = any(BULLET.match(line) for line in lines)
    for line in filter(str.strip, lines):
        bullet = BULLET.match(line)
        if found and bulleted and not bullet:
            found[-1].append(line.strip())
        else:
            found.append([bullet["text"].strip() if bullet else line.strip()])
    return [" ".join(parts) for parts in found]
