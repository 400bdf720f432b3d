"""Options that the commands share."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.data.command import COURSES

DATABASES = ("sqlite", "postgresql")
FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), default=".bench", show_default=True
)
SERVER = click.option(
    "--server",
    envvar="BENCH_SERVER_URL",
    show_envvar=True,
    help="A PostgreSQL server, as postgresql+psycopg://user@host/postgres; each shop gets a "
    "database there.",
)
ON = click.option(
    "--databases", type=click.Choice(DATABASES), multiple=True, default=DATABASES, show_default=True
)
SIZE = click.option("--courses", type=COURSES, default=100_000, show_default=True)
CASES = click.option(
    "--case", "patterns", multiple=True, help='Only cases called like "course-*-cold".'
)
ROUNDS = click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
SECONDS = click.option("--seconds", type=click.IntRange(1), default=2, show_default=True)
CLIENTS = click.option("--clients", type=click.IntRange(1), default=8, show_default=True)
JSON = click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path))
