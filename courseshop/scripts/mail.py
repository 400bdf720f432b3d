from __future__ import annotations

import signal
from threading import Event
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import DBAPIError

from courseshop.database.transactions import writing
from courseshop.domain.shop import shop_of
from courseshop.mailing import send_all
from courseshop.mailing.transport import transport
from courseshop.scripts.common import INI, open_shop
from courseshop.services import mail as service

if TYPE_CHECKING:
    from pyramid.registry import Registry

SECONDS_BETWEEN_ROUNDS = 5


@click.command()
@click.argument("ini", type=INI)
@click.option("--loop", is_flag=True, help="Go on until stopped, looking every 5 seconds.")
@click.option("--status", is_flag=True, help="Show what waits or failed, and send nothing.")
@click.option("--retry", is_flag=True, help="Try all that waits or failed at once.")
def mail(ini: str, loop: bool, status: bool, retry: bool) -> None:
    """Send the mail that waits in the outbox, as courseshop.mail says: to a server or the console.

    Several may run at the same time. A server that does not answer loses nothing: its mail is
    tried again, later each time. A message that is refused eight times is failed, and shown by
    --status. Exits with 1 when something failed now.
    """
    registry = open_shop(ini)
    if status:
        show(registry)
        return
    if retry:
        with writing(registry) as request:
            click.echo(f"{service.retry(request.db)} to try again.", err=True)
    if loop:
        go_on(registry)
    elif send_round(registry)["failed"]:
        raise click.ClickException("see courseshop mail INI --status")


def go_on(registry: Registry) -> None:
    """Send in rounds until a signal ends the last one.

    As an exception it could come where Python has to ignore one, or between the server's yes and
    the note of it.
    """
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set():
        try:
            send_round(registry)
        except DBAPIError as error:
            # It may be back at the next round.
            click.echo(f"sqlalchemy.url: {str(error.orig).splitlines()[0]}", err=True)
        stopped.wait(SECONDS_BETWEEN_ROUNDS)


def send_round(registry: Registry) -> dict[str, int]:
    with transport(shop_of(registry).settings.mail, click.echo) as send:
        done = send_all(registry, send)
    if any(done.values()):
        click.echo(", ".join(f"{number} {state}" for state, number in done.items()), err=True)
    return done


def show(registry: Registry) -> None:
    with writing(registry) as request:
        counts, unsent = service.counts(request.db), service.unsent(request.db)
    click.echo(
        ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "empty"
    )
    for row in unsent:
        due = f"due {row.due_at:%Y-%m-%d %H:%M}" if row.state == "waiting" else "failed"
        click.echo(f"{row.id}  {row.kind}  to {row.address}  {due}  {row.error}".rstrip())
