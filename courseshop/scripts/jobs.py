from __future__ import annotations

from typing import TYPE_CHECKING

import click

from courseshop.database.transactions import writing
from courseshop.domain.clock import now
from courseshop.jobs import kinds_of
from courseshop.models import Job
from courseshop.scripts.common import INI, open_shop
from courseshop.scripts.work import listed
from courseshop.services import job

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyramid.registry import Registry

    from courseshop.models.rows import JobRow


@click.command()
@click.argument("ini", type=INI)
@click.option("--failed", is_flag=True, help="List only the jobs that failed for good.")
@click.option("--retry", metavar="ID", type=int, multiple=True, help="Run this job again soon.")
def jobs(ini: str, failed: bool, retry: tuple[int, ...]) -> None:
    """List the jobs that wait, run or failed, and count the others.

    `courseshop work` runs them.
    """
    registry = open_shop(ini)
    if retry:
        make_due(registry, retry)
        return
    show(registry, failed=failed)


def make_due(registry: Registry, ids: Collection[int]) -> None:
    with writing(registry) as request:
        if job.retry(request.db, Job.id.in_(ids)) < len(set(ids)):
            request.tm.doom()
            raise click.ClickException("only a job that waits or failed can be retried")
    click.echo(f"{len(set(ids))} to retry.", err=True)


def show(registry: Registry, *, failed: bool) -> None:
    conditions = (Job.state == "failed",) if failed else ()
    with writing(registry) as request:
        counts = job.counts(request.db, *conditions)
        rows = job.unfinished(request.db, *conditions)
    click.echo(listed(counts) or "no jobs")
    for row in rows:
        click.echo(line(row, kinds_of(registry)))


def line(row: JobRow, kinds: Collection[str]) -> str:
    """Return a job as a line: id, kind, what it waits for, its attempts and its last error."""
    if row.state == "failed":
        state = "failed"
    elif row.kind not in kinds:
        state = "unknown kind; its plugin is not in pyramid.includes"
    elif row.lease_until and row.lease_until > now():
        state = f"running, until {row.lease_until:%Y-%m-%d %H:%M}"
    else:
        state = f"due {row.run_at:%Y-%m-%d %H:%M}"
    return f"{row.id}  {row.kind}  {state}  {row.attempts} attempts  {row.error}".rstrip()
