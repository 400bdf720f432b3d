"""The command-line interface for operators: `courseshop COMMAND INI …`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from alembic.util import CommandError
from pydantic import ValidationError
from pyramid.exceptions import ConfigurationError
from sqlalchemy.exc import DBAPIError

from courseshop import importing
from courseshop.database import migrations
from courseshop.database.engine import is_locked
from courseshop.database.init_lock import init_lock
from courseshop.database.transactions import writing
from courseshop.demo import add_accounts, load_people_and_categories, missing_courses
from courseshop.demo.activity import add_activity
from courseshop.domain.errors import Refused
from courseshop.domain.shop import shop_of
from courseshop.schemas.user import Role
from courseshop.scripts.category import category
from courseshop.scripts.clean import clean
from courseshop.scripts.common import INI, address, open_shop
from courseshop.scripts.doctor import doctor
from courseshop.scripts.jobs import jobs
from courseshop.scripts.mail import mail
from courseshop.scripts.relate import relate, relate_all
from courseshop.scripts.token import token
from courseshop.scripts.tree import print_tree
from courseshop.scripts.user import user
from courseshop.scripts.why import why
from courseshop.scripts.work import work
from courseshop.services import people, review, search, shop_fact
from courseshop.services.search.words import VERSION
from courseshop.settings.stored import require_currency, store_currency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.registry import Registry

    from courseshop.framework.request import Request
    from courseshop.importing import Report


BUSY = "Somebody else is writing to the shop. Try again."


class Commands(click.Group):
    """Reports expected errors as one line on stderr, and exits with 1."""

    # Any, as in click's own signature: a command may return any value.
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error
        except (ValidationError, Refused) as error:
            raise click.ClickException(importing.reason(error)) from error
        except CommandError as error:
            raise click.ClickException(f"sqlalchemy.url: {error}") from error
        except DBAPIError as error:
            if is_locked(error):
                raise click.ClickException(BUSY) from error
            # Without the SQL statement, which does not help operators.
            reason = str(error.orig or error).strip().splitlines()[0]
            raise click.ClickException(f"sqlalchemy.url: {reason}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="courseshop")
def cli() -> None:
    """Manage a course shop. The first argument of every command is the shop's .ini file."""


@cli.command()
@click.argument("ini", type=INI)
@click.option("--demo", is_flag=True, help="Also load the demo catalog.")
def init(ini: str, demo: bool) -> None:
    """Create the database, or upgrade its schema to this release. Safe to run again."""
    registry = open_shop(ini)
    engine = shop_of(registry).engine
    with init_lock(engine):
        moved = migrations.upgrade(engine, migrations.environments(registry))
        store_currency(registry)
        index_again(registry)
        for step in moved or ["The database is up to date."]:
            click.echo(step)
        if demo:
            show_accounts(ini, load_demo(registry))
            click.echo(f"The address of the shop, while a server runs: {address(ini, registry)}")


def index_again(registry: Registry) -> None:
    """Index courses, reviews and accounts again if an earlier release did, which found less.

    If it is stopped, the next `init` begins again, and writes only what still differs.
    """
    with writing(registry) as request:
        if shop_fact.read(request.db, shop_fact.SEARCH) == VERSION:
            return
    for index_after in (search.index_after, review.index_after, people.index_after):
        last: int | None = 0
        while last is not None:
            with writing(registry) as request:
                last = index_after(request.db, last)
    with writing(registry) as request:
        shop_fact.store(request.db, shop_fact.SEARCH, VERSION)


def load_demo(registry: Registry) -> dict[str, str]:
    """Load what is missing of the demo; return the new accounts with their passwords."""
    click.echo("Loading the demo: people, courses, reviews. The first time takes half a minute.")
    with writing(registry) as request:
        load_people_and_categories(request.db)
        reports = import_courses(
            request, missing_courses(request.db), importing.Options(round_prices=True)
        )
        accounts = add_accounts(request.db, shop_of(registry).passwords)
        add_activity(request.db, {one.path.stem for one in reports})
    click.echo(f"Demo: {len(reports)} courses added.")
    if reports:
        click.echo("Finding related courses.")
        relate_all(registry)
    return accounts


def show_accounts(ini: str, accounts: dict[str, str]) -> None:
    """Print the demo accounts with their passwords, which are stored only as hashes."""
    if accounts:
        click.echo("Demo accounts (their passwords are shown only this once):")
    else:
        click.echo("The demo accounts already exist:")
    for role in get_args(Role):
        username = f"demo-{role}"
        click.echo(f"  {username:<15} {accounts.get(username, '')}".rstrip())
    if not accounts:
        click.echo(f"To set a new password: courseshop user password {ini} demo-student")


@cli.command("import")
@click.argument("ini", type=INI)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--publish", is_flag=True, help="Publish courses whose files name no status.")
@click.option("--category", metavar="NAME", help="The category of courses that name none.")
@click.option(
    "--ignore-unknown", is_flag=True, help="Leave out fields that the shop does not have."
)
def import_(
    ini: str, files: tuple[Path, ...], publish: bool, category: str | None, ignore_unknown: bool
) -> None:
    """Add or change courses from FILES: Markdown, JSON, or course pages copied as plain text.

    Prints the outcome of each file. If one file is refused, none is stored. A copied page becomes a
    draft, unless --publish is given.
    """
    options = importing.Options(publish, category, ignore_unknown)
    registry = open_shop(ini)
    require_currency(registry)
    with writing(registry) as request:
        reports = import_courses(request, files, options)
        refused = [one for one in reports if one.outcome == "refused"]
        if refused:
            request.tm.doom()
    for one in reports:
        show_report(one)
    if refused:
        if any("Unknown field." in one.detail for one in refused):
            click.echo("To leave out unknown fields, add --ignore-unknown.", err=True)
        raise click.ClickException(f"{len(refused)} of {len(reports)} refused; nothing was stored")


def show_report(report: Report) -> None:
    """Print the outcome of a file, each fault and note in a line of its own."""
    first, *lines = [f"{report.outcome:<9} {report.path}", *report.detail.splitlines()]
    if len(lines) == 1:
        first, lines = f"{first}  {lines[0]}", []
    for line in (first, *(f"          {one}" for one in (*lines, *report.notes))):
        click.echo(line, err=report.outcome == "refused")


def import_courses(
    request: Request, files: Sequence[Path], options: importing.Options | None = None
) -> list[Report]:
    """Import files with a progress bar, which is hidden if stderr is not a terminal."""
    with click.progressbar(
        files, label="Courses", hidden=not sys.stderr.isatty(), file=sys.stderr
    ) as bar:
        return importing.run(request, bar, options)


@cli.command()
@click.argument("ini", type=INI)
def tree(ini: str) -> None:
    """Print every place of the shop, with its pages and their permissions."""
    print_tree(open_shop(ini))


for command in (user, token, category, why, work, jobs, mail, doctor, relate, clean):
    cli.add_command(command)
