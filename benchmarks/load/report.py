"""What is told of a run: medians, ratios and targets, in a table and as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click
import orjson

from benchmarks.load import cases as asked
from benchmarks.load.shop import SHOP
from benchmarks.shops import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.load.cases import Case
    from benchmarks.load.measure import Samples

# With which others the servers are compared; the last are two commits.
COMPARED = {**dict.fromkeys(SHOP, ("bare", *asked.FRAMEWORKS)), "nginx": ("file",), "new": ("old",)}
LINE = "{:<39}{:<9}{:>8}{:>8}{:>8}{:>8}{:>9}{:>8}"
JSON = click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path))
COLUMNS = ("case", "server", "req/s", "p50 ms", "p99 ms", "CPU ms", "queries", "errors")


@dataclass(frozen=True)
class Row:
    """The medians of one case on one server, all its errors, and ratios such as "vs. bare"."""

    case: str
    server: str
    per_second: float
    p50: float
    p99: float
    cpu: float
    queries: int | None
    errors: int
    ratios: Mapping[str, float]


def rows(samples: Samples, queries: Mapping[tuple[str, str], int]) -> list[Row]:
    """Return a row for each case and server; `queries` holds those of a request by both."""
    return [
        Row(
            case=case.name,
            server=server,
            per_second=median(one.per_second for one in some),
            p50=median(one.p50 for one in some),
            p99=median(one.p99 for one in some),
            cpu=median(one.cpu for one in some),
            queries=queries.get((case.name, server)),
            errors=sum(one.errors for one in some),
            ratios=ratios(samples, case, server),
        )
        for (case, server), some in samples.items()
    ]


def ratios(samples: Samples, case: Case, server: str) -> dict[str, float]:
    """Return how many times the others' its figures are: the medians of those of each round."""
    found = {}
    for peer in COMPARED.get(server, ()):
        both = zip(samples[case, server], samples.get((case, peer), ()), strict=False)
        pairs = [(one, two) for one, two in both if two.per_second and two.cpu]
        if pairs:
            found[f"vs. {peer}"] = median(one.per_second / two.per_second for one, two in pairs)
        if pairs and server == "new":
            found["CPU vs. old"] = median(one.cpu / two.cpu for one, two in pairs)
    return found


def against(case: Case, peer: str) -> Callable[[Mapping[str, Row]], float]:
    return lambda rows: rows[case.name].ratios[f"vs. {peer}"]


def times(case: Case, other: Case, name: str) -> Callable[[Mapping[str, Row]], float]:
    return lambda rows: getattr(rows[case.name], name) / getattr(rows[other.name], name)


# What is measured of the rows of one server, by their cases; a KeyError where they do not tell it.
TARGETS: Mapping[str, Callable[[Mapping[str, Row]], float]] = {
    "course page, warm, req/s vs. bare: 0.33 or more": against(asked.WARM, "bare"),
    **{f"vs. {peer}: 4 or more": against(asked.WARM, peer) for peer in asked.FRAMEWORKS},
    **{f"cold, vs. {peer}: 1.5 or more": against(asked.COLD, peer) for peer in asked.FRAMEWORKS},
    "JSON, cold, vs. fastapi: 1.5 or more": against(asked.COLD_JSON, "fastapi"),
    "304, vs. the warm page: 1 or more": times(asked.NOT_MODIFIED, asked.WARM, "per_second"),
    "member's page, CPU vs. a guest's, cold: 2 or less": times(asked.MEMBER, asked.COLD, "cpu"),
    "reviews by 32 clients vs. one: 0.6 or more": times(asked.REVIEWS, asked.REVIEW, "per_second"),
    "their p99 in ms: 150 or less on SQLite": lambda rows: rows[asked.REVIEWS.name].p99,
    "page cached by nginx vs. the same as a file: the speed of nginx": against(asked.WARM, "file"),
}


def targets(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Return what is measured of each target, by each server that tells it."""
    found: dict[str, list[float]] = {}
    for what, value in TARGETS.items():
        for server in (*SHOP, "nginx"):
            known = {row.case: row for row in rows if row.server == server}
            with suppress(KeyError, ZeroDivisionError):
                found.setdefault(what, []).append(value(known))
    return {what: values for what, values in found.items() if values}


def show(title: str, rows: Sequence[Row], targets: Mapping[str, Sequence[float]]) -> None:
    """Print the rows, whose last columns are ratios, and the targets."""
    names = list(dict.fromkeys(name for row in rows for name in row.ratios))
    line = LINE + "{:>12}" * len(names)
    click.echo(f"\n{title}\n{line.format(*COLUMNS, *names)}")
    for row in rows:
        figures = (f"{row.per_second:,.0f}", f"{row.p50:.1f}", f"{row.p99:.1f}", f"{row.cpu:.2f}")
        counts = ("" if row.queries is None else row.queries, row.errors)
        ratios = (f"{row.ratios[name]:.2f}" if name in row.ratios else "" for name in names)
        click.echo(line.format(asked.CASES[row.case].what, row.server, *figures, *counts, *ratios))
    for what, values in targets.items():
        click.echo(f"  {what}: {' / '.join(f'{value:.4g}' for value in values)}")


def write(figures: Mapping[str, Any], path: Path | None) -> None:
    """Write figures to a file, if there is to be one, with when and of what they were made."""
    if path is None:
        return
    described = ["git", "describe", "--always", "--abbrev=10", "--dirty=+"]
    done = subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=False)
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": done.stdout.strip(),
        "system": f"{platform.platform()}, {os.cpu_count()} cores",
        "python": f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "packages": {one.name: one.version for one in distributions()},
    }
    path.write_bytes(orjson.dumps({**about, **figures}, option=orjson.OPT_INDENT_2))
