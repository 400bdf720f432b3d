from __future__ import annotations

import click

from courseshop.db import writing
from courseshop.scripts.common import INI, open_shop
from courseshop.services import doctor as service


@click.command()
@click.argument("ini", type=INI)
@click.option("--mend", is_flag=True, help="Store the right counts.")
def doctor(ini: str, mend: bool) -> None:
    """Count again what courses count: reviews by their stars, and students.

    Also name courses whose address a page of the shop or of a plugin has taken. Exits with 1 when
    something is wrong and was not mended.
    """
    registry = open_shop(ini)
    with writing(registry) as request:
        wrong = service.wrong_counters(request.db)
        for course, counters in wrong:
            if mend:
                service.mend(request.db, course.id, counters)
        hidden = service.hidden_slugs(request.db, registry["courseshop.reserved"])
    for course, counters in wrong:
        right = ", ".join(f"{name} is {value}" for name, value in counters.items())
        click.echo(f"/courses/{course.slug}: {'mended' if mend else 'wrong'}; {right}")
    for slug in hidden:
        click.echo(f"/courses/{slug}: a page has this address; give the course another slug")
    if hidden or (wrong and not mend):
        raise click.ClickException("not all is well; --mend stores the right counts")
    click.echo("All is well.")
