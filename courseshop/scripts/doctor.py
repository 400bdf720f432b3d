from __future__ import annotations

import click

from courseshop.database.transactions import writing
from courseshop.domain.shop import shop_of
from courseshop.scripts.common import INI, open_shop
from courseshop.services import doctor as service


@click.command()
@click.argument("ini", type=INI)
@click.option("--mend", is_flag=True, help="Correct the problems found.")
def doctor(ini: str, mend: bool) -> None:
    """Check the counters, sort keys, tags and facet counts of all courses.

    Also checks the totals of instructors, and finds accounts without a wishlist, courses with an
    outdated search index, and courses whose URL belongs to a page of the shop or a plugin. Exits
    with 1 if a problem remains.
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
    if faults and not mend:
        raise click.ClickException("problems found; run the command with --mend to correct them")
    if hidden:
        raise click.ClickException("problems found; --mend cannot correct the slug of a course")
    click.echo("No problems found.")
