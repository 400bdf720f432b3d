"""Where the time of a page goes: py-spy looks at a server that wrk puts under load."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.load import wrk
from benchmarks.load.asking import asking
from benchmarks.load.cases import chosen
from benchmarks.load.command import urls_of
from benchmarks.load.contest import Match, contest
from benchmarks.load.measure import Pace
from benchmarks.load.options import shop_options
from benchmarks.load.servers import SHOP, Entrant
from courseshop.scripts.common import INI

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.load.cases import Case
    from benchmarks.load.contest import Contest

CLIENTS, FASTEST = 8, 5_000
# Of a stack the first layer that one of its frames is of, as py-spy calls the files.
LAYERS = {
    "templates": (".jinja2:", "jinja2/"),
    "database": ("sqlalchemy/", "courseshop/database/", "courseshop/services/"),
    "what a page says": (
        *("courseshop/views/", "courseshop/resources.py", "courseshop/framework/resource.py"),
        *("courseshop/framework/page.py", "courseshop/framework/panels.py"),
    ),
    "Pyramid and WebOb": ("pyramid", "webob/", "zope/", "courseshop/"),
    "waitress": ("waitress/",),
}
OTHER = "other"
WAITRESS = "courseshop/server/"


@click.command()
@click.argument("inis", metavar="[INI]...", type=INI, nargs=-1)
@shop_options
@click.option("--case", "name", default="course-html-guest-cold", show_default=True)
@click.option("--seconds", type=click.IntRange(1), default=10, show_default=True)
def profile(*, inis: tuple[str, ...], shops: dict[str, Any], name: str, seconds: int) -> None:
    """Tell in which layers the shop on waitress spends the time of a case, as parts of a hundred.

    It needs the right to look into another process (root, for the most part).
    """
    wrk.find()
    case, pace = chosen([name])[0], Pace(1, seconds, CLIENTS)
    match = Match([case], ("waitress",), pace, 1)
    with urls_of(inis, shops) as urls:
        for url in urls:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                with contest(url, Path(folder), match) as one:
                    found = layers(record(one, case, seconds, Path(folder) / "stacks"))
                click.echo(f"{one.database}, {case.what}:")
            for layer, part in found:
                click.echo(f"{part:5.0%}  {layer}")


def record(one: Contest, case: Case, seconds: int, file: Path) -> list[str]:
    """Return the stacks that py-spy has seen under load: frames, and how often, in a line each."""
    with one.started(SHOP["waitress"]) as running:
        asked = asking(case, Entrant(SHOP["waitress"], running), one.people, seconds * FASTEST)
        py_spy = str(Path(sys.executable).parent / "py-spy")
        look = [py_spy, "record", "--format", "raw", "--gil", "--output", str(file)]
        look += ["--pid", str(running.process.pid), "--duration", str(seconds)]
        spy = subprocess.Popen(look, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wrk.run(wrk.Load(running.base, asked.asked, asked.headers, CLIENTS, seconds + 1))
        if spy.wait():
            raise click.ClickException("py-spy may not look at the server: it needs to be root")
    return file.read_text("utf-8").splitlines()


def layers(stacks: Iterable[str]) -> list[tuple[str, float]]:
    """Return the layers with their parts of the whole, the largest first."""
    seen: Counter[str] = Counter()
    for stack in stacks:
        frames, _blank, times = stack.rpartition(" ")
        # What has started waitress is below all that its first thread does.
        frames = frames.rpartition(WAITRESS)[2]
        seen[layer_of(frames)] += int(times)
    return [(layer, times / seen.total()) for layer, times in seen.most_common()]


def layer_of(frames: str) -> str:
    return next((name for name, files in LAYERS.items() if any(f in frames for f in files)), OTHER)
