"""What comes before the rounds: the pages of others say what ours says, and queries are counted."""

from __future__ import annotations

import html
import re
from collections import Counter
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING

import click

from benchmarks.load.cases import COLD, COLD_JSON, FRAMEWORKS, WARM
from benchmarks.load.shop import SHOP
from benchmarks.shops import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Shop, Site

# What nobody reads, keys of JSON, and addresses, which are another server's.
UNREAD = re.compile(r'<(style|svg|datalist)\b.*?</\1>|"\w+":|https?://[^\s"<]*', re.DOTALL)
# Networks read what <meta> says, search engines what is in scripts of JSON.
BETWEEN = re.compile(r'<(?!meta )[^>]*>|["{}]')
# A word said in another way, or once more, is no other content; a missing review is.
MOST_MISSING, LONG = 0.03, 6
COUNTED = Path(__file__).parent / "counted"
# Until all that is made once is made; and some, for one may have more of something than another.
BEFORE, SOME = 2, 5


def agree(sites: Sequence[Site]) -> None:
    """Raise a ClickException that names what the pages and JSON of others lack of ours."""
    wrong = [
        f"{site.name}, {case.what}: {fault}"
        for case in (WARM, COLD, COLD_JSON)
        for site in sites
        if site.server in FRAMEWORKS and site.has(case)
        for ours, theirs in zip(pages(sites[0], case), pages(site, case), strict=True)
        for fault in missing(ours, theirs)
    ]
    if wrong:
        raise click.ClickException("\n".join(["the pages differ:", *wrong]))


def pages(site: Site, case: Case) -> list[str]:
    return [site.ask(case, request).body.decode() for request in site.requests(case, 3)]


def missing(ours: str, theirs: str) -> list[str]:
    """Return the long texts that another page lacks, and its missing words where these are many."""
    here, there = texts(ours), texts(theirs)
    known = f" {' '.join(there)} "
    found = [f"lacks {text!r}" for text in here if text.count(" ") >= LONG and text not in known]
    expected = Counter(" ".join(here).split())
    lost = expected - Counter(known.split())
    if lost.total() > MOST_MISSING * expected.total():
        some = ", ".join(word for word, _number in lost.most_common(8))
        found.append(f"lacks {lost.total()} of {expected.total()} words, such as {some}")
    return found


def texts(page: str) -> list[str]:
    """Return the texts of a page or JSON, as words with a blank between."""
    read = UNREAD.sub(" ", page)
    plain = re.sub(r"\\u(\w{4})", lambda found: chr(int(found[1], 16)), read)
    parts = (html.unescape(part).casefold() for part in BETWEEN.split(plain))
    return [" ".join(re.findall(r"\w+", part)) for part in parts]


def count_queries(
    shop: Shop, cases: Sequence[Case], servers: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return the queries of a request, seen at the drivers, by case and server."""
    file = shop.folder / "queries"
    file.touch()
    found: dict[tuple[str, str], int] = {}
    # Those of the shop's servers do not differ.
    for server in ("waitress", *(one for one in FRAMEWORKS if one in servers)):
        with shop.start(server, PYTHONPATH=f"{COUNTED}:{ROOT}", BENCH_QUERIES=str(file)) as site:
            for case in filter(site.has, cases):
                number = count(site, case, file)
                names = SHOP if server in SHOP else (server,)
                found |= {(case.name, name): number for name in names}
    return found


def count(site: Site, case: Case, file: Path) -> int:
    found, asked = [], site.requests(case, BEFORE + SOME)
    for number in range(BEFORE + SOME):
        before = file.stat().st_size
        site.ask(case, asked[number % len(asked)])
        found.append(file.stat().st_size - before)
    if case.writes:
        site.people.made += len(asked)
        del site.people.reviews[: len(asked)]
    return median_low(found[BEFORE:])
