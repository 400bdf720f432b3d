"""Lists as text/csv (RFC 4180) and as a table in text/markdown (GitHub Flavored Markdown 4.10)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from courseshop.domain.i18n import _
from courseshop.framework.negotiation import CSV
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from courseshop.framework.request import Request

# The columns of a list: the path to the value in an item, and the heading in Markdown. Columns with
# the heading None are only in the CSV.
Table = Mapping[str, str | None]

COURSES: Table = {
    "slug": None,
    "title": _("Course"),
    "url": None,
    "summary": None,
    "category.title": _("Category"),
    "instructors.name": _("Instructors"),
    "level": _("Level"),
    "language": _("Language"),
    "duration_minutes": _("Minutes"),
    "price.amount": _("Price"),
    "price.currency": _("Currency"),
    "rating.average": _("Rating"),
    "rating.count": _("Ratings"),
    "enrolled_count": _("Students"),
    "published_at": None,
}
WISHES: Table = {
    "title": _("Course"),
    "course.url": None,
    "note": _("Note"),
    "course.level": _("Level"),
    "course.duration_minutes": _("Minutes"),
    "course.price.amount": _("Price"),
    "course.price.currency": _("Currency"),
    "course.rating.average": _("Rating"),
    "added_at": _("Saved on"),
}
WISHLISTS: Table = {
    "name": _("Wishlist"),
    "url": None,
    "visibility": _("Visibility"),
    "count": _("Courses"),
}
CATEGORIES: Table = {
    "slug": None,
    "title": _("Category"),
    "url": None,
    "parent": None,
    "count": _("Courses"),
}
REVIEWS: Table = {
    "id": _("Review"),
    "url": None,
    "rating": _("Stars"),
    "author.name": _("Student"),
    "text.markdown": _("Text"),
    "helpful_count": _("Helpful"),
    "created_at": _("Written on"),
    "edited_at": None,
}
# Users write the text, and spreadsheets run a cell that starts with one of these as a formula (CSV
# injection). All dashes and these signs count as "-" and "+", because some programs convert them.
FORMULA = frozenset("=+-@\u02d7\u2212\u2795\u2796")
# Letters and symbols without ink: Hangul fillers, and the blank Braille pattern.
BLANK = frozenset("\u115f\u1160\u3164\u2800")
MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#])")


class ListShown(TypedDict):
    """The keys of a JSON list that a table uses."""

    items: list[JsonValue]
    links: dict[str, str | None]


def write(request: Request, form: str, table: Table, shown: ListShown) -> str:
    """Return a list, given in its JSON form, as CSV or Markdown; `form` is the media type."""
    return as_csv(table, shown) if form == CSV else as_markdown(request, table, shown)


def as_csv(table: Table, shown: ListShown) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table)
    writer.writerows([_cell(dig(item, path)) for path in table] for item in shown["items"])
    return out.getvalue()


def _cell(value: JsonValue) -> JsonValue:
    if isinstance(value, str) and _is_formula(value):
        return f"'{value}"
    return value


def _is_formula(text: str) -> bool:
    """Return whether the first visible character, after NFKC, can start a formula."""
    folded = (one for letter in text for one in unicodedata.normalize("NFKC", letter))
    first = next((one for one in folded if _is_visible(one)), "")
    return first in FORMULA or (first != "" and unicodedata.category(first) == "Pd")


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNPS" and letter not in BLANK


def as_markdown(request: Request, table: Table, shown: ListShown) -> str:
    headings = {path: heading for path, heading in table.items() if heading}
    lines = [
        _row([translate(request, heading) for heading in headings.values()]),
        _row(["---"] * len(headings)),
        *(_row(_linked(item, list(headings))) for item in shown["items"]),
    ]
    following = shown["links"].get("next")
    if following:
        lines += ["", f"[{translate(request, _('Next page'))}](<{following}>)"]
    return "\n".join(lines) + "\n"


def _linked(item: JsonValue, paths: Sequence[str]) -> list[str]:
    """Return the Markdown cells of an item; the first one links to its page."""
    first, *rest = (_escape(dig(item, path)) for path in paths)
    url = dig(item, "url") or dig(item, "course.url")
    return [f"[{first}](<{url}>)" if url else first, *rest]


def _escape(value: JsonValue) -> str:
    words = "" if value is None else " ".join(str(value).split())
    return MARKUP.sub(r"\\\1", words)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def dig(value: JsonValue, path: str) -> JsonValue:
    """Return the value at a dotted `path`, or None; values in a list are joined with semicolons."""
    for name in path.split("."):
        if isinstance(value, list):
            return "; ".join(str(dig(one, name)) for one in value)
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return value
