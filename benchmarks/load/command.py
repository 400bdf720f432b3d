from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from benchmarks.load import cases as known
from benchmarks.load import nginx, table, wrk
from benchmarks.load import report as pages
from benchmarks.load.contest import Match
from benchmarks.load.copies import url_of
from benchmarks.load.options import Some, pace_options, shop_options
from benchmarks.load.run import Run
from benchmarks.load.servers import NGINX, PEERS, SHOP
from benchmarks.shops import ready
from courseshop.scripts.common import INI

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL

    from benchmarks.load.measure import Pace

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("inis", metavar="[INI]...", type=INI, nargs=-1)
@shop_options
@click.option("--servers", type=Some(SHOP, least=1), default="all", show_default=True)
@click.option("--peers", type=Some(PEERS), default="all", show_default=True, help="Compared with.")
@click.option("--case", "patterns", multiple=True, help='Only cases called like "course-*-warm".')
@click.option("--quick", is_flag=True, help="Only some cases.")
@pace_options
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--requests",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="After which to look at the memory of a process; 0: not at all.",
)
@click.option("--json", "json_path", type=FILE, help="Write the figures to this file, too.")
@click.option("--html", "html_path", type=FILE, help="Write a report with charts to this file.")
def load(  # noqa: PLR0913 - the options of a command
    *,
    inis: tuple[str, ...],
    shops: dict[str, Any],
    servers: tuple[str, ...],
    peers: tuple[str, ...],
    patterns: tuple[str, ...],
    quick: bool,
    pace: Pace,
    processes: int,
    requests: int,
    json_path: Path | None,
    html_path: Path | None,
) -> None:
    """Put the shops of INI, on real servers, under load, in turn with the same pages by others.

    Without INI these are the shops that `prepare` makes, which are made where they are not yet
    there. Everything happens in copies of the databases. A --case that fits none lists them all.
    """
    wrk.find()
    cases = known.chosen(patterns or (known.QUICK if quick else ()))
    match = Match(cases, (*servers, *there(peers)), pace, processes)
    with urls_of(inis, shops) as urls:
        report = Run(urls, match, requests).report()
    table.show(report)
    if json_path:
        json_path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    if html_path:
        pages.write(report, html_path)
    if any(row["errors"] or row["counters"] is False for row in report["rows"]):
        raise click.ClickException("some requests failed, or what they wrote is counted wrong")


def there(peers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the peers without those that need nginx where it is missing, and say so."""
    if nginx.find() or not set(NGINX) & set(peers):
        return peers
    click.echo("nginx is missing, so it is left out: apt-get install nginx-light", err=True)
    return tuple(name for name in peers if name not in NGINX)


@contextmanager
def urls_of(inis: Sequence[str], shops: dict[str, Any]) -> Iterator[list[URL]]:
    """Yield the URLs of the databases that the inis name, or of those that are made."""
    if inis:
        yield [url_of(ini) for ini in inis]
        return
    with ready(**shops) as made:
        yield [url_of(ini) for ini in made]
