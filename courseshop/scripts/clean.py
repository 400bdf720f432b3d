from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from sqlalchemy.orm import Session

from courseshop.domain.shop import shop_of
from courseshop.jobs.housekeeping import removing
from courseshop.scripts.common import INI, open_shop
from courseshop.services import clean as service

if TYPE_CHECKING:
    from pyramid.registry import Registry


@click.command()
@click.argument("ini", type=INI)
@click.option("--dry-run", is_flag=True, help="Only print what would be removed.")
def clean(ini: str, dry_run: bool) -> None:
    """Remove old security log entries, finished jobs (such as sent emails), expired sessions etc.

    courseshop.keep_audit_days and courseshop.keep_mail_days say how long the first two are kept.
    `courseshop work` does the same once a day. You can run it while the shop is running. If you
    stop it, the next run continues.
    """
    registry = open_shop(ini)
    for old in service.outdated(shop_of(registry).settings):
        with Session(shop_of(registry).engine) as db:
            found = service.count(db, old)
        if not dry_run:
            found = remove(registry, old, found)
        click.echo(f"{old.name}: {found} {'to remove' if dry_run else 'removed'}")


def remove(registry: Registry, old: service.Outdated, expected: int) -> int:
    """Remove all rows of one kind in batches, with a progress bar; return how many there were."""
    removed, quiet = 0, not sys.stderr.isatty()
    with click.progressbar(
        length=expected, label=old.name, hidden=quiet or not expected, file=sys.stderr
    ) as bar:
        for number in removing(registry, old):
            removed += number
            bar.update(number)
    return removed
