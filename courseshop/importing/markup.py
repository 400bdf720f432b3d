"""Markup of other systems that the shop would show as text, and links that would lead nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": False})
# An absolute URL, or one with the scheme of the page.
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
# The patterns are bounded, so that many unclosed tags do not take quadratic time.
MARKUP = {
    "kramdown attributes show as text": re.compile(r"\{:[^{}\n]{0,200}\}"),
    "Pandoc attributes show as text": re.compile(r"\{(?:[#.][\w-]|[\w-]+=)[^{}\n]{0,200}\}|\{-\}"),
    "::: fences show as text": re.compile(r"^[ \t]*:{3,}[^\n]*", re.MULTILINE),
    "template tags show as text": re.compile(r"\{%.{0,200}?%\}|\{\{.{0,200}?\}\}", re.DOTALL),
    "shortcodes show as text": re.compile(r"\[/[a-z][\w-]{0,60}\]", re.IGNORECASE),
    "tables show as text": re.compile(
        r"^[^\n|]{0,200}\|[^\n]*\n(?=[ \t]*\|?[ \t]*:?-+:?[ \t]*\|)", re.MULTILINE
    ),
    "HTML shows as text": re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE),
    "[!…] marks show as text": re.compile(r"^\[![A-Z]+\]", re.MULTILINE),
}
MOST_SHOWN, LONGEST = 3, 40


def notes(text: str) -> Iterator[str]:
    """Yield notes about markup that will look wrong, with the first occurrences; skip code."""
    inline = [token for token in PARSER.parse(text) if token.type == "inline"]
    relative = [one or "(empty)" for token in inline for one in targets(token)]
    relative = [one for one in relative if not ABSOLUTE.match(one)]
    if relative:
        yield f"relative links lead nowhere in the shop: {some(relative)}"
    plain = [text_of(token) for token in inline]
    for message, pattern in MARKUP.items():
        found = [match[0].strip() for one in plain for match in pattern.finditer(one)]
        if found:
            yield f"{message}: {some(found)}"


def text_of(inline: Token) -> str:
    """Return the text of a paragraph without its code."""
    parts = (token for token in inline.children or [] if token.type != "code_inline")
    return "".join("\n" if "break" in token.type else token.content for token in parts)


def targets(inline: Token) -> Iterator[str]:
    """Yield the targets of the links and pictures of a paragraph."""
    for token in inline.children or []:
        if token.type == "link_open":
            yield str(token.attrs["href"])
        elif token.type == "image":
            yield str(token.attrs["src"])


def some(found: Iterable[str], most: int = MOST_SHOWN) -> str:
    """Return the first different texts, shortened, and the number of further ones."""
    texts = list(dict.fromkeys(found))
    shown = [one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in texts[:most]]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(shown) + more
