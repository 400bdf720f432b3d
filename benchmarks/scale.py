"""How the cost of pages grows with the shop: a small and a large one, asked in turn."""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import orjson
from pyramid.paster import get_appsettings
from sqlalchemy import func, select
from webob import Request

from benchmarks.data import COMMON, MIDDLING, RARE, SPECIAL
from courseshop import main
from courseshop.domain.shop import shop_of
from courseshop.models import Course
from courseshop.scripts.common import INI
from courseshop.services.paging import Cursor, moment_to_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# "json " in front asks for that form. DEEP stands for a cursor far from the first page.
PAGES = (
    *(f"/courses/{slug}" for slug in SPECIAL),
    *(f"json /courses/{slug}" for slug in SPECIAL),
    "/courses",
    "json /courses",
    "/courses?after=DEEP",
    "json /courses?after=DEEP",
    "/categories/programming",
    f"/courses?q={COMMON}",
    f"/courses?q={MIDDLING}",
    f"/courses?q={RARE}",
    "/courses?level=beginner",
    "/courses?language=de",
    "/courses?price=free",
    "/courses?price=paid&rating=4.5&sort=price",
    "/courses?price=free&language=fr&level=advanced",
    "/courses?max_minutes=60&sort=title",
    "/courses?sort=rating",
    "/courses?sort=popular",
    f"/courses?q={COMMON}&sort=relevance",
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
@click.option("--rounds", type=click.IntRange(1), default=30, show_default=True)
@click.option("--json", "file", type=click.File("wb"), help="Write the figures there, too.")
def scale(small: str, large: str, rounds: int, file: BinaryIO | None) -> None:
    """Measure how much more the pages of the shop LARGE cost than those of SMALL.

    On SQLite that is the processor's time; a database server spends its own, so there the time
    until the answer counts. All in one process, after a warm-up, the median of all rounds.
    """
    sites = [Site(small), Site(large)]
    report = measure(sites, rounds)
    for site in sites:
        site.engine.dispose()
    show(report)
    if file:
        file.write(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def measure(sites: Sequence[Site], rounds: int) -> dict[str, Any]:
    """Return the report: for each page milliseconds at both shops, and their ratio.

    The shops take turns in each round, so that what disturbs one disturbs both.
    """
    shops = [{"courses": one.courses, "database": one.engine.dialect.name} for one in sites]
    is_local = all(shop["database"] == "sqlite" for shop in shops)
    clock = time.process_time if is_local else time.perf_counter
    with click.progressbar(range(WARM_UP + rounds), label="Rounds", file=sys.stderr) as numbers:
        costs = [[[one.cost(page, clock) for one in sites] for page in PAGES] for _ in numbers]
    pages = map(figures, PAGES, zip(*costs[WARM_UP:], strict=True))
    return {"clock": clock.__name__, "rounds": rounds, "shops": shops, "pages": list(pages)}


def figures(page: str, costs: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return the medians of what a page cost at the small shop and at the large one."""
    small, large = (median(one) for one in zip(*costs, strict=True))
    return {"page": page, "small_ms": small, "large_ms": large, "ratio": large / small}


def show(report: dict[str, Any]) -> None:
    click.echo(f"{report['clock']}, ms per request, median of {report['rounds']} rounds")
    shops = [f"{shop['database']} {shop['courses']:,}" for shop in report["shops"]]
    click.echo(LINE.format("page", *shops, "ratio"))
    for page, *numbers in (one.values() for one in report["pages"]):
        click.echo(LINE.format(page, *(f"{number:.2f}" for number in numbers)))
