from __future__ import annotations

import click

from courseshop.db import writing
from courseshop.scripts.common import INI, open_shop
from courseshop.services import doctor as service
from courseshop.services import recount, wishlist


@click.command()
@click.argument("ini", type=INI)
@click.option("--mend", is_flag=True, help="Store what is right.")
def doctor(ini: str, mend: bool) -> None:
    """Count again what courses count, and what lists of them are sorted, found and counted by.

    Also name accounts without a wishlist, and courses whose address a page of the shop or of a
    plugin has taken. Exits with 1 when something is wrong and was not mended.
    """
    registry = open_shop(ini)
    with writing(registry) as request:
        wrong = service.wrong_counters(request.db)
        for course, counters in wrong:
            if mend:
                service.mend(request.db, course.id, counters)
        bare = service.without_wishlist(request.db)
        for person in bare if mend else ():
            wishlist.begin(request.db, person.id)
        faults = recount.faults(request.db)
        for fault in faults if mend else ():
            fault.mend(request.db)
        hidden = service.hidden_slugs(request.db, registry["courseshop.reserved"])
    for course, counters in wrong:
        right = ", ".join(f"{name} is {value}" for name, value in counters.items())
        click.echo(f"/courses/{course.slug}: {'mended' if mend else 'wrong'}; {right}")
    for person in bare:
        click.echo(f"/people/{person.username}: {'mended' if mend else 'wrong'}; has no wishlist")
    for fault in faults:
        click.echo(f"{fault.where}: {'mended' if mend else 'wrong'}; {fault.right}")
    for slug in hidden:
        click.echo(f"/courses/{slug}: a page has this address; give the course another slug")
    if hidden or ((wrong or bare or faults) and not mend):
        raise click.ClickException("not all is well; --mend stores what is right")
    click.echo("All is well.")
