from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from benchmarks.load import bare, nginx, report
from benchmarks.load.cases import CASES, COLD, COURSE
from benchmarks.load.checks import agree, count_queries
from benchmarks.load.measure import CHOSEN, ROUNDS, SECONDS, ask, find_wrk, measure, writes
from benchmarks.load.shop import NGINX, SERVERS, SHOP, copied
from benchmarks.shops import COURSES, FOLDER, ON, ready
from courseshop.models import Review, User
from courseshop.services import doctor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Shop, Site

ERRORS, WRONG = "errors of all that was asked: 0", "counters that are wrong: 0"
# Of all requests; what a process keeps has come together by then.
FIRST_PART = 0.3


@click.command()
@FOLDER
@ON
@COURSES
@click.option("--servers", type=click.Choice(SERVERS), multiple=True, default=SERVERS)
@CHOSEN
@ROUNDS
@SECONDS
@click.option("--requests", type=click.IntRange(0), default=100_000)
@report.JSON
def load(  # noqa: PLR0913 - the options of a command
    *,
    servers: Sequence[str],
    names: Sequence[str],
    rounds: int,
    seconds: int,
    requests: int,
    path: Path | None,
    **shops: Any,
) -> None:
    """Put shops, on real servers, under load, in turn with the same pages by others.

    The shops are those that `prepare` makes; they are made where they are not yet there.
    Everything happens in copies of the databases. At the end one process answers so many --requests
    for cold pages, to see how its memory grows.
    """
    find_wrk()
    cases, chosen = [CASES[name] for name in names], there(servers)
    number = writes(cases, sum(one in SHOP for one in chosen), rounds, seconds)
    found: dict[str, Any] = {}
    with ready(**shops) as databases:
        for name, url in databases.items():
            with copied(url, number) as shop:
                queries = count_queries(shop, cases, chosen)
                with started(shop, chosen, cases) as sites:
                    agree(sites)
                    rows = report.rows(measure(cases, sites, rounds, seconds), queries)
                targets = report.targets(rows)
                targets[ERRORS] = [sum(row.errors for row in rows)]
                targets[WRONG] = [wrong_counters(shop)]
                # One process is like another.
                targets |= life(shop, 0 if found else requests)
            report.show(name, rows, targets)
            found[name] = {"rows": rows, "targets": targets}
    report.write({"rounds": rounds, "seconds": seconds, **found}, path)
    if any(one["targets"][name] != [0] for one in found.values() for name in (ERRORS, WRONG)):
        raise click.ClickException("some requests failed, or what they wrote is counted wrong")


def there(servers: Sequence[str]) -> list[str]:
    """Return the servers without nginx where it is missing; the first is one of the shop."""
    if not set(SHOP) & set(servers):
        raise click.BadParameter(f"one of {', '.join(SHOP)} is missing", param_hint="--servers")
    found = [one for one in SERVERS if one in servers and (one not in NGINX or nginx.find())]
    if len(found) < len(set(servers)):
        click.echo("nginx is missing, so it is left out: apt-get install nginx-light", err=True)
    return found


@contextmanager
def started(shop: Shop, servers: Sequence[str], cases: Sequence[Case]) -> Iterator[list[Site]]:
    """Start all servers, and stop them at the end; the first is of the shop.

    So what disturbs one disturbs all, and one that nobody asks costs hardly anything.
    """
    with ExitStack() as stack:
        ours = stack.enter_context(shop.start(servers[0]))
        bare.record(ours, (case for case in cases if not case.writes), shop.folder / "answers")
        file = shop.folder / f"file{COURSE}"
        file.parent.mkdir(parents=True)
        file.write_bytes(ours.running.ask(COURSE, {"Accept": "text/html"}).body)
        others = (shop.start(server, behind=ours.running.port) for server in servers[1:])
        yield [ours, *map(stack.enter_context, others)]


def wrong_counters(shop: Shop) -> int:
    """Return how many courses count wrong, and how many reviews that were confirmed are lost."""
    mine = select(func.count()).select_from(Review).join(User, User.id == Review.author_id)
    mine = mine.where(User.username.startswith("writer"))
    engine = create_engine(shop.url)
    with Session(engine) as db:
        wrong, stored = len(doctor.wrong_counters(db)), db.scalar(mine) or 0
    engine.dispose()
    return wrong + max(0, shop.people.made - stored)


def life(shop: Shop, requests: int) -> dict[str, list[float]]:
    """Return how long a process takes to start, and how it grows by so many cold pages."""
    sizes, done = [], 0
    with shop.start("waitress") as site:
        for part in (FIRST_PART * requests, requests):
            while done < part:
                done += ask(COLD, site, seconds=5).requests
            sizes.append((done, site.running.memory()))
        found = {"seconds to the first answer: less than 2": [site.running.started]}
    (first, small), (last, large) = sizes
    if requests:
        found[f"MiB of a process after {last:,} cold pages: less than 120"] = [large]
        found[f"the same, of what it was after {first:,}: flat"] = [large / small]
    return found
