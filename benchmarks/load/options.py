"""Options that the commands share."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.data.command import COURSES
from benchmarks.load.measure import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DATABASES = ("sqlite", "postgresql")
SERVER = click.option(
    "--server",
    envvar="BENCH_SERVER_URL",
    show_envvar=True,
    help="A PostgreSQL server, as postgresql+psycopg://user@host/postgres; each shop gets a "
    "database there.",
)
FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), default=".bench", show_default=True
)


class Some(click.ParamType):  # type: ignore[type-arg] # click 8.1 has none
    """Names with commas between, in the order of `choices`: all of them, or none."""

    name = "names"

    def __init__(self, choices: Iterable[str], least: int = 0) -> None:
        self.choices, self.least = tuple(choices), least

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        return f"[all|{'none|' if not self.least else ''}{','.join(self.choices)}]"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        if value == "all":
            return self.choices
        names = [] if value == "none" else value.split(",")
        wrong = set(names) - set(self.choices)
        if wrong or len(names) < self.least:
            self.fail(f"expected some of {', '.join(self.choices)}", param, ctx)
        return tuple(name for name in self.choices if name in names)


def pace_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `Pace` holds; the command takes it as `pace`."""

    @click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
    @click.option("--seconds", type=click.IntRange(1), default=2, show_default=True)
    @click.option("--clients", type=click.IntRange(1), default=8, show_default=True)
    @wraps(command)
    def wrapped(*args: Any, rounds: int, seconds: int, clients: int, **kw: Any) -> Any:
        return command(*args, pace=Pace(rounds, seconds, clients), **kw)

    return wrapped


def shop_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add which shops are made; the command takes what `shops.ready` does as `shops`."""

    @FOLDER
    @SERVER
    @click.option("--databases", type=Some(DATABASES, least=1), default="all", show_default=True)
    @click.option("--courses", type=COURSES, default=100_000, show_default=True)
    @wraps(command)
    def wrapped(
        *args: Any, folder: Path, server: str | None, databases: Any, courses: int, **kw: Any
    ) -> Any:
        shops = {"folder": folder, "server": server, "databases": databases, "courses": courses}
        return command(*args, shops=shops, **kw)

    return wrapped
