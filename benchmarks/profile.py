"""Where the time of a page goes: py-spy looks at a server that wrk puts under load."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from benchmarks.load.cases import CASES, COLD
from benchmarks.load.measure import ask, find_wrk
from benchmarks.load.shop import BIN, copied
from benchmarks.shops import COURSES, FOLDER, ON, ready

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Site

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


@click.command()
@FOLDER
@ON
@COURSES
@click.option("--case", "name", type=click.Choice(list(CASES)), default=COLD.name)
@click.option("--seconds", type=click.IntRange(1), default=10)
def profile(*, name: str, seconds: int, **shops: Any) -> None:
    """Tell in which layers the shop on waitress spends the time of a case, as parts of a hundred.

    It needs the right to look into another process (root, for the most part).
    """
    find_wrk()
    case = CASES[name]
    with ready(**shops) as databases:
        for kind, url in databases.items():
            with copied(url) as shop, shop.start("waitress") as site:
                found = layers(record(site, case, seconds, shop.folder / "stacks"))
            click.echo(f"{kind}, {case.what}:")
            for layer, part in found:
                click.echo(f"{part:5.0%}  {layer}")


def record(site: Site, case: Case, seconds: int, file: Path) -> list[str]:
    """Return the stacks that py-spy has seen under load: frames, and how often, in a line each."""
    look = [str(BIN / "py-spy"), "record", "--format", "raw", "--gil", "--output", str(file)]
    look += ["--pid", str(site.running.process.pid), "--duration", str(seconds)]
    spy = subprocess.Popen(look, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ask(case, site, seconds + 1)
    if spy.wait():
        raise click.ClickException("py-spy may not look at the server: it needs to be root")
    return file.read_text("utf-8").splitlines()


def layers(stacks: Iterable[str]) -> list[tuple[str, float]]:
    """Return the layers with their parts of the whole, the largest first."""
    seen: Counter[str] = Counter()
    for stack in stacks:
        frames, _blank, times = stack.rpartition(" ")
        # What has started waitress is below all that its first thread does.
        frames = frames.rpartition("courseshop/server/")[2]
        layer = (name for name, files in LAYERS.items() if any(file in frames for file in files))
        seen[next(layer, "other")] += int(times)
    return [(name, times / seen.total()) for name, times in seen.most_common()]
