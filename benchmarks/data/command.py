from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress

from benchmarks.data.fill import fill, is_filled, mark
from benchmarks.data.plan import FEWEST, MOST, Plan
from courseshop.domain.shop import shop_of
from courseshop.scripts.common import INI, open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

COURSES = click.IntRange(FEWEST, MOST)
SEED = click.option("--seed", default=1, show_default=True, help="Another one gives other data.")


@click.command()
@click.argument("ini", type=INI)
@click.option("--courses", type=COURSES, default=1_000, show_default=True, help="How many.")
@SEED
def data(ini: str, courses: int, seed: int) -> None:
    """Fill the empty shop of INI with made-up courses, people, reviews and wishes.

    The same numbers give the same rows. Where they are there already nothing is done; a shop with
    anything else in it is refused.
    """
    with opened(ini) as registry:
        fill_once(registry, Plan(courses, seed))


@contextmanager
def opened(ini: str) -> Iterator[Any]:
    """Yield the registry of an .ini's shop; its connections are closed at the end."""
    registry = open_shop(ini)
    try:
        yield registry
    finally:
        shop_of(registry).engine.dispose()


def fill_once(registry: Any, plan: Plan) -> None:
    """Fill the shop behind a progress bar and say what it holds. Raises what `is_filled` does."""
    if is_filled(registry, plan):
        click.echo(f"The data are there already: {mark(plan)}")
        return
    start = time.monotonic()
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        stored = fill(shop_of(registry).engine, plan, progress)
    for table, rows in stored.items():
        click.echo(f"{rows:>9,} {table.name}")
    click.echo(f"Stored in {time.monotonic() - start:.0f} s: {mark(plan)}")
