from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.compare.pairs import compared, player
from benchmarks.compare.tree import side
from benchmarks.data.command import COURSES
from benchmarks.load import cases as known
from benchmarks.load import wrk
from benchmarks.load.machine import machine, now, warnings
from benchmarks.load.options import FOLDER, pace_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.measure import Pace


@click.command()
@click.argument("old")
@click.argument("new")
@FOLDER
@click.option("--courses", type=COURSES, default=1_000, show_default=True)
@click.option("--case", "patterns", multiple=True, help='Only cases called like "course-*-warm".')
@pace_options
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path))
def compare(  # noqa: PLR0913 - the options of a command
    *,
    old: str,
    new: str,
    folder: Path,
    courses: int,
    patterns: tuple[str, ...],
    pace: Pace,
    path: Path | None,
) -> None:
    """Compare the commits OLD and NEW on waitress, one process, and SQLite.

    Each is served from a work tree of its own with a shop and people that it makes itself, by the
    packages that are installed here; it has had the command `people` since 71078ac. They are
    measured in pairs, in alternating order.
    """
    wrk.find()
    cases = known.chosen(patterns or known.QUICK)
    doubts = warnings(machine())
    with ExitStack() as stack:
        log = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        sides = [
            stack.enter_context(side(name, revision, folder, courses))
            for name, revision in (("old", old), ("new", new))
        ]
        first, second = (
            stack.enter_context(player(one, log, pace.writes(cases, 1))) for one in sides
        )
        rows = list(compared(first, second, cases, pace))
    commits = {one.name: one.commit for one in sides}
    show(rows, commits, doubts)
    if path:
        report = {"at": now(), "commits": commits, "warnings": doubts, "rows": rows}
        path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def show(rows: Sequence[dict[str, Any]], commits: dict[str, str], doubts: Sequence[str]) -> None:
    table = Table(
        title=f"{commits['new']} (new) against {commits['old']} (old); more than 1 is faster",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("case", no_wrap=True)
    for name in ("old req/s", "new req/s", "new / old", "of all pairs", "CPU new / old", "p99 ms"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        cpu = "" if row["cpu_ratio"] is None else f"{row['cpu_ratio']:.2f}"
        spread = f"{row['least']:.2f} to {row['most']:.2f}"
        figures = (f"{row['old']:,.0f}", f"{row['new']:,.0f}", f"{row['ratio']:.2f}")
        waited = " to ".join(f"{one:.0f}" for one in row["p99"])
        table.add_row(row["what"], *figures, spread, cpu, waited)
    console = Console()
    console.width = max(console.width, 120)
    console.print(table)
    for doubt in doubts:
        console.print(f"[bold red]Warning:[/] {doubt}")
