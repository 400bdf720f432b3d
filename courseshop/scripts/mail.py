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
    from collections.abc import Mapping

    from pyramid.registry import Registry

SECONDS_BETWEEN_ROUNDS = 5
# States that are shown by another name.
NAMES = {"needless": "no longer needed"}


@click.command()
@click.argument("ini", type=INI)
@click.option("--loop", is_flag=True, help="Keep running, and check the outbox every 5 seconds.")
@click.option("--status", is_flag=True, help="List waiting and failed messages; send nothing.")
@click.option("--retry", is_flag=True, help="Retry all waiting and failed messages now.")
def mail(ini: str, loop: bool, status: bool, retry: bool) -> None:
    """Send the mail in the outbox to the server or console in the setting courseshop.mail.

    Several instances may run at the same time. If the server is down, no message is lost: every
    message is retried, at growing intervals. After eight refusals a message is marked as failed;
    --status lists it. Exits with 1 if a message failed in this run.
    """
    registry = open_shop(ini)
    if status:
        show(registry)
        return
    if retry:
        with writing(registry) as request:
            click.echo(f"{service.retry(request.db)} to retry.", err=True)
    if loop:
        go_on(registry)
    elif send_round(registry)["failed"]:
        raise click.ClickException("messages failed; run: courseshop mail INI --status")


def go_on(registry: Registry) -> None:
    """Send rounds of mail until SIGINT or SIGTERM; finish the current round first.

    A KeyboardInterrupt could be raised where Python ignores exceptions, or after the server
    accepted a message and before its state is stored.
    """
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set():
        try:
            send_round(registry)
        except DBAPIError as error:
            # The database may be back in the next round.
            click.echo(f"sqlalchemy.url: {str(error.orig).splitlines()[0]}", err=True)
        stopped.wait(SECONDS_BETWEEN_ROUNDS)


def send_round(registry: Registry) -> dict[str, int]:
    with transport(shop_of(registry).settings.mail, click.echo) as send:
        done = send_all(registry, send)
    if any(done.values()):
        click.echo(listed(done), err=True)
    return done


def listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {NAMES.get(state, state)}" for state, number in counts.items())


def show(registry: Registry) -> None:
    with writing(registry) as request:
        counts, unsent = service.counts(request.db), service.unsent(request.db)
    click.echo(listed(dict(sorted(counts.items()))) or "empty")
    for row in unsent:
        due = f"due {row.due_at:%Y-%m-%d %H:%M}" if row.state == "waiting" else "failed"
        click.echo(f"{row.id}  {row.kind}  to {row.address}  {due}  {row.error}".rstrip())
