"""Markup of other systems that the shop would show as text, and links that would lead nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": False})
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
MARKUP = {
    "kramdown attributes show as text": re.compile(r"\{:[^}\n]*\}"),
    "::: fences show as text": re.compile(r"^[ \t]*:{3,}[^\n]*", re.MULTILINE),
    "template tags show as text": re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL),
    "HTML shows as text": re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE),
    "[!…] marks show as text": re.compile(r"^\[![A-Z]+\]", re.MULTILINE),
}
MOST_SHOWN, LONGEST = 3, 40


def notes(text: str) -> Iterator[str]:
    """Yield what will look wrong of a text in Markdown, with the first places. Code is left out."""
    inline = [token for token in PARSER.parse(text) if token.type == "inline"]
    relative = [target for token in inline for target in targets(token) if not SCHEME.match(target)]
    if relative:
        yield f"relative links lead nowhere in the shop: {some(relative)}"
    plain = [CODE.sub("", token.content) for token in inline]
    for message, pattern in MARKUP.items():
        found = [match[0].strip() for one in plain for match in pattern.finditer(one)]
        if found:
            yield f"{message}: {some(found)}"


def targets(inline: Token) -> Iterator[str]:
    """Yield the targets of the links and pictures of a paragraph."""
    for token in inline.children or []:
        if token.type == "link_open":
            yield str(token.attrs["href"])
        elif token.type == "image":
            yield str(token.attrs["src"])


def some(found: Iterable[str]) -> str:
    """Return the first three different texts, shortened, and how many more there are."""
    texts = list(dict.fromkeys(found))
    shown = [one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in texts[:MOST_SHOWN]]
    more = f" and {len(texts) - MOST_SHOWN} more" if len(texts) > MOST_SHOWN else ""
    return ", ".join(shown) + more
