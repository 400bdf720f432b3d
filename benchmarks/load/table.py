"""The table of a run, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.load.servers import PEERS

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("req/s", "p50 ms", "p99 ms", "CPU ms", "queries", "bytes", "errors", "counters")
# Also where the output goes to a file.
LEAST_WIDTH = 200


def show(report: Mapping[str, Any]) -> None:
    """Print a table for each database, the goals, and what makes the figures doubtful."""
    console = Console()
    console.width = max(console.width, LEAST_WIDTH)
    for database in dict.fromkeys(row["database"] for row in report["rows"]):
        console.print(table(report, database))
    if report["goals"]:
        console.print(goals(report))
    for warning in report["warnings"]:
        console.print(f"[bold red]Warning:[/] {warning}")


def table(report: Mapping[str, Any], database: str) -> Table:
    pace = report["settings"]
    title = f"{database}, {report['courses'][database]:,} courses, {pace['clients']} clients"
    found = Table(
        title=f"{title}; the last columns: times the req/s of the others", box=box.SIMPLE_HEAD
    )
    for name in ("case", "server"):
        found.add_column(name, no_wrap=True)
    for name in (*COLUMNS, *(f"of {peer}" for peer in PEERS)):
        found.add_column(name, justify="right", no_wrap=True)
    last = None
    for row in report["rows"]:
        if row["database"] == database:
            found.add_row(row["what"] if row["case"] != last else "", *cells(row))
            last = row["case"]
    return found


def cells(row: Mapping[str, Any]) -> list[str]:
    ratios = row["ratios"]
    return [
        row["server"],
        f"{row['per_second']:,.0f}",
        *(f"{row[name]:.1f}" for name in ("p50", "p99")),
        f"{row['cpu_ms']:.2f}",
        "" if row["queries"] is None else str(row["queries"]),
        f"{row['bytes']:,.0f}",
        str(row["errors"]),
        told_counters(row),
        *(f"{ratios[peer]:.2f}" if peer in ratios else "" for peer in PEERS),
    ]


def told_counters(row: Mapping[str, Any]) -> str:
    """Return whether what was written is counted right."""
    return {None: "", True: "right", False: "WRONG"}[row["counters"]]


def goals(report: Mapping[str, Any]) -> Table:
    found = Table(title="goals", box=box.SIMPLE_HEAD)
    found.add_column("goal")
    for name in ("measured", "wanted", ""):
        found.add_column(name, justify="right")
    for one in report["goals"]:
        bound = f"{'≥' if one['at_least'] else '≤'} {one['bound']:g}"
        found.add_row(one["what"], f"{one['value']:g}", bound, "" if one["reached"] else "missed")
    return found
