"""What machines read, judged by the schemas of the standards, and as their tools read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import extruct
from bs4 import BeautifulSoup
from lxml import etree

SCHEMAS = Path(__file__).parent / "schemas"
ATOM = etree.RelaxNG(file=SCHEMAS / "atom.rng")
SITEMAPS = {
    name: etree.XMLSchema(file=SCHEMAS / f"{name}.xsd") for name in ("sitemap", "siteindex")
}
NAMES = {"a": "http://www.w3.org/2005/Atom", "s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def valid(schema: Any, body: bytes) -> Any:
    root = etree.fromstring(body)
    assert schema.validate(root), schema.error_log
    return root


def atom(answer: Any) -> Any:
    """Return the feed as an element; it is what RFC 4287 wants."""
    assert (answer.status_int, answer.content_type) == (200, "application/atom+xml")
    feed = valid(ATOM, answer.body)
    # The rules of appendix B that stand in Schematron.
    for entry in feed.iterfind("a:entry", NAMES):
        assert feed.find("a:author", NAMES) is not None or entry.find("a:author", NAMES) is not None
        alternate = entry.xpath("a:link[@rel='alternate' or not(@rel)]", namespaces=NAMES)
        assert alternate or entry.find("a:content", NAMES) is not None
    return feed


def sitemap(answer: Any, schema: str = "sitemap") -> dict[str, str | None]:
    """Return the addresses in a sitemap, or an index of sitemaps, and when each was edited."""
    assert (answer.status_int, answer.content_type) == (200, "application/xml")
    root = valid(SITEMAPS[schema], answer.body)
    return {
        one.findtext("s:loc", None, NAMES): one.findtext("s:lastmod", None, NAMES) for one in root
    }


def linked_data(page: Any, kind: str) -> Any:
    """Return what a page says of this type in JSON-LD, None if nothing."""
    found = extruct.extract(page.text, syntaxes=["json-ld"])["json-ld"]
    return next((one for one in found if one["@type"] == kind), None)


def head(page: Any, **attributes: str) -> list[str]:
    """Return the addresses (or contents) of the tags in the head that have these attributes."""
    beginning = page.text.partition("</head>")[0]
    tags = BeautifulSoup(beginning, "html.parser").head.find_all(attrs=attributes)
    return [tag.get("href", tag.get("content")) for tag in tags]
