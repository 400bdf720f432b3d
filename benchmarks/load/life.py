"""How long a process of the shop takes to start, and whether it grows."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.load.cases import ACCEPT
from benchmarks.load.servers import SHOP
from benchmarks.load.wrk import Load, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.load.contest import Contest
    from benchmarks.load.process import Running

STARTS = 3
SECONDS = 5
COLD = 25_000
# Of all requests; what is kept in memory has come together by then.
FIRST_PART = 0.3


def live(contest: Contest, requests: int) -> dict[str, Any]:
    """Return the seconds of a start, and how many MiB a process has after so many requests."""
    starts, memory = [], list[dict[str, float]]()
    for number in range(STARTS):
        with contest.started(SHOP["waitress"], {}) as running:
            starts.append(running.started)
            if number == STARTS - 1 and requests:
                memory = [*grow(contest, running, requests)]
    return {"start": median(starts), "memory": memory}


def grow(contest: Contest, running: Running, requests: int) -> Iterator[dict[str, float]]:
    """Yield the requests so far and MiB, from the first part of them on."""
    done = 0
    while done < requests:
        asked = contest.people.cold(COLD)
        found = run(Load(running.base, asked, {"Accept": ACCEPT["html"]}, 8, SECONDS))
        contest.people.asked += found.requests
        done += found.requests
        if done >= FIRST_PART * requests:
            yield {"requests": done, "mib": round(running.memory(), 1)}
