"""The operator's tool: `courseshop COMMAND INI …`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from alembic.util import CommandError
from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_appsettings, setup_logging
from sqlalchemy.exc import DBAPIError

from courseshop import configure, importing, migrating
from courseshop.db import writing
from courseshop.demo import load_people_and_shelves, missing_courses
from courseshop.errors import Refused
from courseshop.scripts.tree import print_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseshop.importing import Report

INI = click.Path(exists=True, dir_okay=False, readable=True)


class Commands(click.Group):
    """Show what the shop refuses as one line on stderr, and exit with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ConfigurationError, Refused) as error:
            raise click.ClickException(str(error)) from error
        except (CommandError, DBAPIError) as error:
            raise click.ClickException(f"sqlalchemy.url: {error}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="courseshop")
def cli() -> None:
    """Run and look after a course shop. Every command takes the shop's .ini file first."""


@cli.command()
@click.argument("ini", type=INI)
@click.option("--demo", is_flag=True, help="Load a demo catalogue too.")
def init(ini: str, demo: bool) -> None:
    """Create the database, or upgrade it to this version. Running it twice changes nothing."""
    registry = open_shop(ini)
    moved = migrating.upgrade(registry["courseshop.engine"], migrating.environments(registry))
    for step in moved or ["The database is up to date."]:
        click.echo(step)
    if demo:
        with writing(registry) as request:
            load_people_and_shelves(request.db)
            reports = import_courses(request, missing_courses(request.db))
        click.echo(f"Demo: {len(reports)} courses added.")


@cli.command("import")
@click.argument("ini", type=INI)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_(ini: str, files: tuple[Path, ...]) -> None:
    """Add or change courses from FILES: Markdown with front matter, JSON, or scraped pages.

    Says of each file what became of it. All or nothing: when one is refused, none is stored.
    """
    with writing(open_shop(ini)) as request:
        reports = import_courses(request, files)
        refused = [one for one in reports if one.outcome == "refused"]
        if refused:
            request.tm.doom()
    for one in reports:
        click.echo(f"{one.outcome:<9} {one.path}  {one.detail}", err=one.outcome == "refused")
    if refused:
        raise click.ClickException(f"{len(refused)} of {len(reports)} refused; nothing was stored")


def import_courses(request: Any, files: Sequence[Path]) -> list[Report]:
    """Import the files behind a progress bar, which is silent where nobody watches."""
    with click.progressbar(
        files, label="Courses", hidden=not sys.stderr.isatty(), file=sys.stderr
    ) as bar:
        return importing.run(request, bar)


@cli.command()
@click.argument("ini", type=INI)
def tree(ini: str) -> None:
    """Print the places of the shop, and their pages."""
    print_tree(open_shop(ini))


def open_shop(ini: str) -> Any:
    """Return the registry of the shop that an ini describes, whatever state its database is in."""
    setup_logging(ini)
    config = configure(get_appsettings(ini))
    config.commit()
    return config.registry
