"""What the shop answers is written down: for the bare callable, and as files for nginx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.data import SPECIAL
from benchmarks.load import bare
from benchmarks.load.asking import asking
from benchmarks.load.cases import ACCEPT

if TYPE_CHECKING:
    from benchmarks.load.contest import Contest

OF_ALL = "html guest page"


def record(contest: Contest) -> None:
    """Ask the first server of the shop for each case, and write the answers down."""
    entrant = next(iter(contest.entrants.values()))
    replies = {}
    for case in contest.match.cases:
        if not case.writes:
            asked = asking(case, entrant, contest.people)
            path = asked.asked[0].path
            reply = entrant.running.ask(path, asked.headers)
            place, sort = bare.key(path, asked.headers)
            replies[place] = reply
            # What any other course is answered with.
            if case.is_course:
                replies.setdefault(sort, reply)
            replies.setdefault(OF_ALL, reply)
    bare.write(contest.folder / "answers.json", replies)


def save(contest: Contest) -> None:
    """Ask the first server of the shop for each page that nginx keeps, and make a file of it."""
    entrant = next(iter(contest.entrants.values()))
    folder = contest.folder / "file" / "courses"
    folder.mkdir(parents=True)
    for slug in SPECIAL:
        reply = entrant.running.ask(f"/courses/{slug}", {"Accept": ACCEPT["html"]})
        (folder / slug).write_bytes(reply.body)


# What has to be written down before one of these starts.
BEFORE = {"bare": record, "file": save}
