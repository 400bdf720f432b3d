"""The text of a course page as Markdown, and its first sentence.

A numbered line that is not part of a numbered list becomes a heading. Bullets become lists, nested
by their indentation. An indented line without a bullet continues its item.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A space after these bullets is optional (Japanese has none). After a dot, dash or asterisk, which
# can also begin ordinary text, it is required.
BULLET = re.compile(
    r"^(?P<indent>\s*)(?:[•◦▪‣●○■□◆◇✓✔✅➤►・･]\s*|[·\u2013\u2014*-]\s+)(?P<text>\S.*)$"
)
NUMBERED = re.compile(r"^(\d{1,2})\.\s+\S")
# Characters that Markdown would interpret as markup.
SPECIAL = re.compile(r"([\\`*_~&\[\]<>])|^(\s*)([#+-])(?=[\s-]|$)")
LONGEST_SUMMARY = 300
# The longest part of a paragraph that is searched for its first sentence.
LONGEST_SEARCHED = LONGEST_SUMMARY + 20
SENTENCE_END = re.compile(r"(?<=[.!?\u061f\u06d4])[\"\u201d\u2019)]*\s+|(?<=[\u3002\uff01\uff1f])")
# A period after these does not end a sentence: titles, "e.g.", "U.S.", initials, numbers.
ABBREVIATED = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|No|vs|etc|approx|incl|ca|cf|Inc|Ltd|Co|Nr|bzw|usw"
    r"|Abb|Art|Fig|Figs|Gen|Hon|Lt|Mt|Rev|Sen|Vol"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Okt|Nov|Dec|Dez|\d{1,2})"
    r"|\b(?:[^\W\d_]\.)*[^\W\d_])\.$",
    re.IGNORECASE,
)


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
    """Return the first sentence of the text, cut to 300 characters.

    It is neither a heading nor a part of a list, unless there is nothing else.
    """
    shown = [line for line in lines if line.strip()]
    plain = (line for line in shown if number_of(line) is None and not BULLET.match(line))
    sentence = first_sentence(next(plain, next(iter(shown), "")).strip())
    return sentence if len(sentence) <= LONGEST_SUMMARY else sentence[: LONGEST_SUMMARY - 1] + "…"


def first_sentence(paragraph: str) -> str:
    for end in SENTENCE_END.finditer(paragraph, 0, LONGEST_SEARCHED):
        sentence = paragraph[: end.end()].strip()
        if not ABBREVIATED.search(sentence):
            return sentence
    return paragraph
