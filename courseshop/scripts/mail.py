from __future__ import annotations

from typing import TYPE_CHECKING

import click

from courseshop.database.transactions import writing
from courseshop.jobs.worker import run_due
from courseshop.models import Job
from courseshop.scripts.common import INI, open_shop
from courseshop.scripts.work import go_on, listed, report
from courseshop.services import job
from courseshop.services.mail import KIND, parse

if TYPE_CHECKING:
    from pyramid.registry import Registry

MAIL = Job.kind == KIND


@click.command()
@click.argument("ini", type=INI)
@click.option("--loop", is_flag=True, help="Keep running, and check the outbox every 5 seconds.")
@click.option("--status", is_flag=True, help="List waiting and failed messages; send nothing.")
@click.option("--retry", is_flag=True, help="Retry all waiting and failed messages now.")
def mail(ini: str, loop: bool, status: bool, retry: bool) -> None:
    """Send the mail in the outbox to the server or console in the setting courseshop.mail.

    This is `courseshop work` for mail alone. Several instances may run at the same time. If the
    server is down, no message is lost: every message is retried, at growing intervals. After eight
    refusals a message is marked as failed; --status lists it. Exits with 1 if a message failed in
    this run.
    """
    registry = open_shop(ini)
    if status:
        show(registry)
        return
    if retry:
        with writing(registry) as request:
            click.echo(f"{job.retry(request.db, MAIL)} to retry.", err=True)
    if loop:
        go_on(registry, {KIND})
    else:
        send_once(registry)


def send_once(registry: Registry) -> None:
    done = run_due(registry, {KIND})
    report(done)
    if done[KIND, "failed"]:
        raise click.ClickException("messages failed; run: courseshop mail INI --status")


def show(registry: Registry) -> None:
    with writing(registry) as request:
        counts, unsent = job.counts(request.db, MAIL), job.unfinished(request.db, MAIL)
    click.echo(listed(counts) or "empty")
    for row in unsent:
        due = f"due {row.run_at:%Y-%m-%d %H:%M}" if row.state == "waiting" else "failed"
        message = parse(row.payload)
        click.echo(f"{row.id}  {message.kind}  to {message.address}  {due}  {row.error}".rstrip())
