"""The report of a run as one file of HTML: charts are SVG, nothing is fetched, no script runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.load.servers import PEERS
from benchmarks.load.table import told_counters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLOURS = {
    "waitress": "#0b6e4f",
    "gunicorn": "#3a9d7a",
    "granian": "#7cc6a8",
    "bare": "#8d8d99",
    "nginx": "#5f8a2f",
    "file": "#b9c48f",
    "flask": "#4c78a8",
    "django": "#e08e45",
    "fastapi": "#b5446e",
}
WIDE, BAR, NAMES, FIGURES = 720, 16, 90, 90


def write(report: Mapping[str, Any], path: Path) -> None:
    """Write the report to a file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(counters=told_counters)
    template = environment.get_template("report.jinja2")
    databases = list(dict.fromkeys(row["database"] for row in report["rows"]))
    charts = {database: [*charts_of(report["rows"], database)] for database in databases}
    page = template.render(report=report, charts=charts, peers=list(PEERS), colours=COLOURS)
    path.write_text(page, "utf-8")


def charts_of(rows: Sequence[Mapping[str, Any]], database: str) -> list[dict[str, Any]]:
    """Return a chart for each case: bars of requests per second, the longest as wide as can be."""
    mine = [row for row in rows if row["database"] == database]
    return [
        chart([row for row in mine if row["case"] == case])
        for case in dict.fromkeys(row["case"] for row in mine)
    ]


def chart(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    most = max(row["per_second"] for row in rows) or 1
    room = WIDE - NAMES - FIGURES
    bars = [
        {
            "server": row["server"],
            "y": number * (BAR + 4),
            "width": round(room * row["per_second"] / most, 1),
            "figure": f"{row['per_second']:,.0f}/s",
        }
        for number, row in enumerate(rows)
    ]
    size = {"width": WIDE, "height": len(rows) * (BAR + 4), "bar": BAR, "names": NAMES}
    return {"what": rows[0]["what"], "bars": bars, **size}
