"""Markdown rendered to safe HTML, once, when a text is saved."""

from __future__ import annotations

from html import unescape

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
LONGEST = 50_000

_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
_cleaner = nh3.Cleaner(
    tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="nofollow ugc noopener"
)


def render(text: str) -> str:
    """Return `text` (Markdown, at most 50,000 characters) as HTML.

    Raw HTML and images show as text. Headings start at the third level, below those of the page.
    A separate sanitizer cleans the result, so that a bug in the renderer is not a security hole.
    Raises ValueError if the text is too long.
    """
    if len(text) > LONGEST:
        raise ValueError(f"Markdown of more than {LONGEST} characters")
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.tag in {"h1", "h2"}:
            token.tag = "h3"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return _cleaner.clean(html)


def plain(html: str) -> str:
    """Return HTML from `render` as plain text, without tags and link targets."""
    return unescape(nh3.clean(html, tags=set()))
