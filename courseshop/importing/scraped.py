"""Reader for the text of a course page copied from a browser; it restores the structure.

The page begins with the category and the title. The course text is between "About Course" and "Show
More" or the reviews. A numbered line that is not part of a numbered list becomes a heading. Bullets
become lists, nested by their indentation. An indented line without a bullet continues its item.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BUTTONS = {"Wishlist Share", "Wishlist", "Share", "Share Course", "Page Link",
           "Share On Social Media"}  # fmt: skip
BEGIN, ENDS = "About Course", {"Show More", "Show Less", "Student Ratings & Reviews"}
BULLET = re.compile(r"^(?P<indent>\s*)[•◦▪‣●·\u2013*-]\s+(?P<text>.*)$")
NUMBERED = re.compile(r"^(\d{1,2})\.\s+\S")
# Characters that Markdown would interpret as markup.
SPECIAL = re.compile(r"([\\`*_~&\[\]<>])|^(\s*)([#+-])(?=[\s-]|$)")
LONGEST_SUMMARY = 300


def read(text: str) -> dict[str, str]:
    """Return category, title, summary and text (`about`).

    Raises ValueError if the text does not contain them.
    """
    lines = [line.replace("\N{NO-BREAK SPACE}", " ").rstrip() for line in text.splitlines()]
    if BEGIN not in lines:
        raise ValueError(f"there is no line {BEGIN!r}; is this the text of a course page?")
    start = lines.index(BEGIN)
    head = [line.strip() for line in lines[:start] if line.strip() and line.strip() not in BUTTONS]
    if len(head) < 2:
        raise ValueError(f"the category and the title are missing before {BEGIN!r}")
    ends = [at for at, line in enumerate(lines) if at > start and line.strip() in ENDS]
    body = lines[start + 1 : ends[0] if ends else len(lines)]
    about = "\n".join(to_markdown(body)).strip()
    return {"category": head[0], "title": head[1], "summary": summary(body), "about": about}


def to_markdown(lines: list[str]) -> Iterator[str]:
    """Yield the text as Markdown: headings of level two, paragraphs, nested lists."""
    indents: list[int] = []
    for at, line in enumerate(lines):
        bullet = BULLET.match(line)
        if bullet:
            indent = len(bullet["indent"].expandtabs())
            while indents and indent <= indents[-1]:
                indents.pop()
            indents.append(indent)
            if len(indents) == 1 and not is_bullet(lines, at - 1):
                yield ""
            yield f"{'  ' * (len(indents) - 1)}- {escape(bullet['text'].strip())}"
        elif line.strip() and indents and line[:1].isspace():
            # Another paragraph of the item, between empty lines.
            yield from ("", f"{'  ' * len(indents)}{escape(line.strip())}", "")
        elif line.strip():
            indents = []
            yield from (
                "",
                f"## {escape(line.strip())}" if is_heading(lines, at) else escape(line.strip()),
            )


def is_bullet(lines: list[str], at: int) -> bool:
    return 0 <= at < len(lines) and BULLET.match(lines[at]) is not None


def is_heading(lines: list[str], at: int) -> bool:
    """Return whether a line is a numbered heading, not an item of a numbered list.

    Items have consecutive numbers in adjacent lines.
    """
    number = number_of(lines[at])
    before = number_of(lines[at - 1]) if at else None
    after = number_of(lines[at + 1]) if at + 1 < len(lines) else None
    return number is not None and before != number - 1 and after != number + 1


def number_of(line: str) -> int | None:
    found = NUMBERED.match(line)
    return int(found[1]) if found else None


def escape(text: str) -> str:
    def backslash(found: re.Match[str]) -> str:
        return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"

    return SPECIAL.sub(backslash, text)


def summary(lines: list[str]) -> str:
    """Return the first sentence of the text, cut to 300 characters."""
    paragraph = next((line.strip() for line in lines if line.strip()), "")
    sentence = re.split(r"(?<=[.!?])\s", paragraph)[0]
    return sentence if len(sentence) <= LONGEST_SUMMARY else sentence[: LONGEST_SUMMARY - 1] + "…"
