"""The goals that can be told from one run, each as a number beside its bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

WARM, COLD = "course-10-html-guest-warm", "course-html-guest-cold"
COLD_JSON, AGAIN = "course-json-guest-cold", "course-10-html-guest-304"
MEMBER = "course-html-member-cold"
FLAT = 1.03


@dataclass(frozen=True)
class Goal:
    """A measured `value` must be at least `bound`, or at most."""

    what: str
    value: float
    bound: float
    at_least: bool = True

    @property
    def reached(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def told(self) -> dict[str, Any]:
        known = {"what": self.what, "value": round(self.value, 3), "bound": self.bound}
        return {**known, "at_least": self.at_least, "reached": self.reached}


def goals(rows: Sequence[Mapping[str, Any]], lives: Mapping[str, Mapping[str, Any]]) -> list[Goal]:
    """Return what the rows of waitress and nginx and the lives of processes say of each goal."""
    found: list[Goal] = []
    for database in dict.fromkeys(row["database"] for row in rows):
        known = {
            row["case"]: row
            for row in rows
            if row["database"] == database and row["server"] == "waitress"
        }
        kept = [row for row in rows if row["database"] == database and row["server"] == "nginx"]
        found += [*of_nginx(database, kept)]
        for measure in (against_others, against_itself, writes):
            found += [*measure(database, known)]
    for database, life in lives.items():
        found += [*of_a_process(database, life)]
    return found


def against_others(database: str, known: Mapping[str, Any]) -> Iterator[Goal]:
    bounds = (
        ("warm", WARM, {"bare": 0.33, "flask": 4, "django": 4, "fastapi": 4}),
        ("cold", COLD, {"flask": 1.5, "django": 1.5, "fastapi": 1.5}),
        ("cold JSON", COLD_JSON, {"fastapi": 1.5}),
    )
    for name, case, wanted in bounds:
        ratios = known[case]["ratios"] if case in known else {}
        for peer, bound in wanted.items():
            if peer in ratios:
                what = f"{database}: course page, {name}, requests/s of {peer}'s"
                yield Goal(what, ratios[peer], bound)


def of_nginx(database: str, kept: Sequence[Mapping[str, Any]]) -> Iterator[Goal]:
    for row in kept:
        if row["case"] == WARM and "file" in row["ratios"]:
            what = f"{database}: course page, kept by nginx, requests/s of the same as a file"
            yield Goal(what, row["ratios"]["file"], 0.8)


def against_itself(database: str, known: Mapping[str, Any]) -> Iterator[Goal]:
    def ratio(of: str, to: str, name: str) -> Callable[[], float]:
        return lambda: known[of][name] / known[to][name]

    if WARM in known and AGAIN in known:
        what = f"{database}: 304, requests/s of the warm page's"
        yield Goal(what, ratio(AGAIN, WARM, "per_second")(), 1)
    if COLD in known and MEMBER in known:
        what = f"{database}: page of somebody logged in, CPU of a guest's, both cold"
        yield Goal(what, ratio(MEMBER, COLD, "cpu_ms")(), 2, at_least=False)


def writes(database: str, known: Mapping[str, Any]) -> Iterator[Goal]:
    for kind in ("review", "wish"):
        many, one = known.get(f"{kind}-32"), known.get(f"{kind}-1")
        if many is None:
            continue
        start = f"{database}: {many['what']}"
        yield Goal(f"{start}, errors", many["errors"], 0, at_least=False)
        yield Goal(f"{start}, counters right", float(many["counters"]), 1)
        if one:
            value = many["per_second"] / one["per_second"]
            yield Goal(f"{start}, requests/s of one client's", value, 0.6)
        if database == "sqlite":
            yield Goal(f"{start}, p99 in ms", many["p99"], 150, at_least=False)


def of_a_process(database: str, life: Mapping[str, Any]) -> Iterator[Goal]:
    yield Goal(
        f"{database}: seconds from pserve to the first answer", life["start"], 2, at_least=False
    )
    if life["memory"]:
        first, last = life["memory"][0], life["memory"][-1]
        what = f"{database}: MiB of the process after {last['requests']:,} requests"
        yield Goal(what, last["mib"], 120, at_least=False)
        half = f"{database}: the same, of what it was after {first['requests']:,}"
        yield Goal(half, last["mib"] / first["mib"], FLAT, at_least=False)
