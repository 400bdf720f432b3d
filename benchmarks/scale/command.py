from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.scale.measure import Page, Result, measure
from benchmarks.scale.pages import PAGES, names
from benchmarks.scale.site import Site
from courseshop.scripts.common import INI

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.argument("small", type=INI)
@click.argument("large", type=INI)
@click.option(
    "--page",
    "pages",
    multiple=True,
    default=PAGES,
    help='Measure this instead of the usual pages, such as "json /courses?q={rare}".',
)
@click.option("--rounds", type=click.IntRange(1), default=30, show_default=True)
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures to this file, too.",
)
def scale(small: str, large: str, pages: Sequence[str], rounds: int, path: Path | None) -> None:
    """Measure how much more the pages of the shop LARGE cost than those of SMALL.

    On SQLite that is the processor's time; a database server spends its own, so there the time
    until the answer counts. All in one process, after a warm-up, the median of all rounds.
    """
    sites = [Site(small), Site(large)]
    try:
        report = compare(sites, pages, rounds)
    finally:
        for site in sites:
            site.engine.dispose()
    show(report)
    if path:
        path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def compare(sites: Sequence[Site], pages: Sequence[str], rounds: int) -> dict[str, Any]:
    """Return the report on these pages, behind a progress bar."""
    known = [names(site) for site in sites]
    asked = [Page(page, sites, known) for page in pages]
    refused = {page.page: page.refusal() for page in asked}
    asked = [page for page in asked if refused[page.page] is None]
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("rounds", total=rounds)
        results = measure(asked, rounds, lambda: progress.advance(task))
    report = figures(sites, results, rounds)
    report["left_out"] = {page: status for page, status in refused.items() if status}
    return report


def figures(sites: Sequence[Site], results: Sequence[Result], rounds: int) -> dict[str, Any]:
    """Return the report: for each page milliseconds at both shops, and their ratio."""
    clock = "cpu" if {site.database for site in sites} == {"sqlite"} else "elapsed"
    return {
        "clock": clock,
        "rounds": rounds,
        "shops": [{"courses": site.courses, "database": site.database} for site in sites],
        "pages": [
            {
                "page": result.page,
                "small": milliseconds(result.small),
                "large": milliseconds(result.large),
                "ratio": round(getattr(result.large, clock) / getattr(result.small, clock), 2),
            }
            for result in results
        ],
    }


def milliseconds(cost: Any) -> dict[str, float]:
    return {f"{name}_ms": round(1_000 * value, 3) for name, value in cost._asdict().items()}


def show(report: dict[str, Any]) -> None:
    column = f"{report['clock']}_ms"
    table = Table(title=f"{column} per request, median of {report['rounds']} rounds")
    table.add_column("page", no_wrap=True)
    for shop in report["shops"]:
        table.add_column(f"{shop['courses']:,} ({shop['database']})", justify="right")
    table.add_column("ratio", justify="right")
    for page in report["pages"]:
        costs = (f"{page[size][column]:.2f}" for size in ("small", "large"))
        table.add_row(page["page"], *costs, f"{page['ratio']:.2f}")
    Console().print(table)
    for page, status in report["left_out"].items():
        click.echo(f"left out, for the shop answers {status}: {page}")
