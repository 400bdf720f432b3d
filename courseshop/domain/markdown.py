"""Markdown rendered to safe HTML, once, when a text is saved."""

from __future__ import annotations

from functools import lru_cache
from html import unescape
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

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
BLOCK, ANGLE, PICTURE, OTHER = 2, 6, 3, 1
# Encoding a URL takes time, too. A longer one is shown as text.
LONGEST_URL = 2_000
# The total length of URLs and titles in the HTML. Those of a reference definition are repeated in
# each link that uses it.
LONGEST_TARGETS = 2 * LONGEST


class Parser(MarkdownIt):
    """A Markdown parser that bounds the length of URLs."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return super().normalizeLink(url) if len(url) <= LONGEST_URL else url

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return len(url) <= LONGEST_URL and super().validateLink(url)


class TooComplex(ValueError):  # noqa: N818 - the name says what is wrong with the text
    """A text has more list items, paragraphs, links and marks than the shop renders."""


# In these blocks the parser asks at each line whether another rule begins a new block there. This
# option makes it ask the budget, too.
ASKING: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def _count_block(state: StateBlock, _first: int, _last: int, _silent: bool) -> bool:
    return _spend(state, BLOCK)


def _count_inline(state: StateInline, _silent: bool) -> bool:
    # An angle bracket may begin a link, and its URL is normalized; the text of a picture is parsed
    # once more.
    return _spend(state, {"<": ANGLE, "!": PICTURE}.get(state.src[state.pos], OTHER))


def _spend(state: StateBlock | StateInline, cost: int) -> bool:
    """Count a step of the parser. Returns False: the next rule of the parser reads the text."""
    state.env["spent"] = state.env.get("spent", 0) + cost
    if state.env["spent"] > BUDGET:
        raise TooComplex
    return False


_markdown = Parser("commonmark", {"html": False})
_markdown.block.ruler.before("code", "budget", _count_block, ASKING)
_markdown.inline.ruler.before("text", "budget", _count_inline)
# Python's threads share one core: texts rendered at once would delay all other requests.
_slots = BoundedSemaphore(1)
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    link_rel="nofollow ugc noopener",
    # Code may be wider than the page; the keyboard scrolls only what has the focus.
    set_tag_attribute_values={"pre": {"tabindex": "0"}},
)


class Rendered(NamedTuple):
    """A text as HTML, and whether it has pictures, which are shown as links."""

    html: str
    has_pictures: bool


def render(text: str) -> str:
    """Return `text` (Markdown, at most 50,000 characters) as HTML.

    Raw HTML shows as text, a picture as a link to it. Headings start at the third level, below
    those of the page. A separate sanitizer cleans the result, so that a bug in the renderer is not
    a security hole.
    Raises ValueError if the text is too long, TooComplex if rendering it would take too long.
    """
    return _rendered(text).html


def has_pictures(text: str) -> bool:
    """Return whether `text` has pictures; False if it is more than the shop renders."""
    try:
        return _rendered(text).has_pictures
    except TooComplex:
        return False


@lru_cache(maxsize=16)  # a text is rendered when it is validated, and again when it is saved
def _rendered(text: str) -> Rendered:
    if len(text) > LONGEST:
        raise ValueError(f"Markdown of more than {LONGEST} characters")
    with _slots:
        return _render(text)


def _render(text: str) -> Rendered:
    tokens = _markdown.parse(text)
    if length_of_targets(tokens) > LONGEST_TARGETS:
        raise TooComplex
    found = False
    for token in tokens:
        if token.tag in {"h1", "h2"}:
            token.tag = "h3"
        if any(child.type == "image" for child in token.children or ()):
            found, token.children = True, list(_with_links(token.children or []))
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return Rendered(_cleaner.clean(html), found)


def _with_links(tokens: list[Token]) -> Iterator[Token]:
    """Yield inline tokens; a picture becomes a link or, inside of a link, its description."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in {"link_open", "link_close"} else 0
        source = str(token.attrGet("src") or "")
        # An embedded picture has no address to link to.
        linked = not inside and not source.startswith("data:")
        if token.type != "image":
            yield token
        elif linked:
            yield Token("link_open", "a", 1, attrs={"href": source})
            yield Token("text", "", 0, content=_name_of(token, source))
            yield Token("link_close", "a", -1)
        else:
            yield Token("text", "", 0, content=_name_of(token, source))


def _name_of(picture: Token, source: str) -> str:
    """Return the description of a picture, or else the name of its file."""
    parts = (" " if one.type.endswith("break") else one.content for one in picture.children or ())
    described = "".join(parts)
    return described.strip() or source.partition(",")[0].rstrip("/").rpartition("/")[2]


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
