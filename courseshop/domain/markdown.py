"""Markdown rendered to safe HTML, once, when a text is saved."""

from __future__ import annotations

from functools import lru_cache
from html import unescape
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
LONGEST = 50_000
# The steps that a text may take. A step takes up to 10 microseconds, so a text renders in well
# under 100 ms. A dense course description of 50,000 characters takes 6,000 steps.
BUDGET = 8_000
BLOCK, ANGLE, OTHER = 2, 6, 1
# Encoding a URL takes time, too. A longer one is shown as text.
LONGEST_URL = 2_000
# The length of all URLs and titles. A reference repeats its own in each link.
LONGEST_TARGETS = 2 * LONGEST


class Parser(MarkdownIt):
    """A Markdown parser that bounds the length of URLs."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return super().normalizeLink(url) if len(url) <= LONGEST_URL else url

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return len(url) <= LONGEST_URL and super().validateLink(url)


class TooComplex(ValueError):  # noqa: N818 - it is what the text is
    """A text has more list items, paragraphs, links and marks than the shop renders."""


# The block rules that ask the others at each line whether it ends their block.
ASKING: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def _count_block(state: StateBlock, _first: int, _last: int, _silent: bool) -> bool:
    return _spend(state, BLOCK)


def _count_inline(state: StateInline, _silent: bool) -> bool:
    # An angle bracket may begin a link, and its URL is normalized.
    return _spend(state, ANGLE if state.src[state.pos] == "<" else OTHER)


def _spend(state: StateBlock | StateInline, cost: int) -> bool:
    """Count a step of the parser. Returns False: the next rule of the parser reads the text."""
    state.env["spent"] = state.env.get("spent", 0) + cost
    if state.env["spent"] > BUDGET:
        raise TooComplex
    return False


_markdown = Parser("commonmark", {"html": False}).disable("image")
_markdown.block.ruler.before("code", "budget", _count_block, ASKING)
_markdown.inline.ruler.before("text", "budget", _count_inline)
# Python's threads share one core: many texts at once would delay all other requests.
_slots = BoundedSemaphore(2)
_cleaner = nh3.Cleaner(
    tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="nofollow ugc noopener"
)


@lru_cache(maxsize=16)  # a text is rendered when it is validated, and again when it is saved
def render(text: str) -> str:
    """Return `text` (Markdown, at most 50,000 characters) as HTML.

    Raw HTML and images show as text. Headings start at the third level, below those of the page.
    A separate sanitizer cleans the result, so that a bug in the renderer is not a security hole.
    Raises ValueError if the text is too long, TooComplex if rendering it would take too long.
    """
    if len(text) > LONGEST:
        raise ValueError(f"Markdown of more than {LONGEST} characters")
    with _slots:
        return _render(text)


def _render(text: str) -> str:
    tokens = _markdown.parse(text)
    if length_of_targets(tokens) > LONGEST_TARGETS:
        raise TooComplex
    for token in tokens:
        if token.tag in {"h1", "h2"}:
            token.tag = "h3"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return _cleaner.clean(html)


def length_of_targets(tokens: list[Token]) -> int:
    """Return the number of characters in the attributes of all tokens and of those inside them."""
    return sum(
        sum(len(str(value)) for value in token.attrs.values())
        + length_of_targets(token.children or [])
        for token in tokens
    )


def plain(html: str) -> str:
    """Return HTML from `render` as plain text, without tags and link targets."""
    return unescape(nh3.clean(html, tags=set()))
