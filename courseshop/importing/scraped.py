"""Reader for the text of a course page copied from a browser; it restores the structure.

The title stands nearest above the buttons Wishlist and Share, the category above the title or
behind "Categories:". A site menu above them does not count. The text follows "About Course".
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from courseshop.importing.faults import Fault, Faulty
from courseshop.importing.page_sections import HEADINGS, LISTS, items, outline, plain, sections
from courseshop.importing.page_text import summary, to_markdown

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.importing.faults import Facts

ANCHORS = {"wishlist share", "wishlist", "share", "add to wishlist"}
BUTTONS = {*ANCHORS, "share course", "page link", "share on social media"}
# The usual entries of a site's menu, which are no titles and no categories.
MENU = {
    "about", "about us", "account", "all courses", "become an instructor", "blog", "cart",
    "contact", "contact us", "course", "courses", "dashboard", "events", "faq", "help", "home",
    "instructors", "log in", "log out", "login", "logout", "menu", "my account", "my courses",
    "news", "pricing", "profile", "register", "search", "shop", "sign in", "sign up",
    "skip to content", "students", "support", "teachers",
}  # fmt: skip
CATEGORY = re.compile(r"categor(?:y|ies)\s*[:\uff1a]\s*(.*)", re.IGNORECASE)
# The category may stand in the line below its label.
LABEL = re.compile(r"^(categor(?:y|ies)\s*[:\uff1a])\s*\n", re.IGNORECASE | re.MULTILINE)
# Lines between title and buttons that are neither.
ASIDE = re.compile(
    r"categor(?:y|ies)\s*[:\uff1a].*|by (?-i:[^a-z]).*|last updated.*|no (?:ratings?|review) yet"
    r"|[★☆]+|[\d.]* ?\(\d+ ?(?:ratings?|reviews?)?\)|[\d,.]+ (?:students?|ratings?)( enrolled)?",
    re.IGNORECASE,
)
CRUMB = re.compile(r"\s+[/|>»\u203a→]\s+|\s*[>»\u203a→]\s*")


def read(text: str) -> Facts:
    """Return the fields of a course page: category, title, summary, `about`, and what lists it has.

    Raises Faulty if the text is no course page, or if it is not clear what title or category is.
    """
    text = LABEL.sub(r"\1 ", text.replace("\N{NO-BREAK SPACE}", " "))
    lines = [line.rstrip() for line in text.splitlines()]
    begin = next((at for at, one in enumerate(lines) if HEADINGS.get(plain(one)) == "about"), None)
    if begin is None:
        raise Faulty([Fault("", "there is no line 'About Course'; is this a course page?")])
    buttons = [at for at, line in enumerate(lines[:begin]) if plain(line) in ANCHORS]
    parts = sections(lines[buttons[-1] if buttons else begin :])
    facts, faults = head(lines[: buttons[-1] if buttons else begin], sure=bool(buttons))
    labeled = labeled_category([*lines[:begin], *parts.get("", [])])
    if labeled:
        facts["category"] = labeled
        faults = [fault for fault in faults if fault.field != "category"]
    facts |= content(parts)
    if faults:
        raise Faulty(faults, facts)
    return facts


def content(parts: dict[str, list[str]]) -> dict[str, JsonValue]:
    """Return the fields that the sections of a page contain."""
    body = parts.get("about", [])
    lists: dict[str, JsonValue] = {name: [*items(parts[name])] for name in LISTS & parts.keys()}
    if "outline" in parts:
        lists["outline"] = outline(parts["outline"])
    return {"summary": summary(body), "about": "\n".join(to_markdown(body)).strip(), **lists}


def head(lines: list[str], *, sure: bool) -> tuple[dict[str, JsonValue], list[Fault]]:
    """Return the title and the category above it, and why they may be something else.

    `sure` is whether the buttons of the course follow; without them only two lines are clear.
    """
    above = [line.strip() for line in lines if plain(line) not in BUTTONS and not is_aside(line)]
    named = [line for line in above if line]
    if not named:
        why = "the category and the title are missing before 'About Course'"
        raise Faulty([Fault("", why)])
    title = named[-1]
    facts, faults = {"title": title}, []
    if is_menu(title) or (not sure and len(named) > 2):
        found = ", ".join(map(repr, named[-5:]))
        faults.append(Fault("title", f"above 'Wishlist' or 'Share', found only {found}"))
    category = category_above(above[: last_index(above, title)], title)
    if category:
        facts["category"] = category
    else:
        faults.append(no_category(named))
    return {**facts}, faults


def last_index(lines: list[str], wanted: str) -> int:
    return max(at for at, line in enumerate(lines) if line == wanted)


def no_category(named: list[str]) -> Fault:
    """Return the fault of a page whose category is missing or may belong to a site's menu."""
    found = f", but {named[-2]!r}, which looks like a menu" if len(named) > 1 else ""
    return Fault("category", f"found no category above the title {named[-1]!r}{found}")


def category_above(above: list[str], title: str) -> str | None:
    """Return the last of the lines above the title; None if it may belong to a site's menu."""
    while above and not above[-1]:
        above.pop()
    if not above:
        return None
    *others, line = above
    crumbs = CRUMB.split(line)
    if len(crumbs) > 1 and is_menu(crumbs[0]):
        inner = [one for one in crumbs if one != title and not is_menu(one)]
        return inner[-1] if inner else None
    block = list(takewhile(bool, reversed(others)))
    strange = len(block) > 1 and not all(map(is_menu, block))
    return None if strange or is_menu(line) else line


def labeled_category(lines: list[str]) -> str | None:
    """Return the first category behind "Categories:"."""
    labels = filter(None, (CATEGORY.fullmatch(line.strip()) for line in lines))
    return next((found[1].split(",")[0].strip() for found in labels), None)


def is_aside(line: str) -> bool:
    return ASIDE.fullmatch(line.strip()) is not None


def is_menu(line: str) -> bool:
    """Return whether a line is an entry of a site's menu, or a row of them."""
    entries = [plain(one) for one in re.split(r"\s{2,}|\s*[|·•]\s*|\t", line.strip())]
    words = plain(line).split()
    return all(one in MENU for one in entries) or all(one in MENU for one in words)
