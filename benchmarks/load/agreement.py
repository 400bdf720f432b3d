"""Nothing is measured before all pages say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import orjson

from benchmarks.load import facts
from benchmarks.load.cases import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.load.contest import Contest
    from benchmarks.load.process import Running
    from benchmarks.load.servers import Entrant

SHOWN = 10


def agree(contest: Contest) -> None:
    """Raise a ClickException that names what the page of another framework lacks of ours."""
    ours = next(one.running for one in contest.entrants.values() if one.server.ours)
    peers = [one for one in contest.entrants.values() if one.name in {"flask", "django", "fastapi"}]
    for path in paths(contest):
        wrong = [
            f"{theirs.name} {fault}" for theirs in peers for fault in faults(path, ours, theirs)
        ]
        if wrong:
            told = "\n".join(wrong)
            raise click.ClickException(f"{path} is not the same page everywhere:\n{told}")


def paths(contest: Contest) -> Iterator[str]:
    """Yield the pages of courses that are measured, and three of those that are asked for cold."""
    courses = (case.path for case in contest.match.cases if case.is_course)
    yield from filter(None, dict.fromkeys(courses))
    yield from (one.path for one in contest.people.cold(3))


def faults(path: str, ours: Running, theirs: Entrant) -> list[str]:
    """Return how their pages of a course, and their JSON where they have it, differ from ours."""
    course = told(ours, path)
    reviews = told(ours, f"{path}/reviews?limit={SHOWN}")["items"]
    known = facts.facts(course, reviews)
    found = facts.differences(known, page(ours, path), page(theirs.running, path))
    if theirs.server.json:
        path = theirs.server.path(path, "json")
        found += facts.json_differences(course, told(theirs.running, path))
    return found


def page(running: Running, path: str) -> str:
    return body(running, path, "html").decode("utf-8")


def told(running: Running, path: str) -> Any:
    return orjson.loads(body(running, path, "json"))


def body(running: Running, path: str, form: str) -> bytes:
    reply = running.ask(path, {"Accept": ACCEPT[form]})
    if reply.status != 200:
        raise running.failed(f"answers {reply.status} to {path}:")
    return reply.body
