"""How the cost of pages grows with the shop: a small and a large one, asked in turn."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import click
from pyramid.paster import get_appsettings
from sqlalchemy import func, select
from webob import Request

from benchmarks.data.plan import COMMON, MIDDLING
from courseshop import main
from courseshop.domain.shop import shop_of
from courseshop.models import Course
from courseshop.scripts.common import INI
from courseshop.services.paging import Cursor, moment_to_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# "json " in front asks for that form. DEEP stands for a cursor far from the first page.
PAGES = (
    "/courses/bench-10-reviews",
    "json /courses/bench-10-reviews",
    "/courses",
    "/courses?after=DEEP",
    "/categories/programming",
    "/courses?level=beginner",
    "/courses?language=de",
    "/courses?price=free",
    "/courses?price=paid&rating=4.5&sort=price",
    "/courses?price=free&language=fr&level=advanced",
    f"/courses?q={COMMON}",
    f"/courses?q={MIDDLING}",
)
DEEPEST = 20_000
FORMS = {"json": "application/json", "": "text/html"}
WARM_UP = 3
LINE = "{:<47}{:>20}{:>20}{:>8}"


class Site:
    """The application of an .ini, which makes each page anew; `courses` is how many it has."""

    def __init__(self, ini: str) -> None:
        # Sent again, a page costs the same in a shop of any size.
        self.app = main({}, **{**get_appsettings(ini), "courseshop.kept_mib": "0"})
        self.engine = shop_of(self.app.registry).engine
        with self.engine.connect() as connection:
            self.courses = connection.scalar(select(func.count(Course.id))) or 0
            course_id = self.courses - min(DEEPEST, self.courses // 2)
            which = select(Course.listed_at).where(Course.id == course_id)
            moment = connection.execute(which).scalar_one()
        self.deep = Cursor(moment_to_key(moment), course_id).encode()

    def cost(self, page: str, clock: Callable[[], float]) -> float:
        """Return how many milliseconds one of PAGES takes; ClickException unless it is there."""
        form, _space, path = page.rpartition(" ")
        request = Request.blank(path.replace("DEEP", self.deep), headers={"Accept": FORMS[form]})
        start = clock()
        status, _headers, parts = request.call_application(self.app)
        b"".join(parts)
        spent = clock() - start
        if not status.startswith("200"):
            raise click.ClickException(f"{page} answers {status}; is the shop filled?")
        return 1_000 * spent


@click.command()
@click.argument("small", type=INI)
@click.argument("large", type=INI)
@click.option("--rounds", type=click.IntRange(1), default=30)
def scale(small: str, large: str, rounds: int) -> None:
    """Measure how much more the pages of the shop LARGE cost than those of SMALL.

    On SQLite that is the processor's time; a database server spends its own, so there the time
    until the answer counts. All in one process, after a warm-up, the median of all rounds.
    """
    sites = [Site(small), Site(large)]
    is_local = all(site.engine.dialect.name == "sqlite" for site in sites)
    clock = time.process_time if is_local else time.perf_counter
    costs = measure(sites, rounds, clock)
    click.echo(f"{clock.__name__}, ms per request, median of {rounds} rounds")
    shops = (f"{site.engine.dialect.name} {site.courses:,}" for site in sites)
    click.echo(LINE.format("page", *shops, "ratio"))
    for page, (less, more) in costs.items():
        click.echo(LINE.format(page, *(f"{one:.2f}" for one in (less, more, more / less))))
    for site in sites:
        site.engine.dispose()


def measure(
    sites: Sequence[Site], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return for each page the medians of milliseconds at each shop.

    The shops take turns in each round, so that what disturbs one disturbs all.
    """
    costs: dict[str, list[list[float]]] = {page: [] for page in PAGES}
    for _number in range(WARM_UP + rounds):
        for page, known in costs.items():
            known.append([site.cost(page, clock) for site in sites])
    return {page: [*map(median, zip(*some[WARM_UP:], strict=True))] for page, some in costs.items()}
