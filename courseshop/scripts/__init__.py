"""The operator's tool: `courseshop COMMAND INI …`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_appsettings, setup_logging
from pyramid.request import Request
from pyramid.scripting import prepare
from sqlalchemy.exc import OperationalError

from courseshop import configure, migrating
from courseshop.demo import load
from courseshop.errors import Refused
from courseshop.scripts.tree import print_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

INI = click.Path(exists=True, dir_okay=False, readable=True)


class Commands(click.Group):
    """Show what the shop refuses as one line on stderr, and exit with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ConfigurationError, OperationalError, Refused) as error:
            raise click.ClickException(str(error)) from error


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
    migrating.upgrade(registry["courseshop.engine"], migrating.environments(registry))
    click.echo("The database is up to date.")
    if demo:
        with writing(registry) as request:
            made = load(request)
        click.echo(f"Demo: {made} courses added.")


@cli.command()
@click.argument("ini", type=INI)
def tree(ini: str) -> None:
    """Print each place, who hung it there, and its pages with their permissions."""
    print_tree(open_shop(ini))


def open_shop(ini: str) -> Any:
    """Return the registry of the shop that an ini describes, whatever state its database is in."""
    setup_logging(ini)
    config = configure(get_appsettings(ini))
    config.commit()
    return config.registry


@contextmanager
def writing(registry: Any) -> Iterator[Any]:
    """Yield a request whose `db` is one transaction, committed at the end."""
    request = Request.blank("/", method="POST")
    with prepare(request=request, registry=registry), request.tm:
        yield request
