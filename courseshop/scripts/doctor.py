from __future__ import annotations

from typing import TYPE_CHECKING

import click

from courseshop.database.transactions import writing
from courseshop.domain.shop import shop_of
from courseshop.framework import body_limits
from courseshop.scripts.common import INI, open_shop, server_setting
from courseshop.services import doctor as service

if TYPE_CHECKING:
    from pyramid.registry import Registry


@click.command()
@click.argument("ini", type=INI)
@click.option("--mend", is_flag=True, help="Correct the problems found.")
def doctor(ini: str, mend: bool) -> None:
    """Check the counters, sort keys, tags and facet counts of all courses.

    Also checks the totals of instructors, and finds accounts without a wishlist, courses with an
    outdated search index, courses whose URL belongs to a page of the shop or a plugin, and pages
    whose bodies are larger than the server's limit. Exits with 1 if a problem remains.
    """
    registry = open_shop(ini)
    with writing(registry) as request:
        faults = service.faults(request.db)
        for fault in faults if mend else ():
            fault.mend(request.db)
        hidden = service.hidden_slugs(request.db, shop_of(registry).reserved_slugs)
    for fault in faults:
        click.echo(f"{fault.where}: {'corrected' if mend else 'wrong'}; {fault.right}")
    for slug in hidden:
        click.echo(f"/courses/{slug}: a page has this URL; give the course another slug")
    limits = refused_bodies(ini, registry)
    for sentence in limits:
        click.echo(f"[server:main] {sentence}")
    if faults and not mend:
        raise click.ClickException("problems found; run the command with --mend to correct them")
    if hidden:
        raise click.ClickException("problems found; --mend cannot correct the slug of a course")
    if limits:
        raise click.ClickException("problems found; --mend cannot correct the settings")
    click.echo("No problems found.")


def refused_bodies(ini: str, registry: Registry) -> list[str]:
    """Return a sentence for each body that the shop accepts, but the server of the .ini refuses."""
    limit = server_setting(ini, body_limits.SETTING)
    return body_limits.too_small(registry, int(limit)) if limit.isdigit() else []
