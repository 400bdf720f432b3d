"""Reader for the text of a course page that was copied from a browser.

The title and the category are above the buttons Wishlist and Share (`page_head`). The text follows
"About Course".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from courseshop.importing import page_head
from courseshop.importing.faults import Fault, Faulty
from courseshop.importing.page_lines import ANCHORS, USUAL_END, button, is_fact, is_price, plain
from courseshop.importing.page_outline import is_total, outline
from courseshop.importing.page_sections import ASIDE, LISTS, field_of, items, sections
from courseshop.importing.page_text import summary, to_markdown

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.importing.faults import Facts

# The category may be in the line below its label.
LABEL = re.compile(r"^(categor(?:y|ies)[ \t]*[:\uff1a])[ \t]*\n", re.IGNORECASE | re.MULTILINE)


class Page(NamedTuple):
    """A course page: the lines above the buttons, its sections, and the line that ends it.

    `sure` means that the page has the buttons.
    """

    head: list[str]
    sections: dict[str, list[str]]
    end: str | None
    sure: bool


def read(text: str) -> Facts:
    """Return the fields of a course page: category, title, summary, `about`, and its lists.

    Raises Faulty if the text is not a course page, or if its title or category is not clear.
    """
    page = split(text)
    facts = content(page.sections)
    try:
        head, faults = page_head.read(page.head, page.sections.get(ASIDE, []), sure=page.sure)
    except Faulty as error:
        raise Faulty(error.faults, facts if error.faults[0].field else None) from error
    if faults:
        raise Faulty(faults, {**head, **facts})
    return {**head, **facts}


def split(text: str) -> Page:
    """Return the parts of a page. Raises Faulty if the text is not a course page."""
    text = LABEL.sub(r"\1 ", text.replace("\N{NO-BREAK SPACE}", " "))
    lines = [line.rstrip() for line in text.splitlines()]
    begin = next((at for at, line in enumerate(lines) if field_of(line) == "about"), None)
    if begin is None:
        raise Faulty([Fault("", "there is no line 'About Course'; is this a course page?")])
    buttons = [at for at, line in enumerate(lines[:begin]) if button(line) in ANCHORS]
    start = buttons[-1] if buttons else begin
    found = sections(lines[start:])
    return Page(lines[:start], found.lines, found.end, bool(buttons))


def content(parts: dict[str, list[str]]) -> dict[str, JsonValue]:
    """Return the fields that the sections of a page contain."""
    body = parts.get("about", [])
    lists: dict[str, JsonValue] = {name: [*items(parts[name])] for name in LISTS & parts.keys()}
    if "outline" in parts:
        lists["outline"] = outline(parts["outline"])
    return {"summary": summary(body), "about": "\n".join(to_markdown(body)).strip(), **lists}


def unread(text: str) -> list[str]:
    """Return the lines of a page that are not read: prices, levels, times, and its end."""
    page = split(text)
    beside = [*page.head, *page.sections.get(ASIDE, [])]
    body = [one for one in page.sections.get("about", []) if is_price(one)]
    totals = [one for one in page.sections.get("outline", []) if is_total(one)]
    facts = [line for line in beside if is_price(line) or is_fact(line)]
    found = [line.strip() for line in (*facts, *body, *totals)]
    if page.end and plain(page.end) != USUAL_END:
        found.append(f"everything from {page.end.strip()!r} on")
    return found
