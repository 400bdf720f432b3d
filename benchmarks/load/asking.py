"""How a case is asked of one server: the requests and their headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.load.cases import ACCEPT
from benchmarks.load.wrk import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.people import People
    from benchmarks.load.servers import Entrant


@dataclass(frozen=True)
class Asking:
    """What is asked, and the headers of all of it."""

    asked: Sequence[Asked]
    headers: dict[str, str]

    def headers_of(self, one: Asked) -> dict[str, str]:
        """Return the headers of one request, as wrk sends them."""
        found = dict(self.headers)
        if one.token:
            found["Authorization"] = f"Bearer {one.token}"
        if one.body:
            found["Content-Type"] = "application/json"
        return found


def asking(case: Case, entrant: Entrant, people: People, most: int = 10) -> Asking:
    """Return `most` requests of a case to a server (of a warm page the one).

    Those that write are not made again: they are gone from `people`.
    """
    headers, server = headers_of(case, people), entrant.server
    if case.writes:
        left = people.to_do[case.writes]
        some = [left.pop() for _ in range(min(most, len(left)))]
        return Asking(some, headers)
    if not case.path:
        asked = [Asked(server.path(one.path, case.form)) for one in people.cold(most)]
        return Asking(asked, headers)
    path = server.path(case.path, case.form)
    if case.again:
        reply = entrant.running.ask(path, headers)
        headers["If-None-Match"] = reply.headers.get("etag", '"none"')
    return Asking([Asked(path)], headers)


def headers_of(case: Case, people: People) -> dict[str, str]:
    cookie = {"Cookie": people.cookie} if case.who == "member" else {}
    return {"Accept": ACCEPT[case.form], **cookie}


def check(case: Case, entrant: Entrant, people: People) -> None:
    """Raise a ClickException when the server does not answer a case as it should."""
    asked = asking(case, entrant, people)
    one = asked.asked[0]
    reply = entrant.running.ask(one.path, asked.headers_of(one))
    expected = 304 if case.again else 200
    if reply.status != expected:
        raise entrant.running.failed(f"answers {reply.status}, not {expected}, to {case.what}:")
