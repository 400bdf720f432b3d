"""What the samples come to: medians, and ratios of what was measured in the same round."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.load.servers import PEERS, SHOP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.measure import Sample

MEASURED = ("per_second", "p50", "p99", "cpu_ms", "bytes")
COMPARED = {*SHOP, "nginx"}
Row = dict[str, Any]


def rows(
    samples: Sequence[Sample], cases: Sequence[Case], counted: Mapping[tuple[str, str, str], int]
) -> list[Row]:
    """Return a row for each database, case and server; `counted` holds queries by these."""
    groups: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    for one in samples:
        groups[one.database, one.case, one.server].append(one)
    titles = {case.name: case.what for case in cases}
    order = {case.name: number for number, case in enumerate(cases)}
    return [
        {
            **row(groups[key]),
            "what": titles[key[1]],
            # The servers of the shop do not differ in that.
            "queries": counted.get((*key[:2], "waitress" if key[2] in SHOP else key[2])),
            "ratios": ratios(groups, key) if key[2] in COMPARED else {},
        }
        for key in sorted(groups, key=lambda key: (key[0] != "sqlite", order[key[1]]))
    ]


def row(some: Sequence[Sample]) -> Row:
    """Return the medians of one case on one server, and all that went wrong."""
    wrote = [one.counters for one in some if one.counters is not None]
    return {
        "database": some[0].database,
        "case": some[0].case,
        "server": some[0].server,
        **{name: median(getattr(one, name) for one in some) for name in MEASURED},
        "errors": sum(one.errors for one in some),
        "counters": all(wrote) if wrote else None,
        "said": next((one.said for one in some if one.said), ""),
    }


def ratios(
    groups: Mapping[tuple[str, str, str], Sequence[Sample]], key: tuple[str, str, str]
) -> dict[str, float]:
    """Return how many times the requests of each of the others ours are, round by round."""
    database, case, server = key
    return {
        peer: paired(groups[key], groups[database, case, peer])
        for peer in PEERS
        if peer != server and (database, case, peer) in groups
    }


def paired(ours: Sequence[Sample], theirs: Sequence[Sample]) -> float:
    """Return the median of the ratios of requests per second in the same rounds."""
    by_round = {one.round: one.per_second for one in theirs}
    return median(one.per_second / by_round[one.round] for one in ours if by_round.get(one.round))
