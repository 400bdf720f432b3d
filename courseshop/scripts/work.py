from __future__ import annotations

import signal
from threading import Event
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import DBAPIError

from courseshop.jobs.worker import enqueue_recurring, run_due
from courseshop.scripts.common import INI, open_shop

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection

    from pyramid.registry import Registry

SECONDS_BETWEEN_ROUNDS = 5
# Outcomes that are shown by another name.
NAMES = {"needless": "no longer needed"}


@click.command()
@click.argument("ini", type=INI)
@click.option("--once", is_flag=True, help="Run all due jobs, then exit.")
def work(ini: str, once: bool) -> None:
    """Run jobs: send mail, remove outdated rows, and whatever plugins enqueue.

    Keeps running, and checks for due jobs every 5 seconds; SIGTERM and Ctrl-C end it after the
    current job. Several workers may run at the same time. If one is killed, another one runs its
    job again after ten minutes.
    """
    registry = open_shop(ini)
    if once:
        enqueue_recurring(registry)
        report(run_due(registry))
    else:
        go_on(registry)


def go_on(registry: Registry, kinds: Collection[str] | None = None) -> None:
    """Run due jobs until SIGINT or SIGTERM; finish the current job first.

    A KeyboardInterrupt could be raised where Python ignores exceptions, or after a mail server
    accepted a message and before that is stored.
    """
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.is_set():
        try:
            if kinds is None:
                enqueue_recurring(registry)
            report(run_due(registry, kinds, stopped.is_set))
        except DBAPIError as error:
            # The database may be back in the next round.
            click.echo(f"sqlalchemy.url: {str(error.orig).splitlines()[0]}", err=True)
        stopped.wait(SECONDS_BETWEEN_ROUNDS)


def report(done: Counter[tuple[str, str]]) -> None:
    """Print the number of jobs by kind and outcome, a line for each kind."""
    for kind in sorted({kind for kind, _outcome in done}):
        counts = {outcome: number for (one, outcome), number in done.items() if one == kind}
        click.echo(f"{kind}: {listed(counts)}", err=True)


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {NAMES.get(name, name)}" for name, number in sorted(counts.items()))
