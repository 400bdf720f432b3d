"""Nothing is measured before the pages of others say what ours says."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

import click

from benchmarks.load.cases import COLD, COLD_JSON, FRAMEWORKS, WARM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Site

# What nobody reads, keys of JSON, and addresses, which are another server's.
UNREAD = re.compile(r'<(style|svg|datalist)\b.*?</\1>|"\w+":|https?://[^\s"<]*', re.DOTALL)
# Networks read what <meta> says, search engines what is in scripts of JSON.
BETWEEN = re.compile(r'<(?!meta )[^>]*>|["{}]')
# A word said in another way, or once more, is no other content; a missing review is.
MOST_MISSING, LONG = 0.03, 6


def agree(sites: Sequence[Site]) -> None:
    """Raise a ClickException that names what the pages and JSON of others lack of ours."""
    ours, *peers = (site for site in sites if site is sites[0] or site.server in FRAMEWORKS)
    wrong = [
        f"{site.name}, {case.what}: {fault}"
        for case in (WARM, COLD, COLD_JSON)
        for site in peers
        if site.has(case)
        for our, their in zip(answers(ours, case), answers(site, case), strict=True)
        for fault in missing(our, their)
    ]
    if wrong:
        raise click.ClickException("\n".join(["the pages differ:", *wrong]))


def answers(site: Site, case: Case) -> Iterator[str]:
    for request in site.requests(case, 3):
        reply = site.running.ask(request.path, request.headers)
        if reply.status != 200:
            raise site.running.failed(f"answers {reply.status} to {request.path}:")
        yield reply.body.decode()


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
