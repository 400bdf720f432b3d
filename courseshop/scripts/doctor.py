from __future__ import annotations

import click

from courseshop.database.transactions import writing
from courseshop.domain.shop import shop_of
from courseshop.scripts.common import INI, open_shop
from courseshop.services import doctor as service


@click.command()
@click.argument("ini", type=INI)
@click.option("--mend", is_flag=True, help="Store what is right.")
def doctor(ini: str, mend: bool) -> None:
    """Count again what courses count, and what lists of them are sorted, found and counted by.

    Also name accounts without a wishlist, courses that are searched by other words than they have,
    and those whose address a page of the shop or of a plugin has taken. Exits with 1 when
    something is wrong and was not mended.
    """
    registry = open_shop(ini)
    with writing(registry) as request:
        faults = service.faults(request.db)
        for fault in faults if mend else ():
            fault.mend(request.db)
        hidden = service.hidden_slugs(request.db, shop_of(registry).reserved_slugs)
    for fault in faults:
        click.echo(f"{fault.where}: {'mended' if mend else 'wrong'}; {fault.right}")
    for slug in hidden:
        click.echo(f"/courses/{slug}: a page has this address; give the course another slug")
    if hidden or (faults and not mend):
        raise click.ClickException("not all is well; --mend stores what is right")
    click.echo("All is well.")
