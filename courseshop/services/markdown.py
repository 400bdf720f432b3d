"""Markdown to HTML that is safe to show, once, when a text is written."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "strong", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
LONGEST = 50_000

_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


def render(text: str) -> str:
    """Return `text` (Markdown, at most 50,000 characters) as HTML.

    Raw HTML shows as text, images as links. A heading of the first level becomes one of the
    second, because the page has a first. The result passes a sanitizer of its own, so that a
    fault of the renderer is no hole. Raises ValueError when the text is longer.
    """
    if len(text) > LONGEST:
        raise ValueError(f"Markdown of more than {LONGEST} characters")
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="nofollow ugc noopener"
    )
