"""Whether another page says what ours does: without that there is nothing to compare."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

# What no reader sees of a page.
UNSEEN = {"script", "style", "svg", "title", "datalist"}
# A word said in another way, or once more, is no other content; a missing review is.
MOST_MISSING = 0.03
# Of our JSON these name places and what one may do there, which is the shop's own business.
OUR_OWN = {"url", "links", "after_login", "panels", "wished"}


class Reader(HTMLParser):
    """Collects what a page says, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002
        self.unseen += tag in UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in UNSEEN

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.said.append(data)


def visible(page: str) -> str:
    """Return what readers see of a page, with one blank between words."""
    reader = Reader()
    reader.feed(page)
    return " ".join(" ".join(reader.said).split())


def strings(value: Any) -> Iterator[str]:
    """Yield the texts of a course's JSON that its page must show."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def facts(course: dict[str, Any], reviews: list[dict[str, Any]]) -> list[str]:
    """Return what a page must say of a course and its newest reviews, as our JSON has them."""
    lists = (course[name] for name in ("outcomes", "requirements", "audience", "tags", "outline"))
    amount = course["price"]["amount"]
    written = [review["text"]["html"] for review in reviews]
    related = [one["title"] for panel in panels(course) for one in panel]
    found = [
        *(course["title"], course["summary"], course["category"]["title"]),
        *(one["name"] for one in course["instructors"]),
        *(review["author"]["name"] for review in reviews if review["author"]),
        *(visible(html) for html in (course["about"]["html"], *written)),
        *([] if float(amount) == 0 else [amount]),
        *(str(course["rating"][name]) for name in ("average",) if course["rating"]["count"]),
        *related,
        *strings(list(lists)),
    ]
    return [" ".join(fact.split()) for fact in found if fact.strip()]


def panels(course: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Yield the related courses of a course's JSON."""
    for panel in course.get("panels", {}).get("main", ()):
        if "related" in panel:
            yield panel["related"]


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def linked(page: str) -> list[tuple[str, str | None, int]]:
    """Return what search engines read of a page: what is described, its name, how many reviews."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    told = sorted(map(orjson.loads, found), key=lambda one: str(one["@type"]))
    return [(one["@type"], one.get("name"), len(one.get("review", ()))) for one in told]


def differences(facts: list[str], ours: str, theirs: str) -> list[str]:
    """Return what is wrong with their page: facts that it lacks, and words, if there are many."""
    seen = visible(theirs)
    lacks = [f"does not say {fact[:60]!r}" for fact in facts if fact not in seen]
    expected = words(visible(ours))
    missing = expected - words(seen)
    if missing.total() > MOST_MISSING * expected.total():
        some = ", ".join(word for word, _number in missing.most_common(8))
        lacks.append(f"lacks {missing.total()} of {expected.total()} words, such as {some}")
    if linked(theirs) != linked(ours):
        lacks.append("says something else to search engines")
    return lacks


def json_differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Return the keys of our JSON of a course that theirs has otherwise, but for the URLs."""
    compared = {name: value for name, value in ours.items() if name not in OUR_OWN}
    wrong = [name for name, value in compared.items() if bare(theirs.get(name)) != bare(value)]
    related = [one["slug"] for panel in panels(ours) for one in panel]
    if [one["slug"] for one in theirs.get("related", ())] != related:
        wrong.append("related")
    return [f"has another {name!r}" for name in wrong]


def bare(value: Any) -> Any:
    """Return a value without the URLs in it."""
    if isinstance(value, dict):
        return {name: bare(one) for name, one in value.items() if name not in OUR_OWN}
    return [bare(one) for one in value] if isinstance(value, list) else value
