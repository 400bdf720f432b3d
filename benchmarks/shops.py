"""The shops that are measured: an .ini and a database for each size, kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import click
from sqlalchemy import create_engine, make_url, text

from benchmarks.data.command import COURSES, SEED, fill_once, shop_of
from benchmarks.data.plan import Plan
from courseshop import migrating

ROOT = Path(__file__).parent.parent


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=".bench", show_default=True)
@click.option(
    "--server",
    envvar="BENCH_SERVER_URL",
    show_envvar=True,
    help="A PostgreSQL server, as postgresql+psycopg://user@host/postgres; "
    "each shop gets a database there. Without it they are on SQLite.",
)
@click.option("--courses", type=COURSES, multiple=True, default=(1_000, 100_000), show_default=True)
@SEED
def prepare(folder: Path, server: str | None, courses: tuple[int, ...], seed: int) -> None:
    """Make one shop of each size in FOLDER, and fill it; what is there already is kept."""
    if server and not server.startswith("postgresql"):
        raise click.BadParameter("expected the URL of a PostgreSQL server", param_hint="--server")
    folder.mkdir(parents=True, exist_ok=True)
    for number in courses:
        ini = write_ini(folder, number, server)
        click.echo(f"{ini}:")
        with shop_of(str(ini)) as registry:
            migrating.upgrade(registry["courseshop.engine"], migrating.environments(registry))
            fill_once(registry, Plan(number, seed))


def write_ini(folder: Path, courses: int, server: str | None) -> Path:
    """Write the .ini of a shop, which is development.ini with a database of its own."""
    kind = "postgresql" if server else "sqlite"
    path = folder / f"{kind}-{courses}.ini"
    url = database(server, courses) if server else f"sqlite:///%(here)s/{path.stem}.sqlite"
    settings = {
        "use": f"config:{os.path.relpath(ROOT / 'development.ini', folder)}",
        "sqlalchemy.url": url,
        # Looking for changed templates is no part of what a page costs.
        "pyramid.reload_templates": "false",
    }
    lines = [f"{name} = {value}" for name, value in settings.items()]
    path.write_text("\n".join(["[app:main]", *lines, ""]), "utf-8")
    return path


def database(server: str, courses: int) -> str:
    """Return the URL of a shop's database, as an .ini has it; it is made unless it is there."""
    name = f"courseshop_bench_{courses}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if not connection.scalar(known, {"name": name}):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = make_url(server).set(database=name)
    return url.render_as_string(hide_password=False).replace("%", "%%")
