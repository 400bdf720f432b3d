"""Two commits side by side: each with its own code and data, asked in turn."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import make_url

from benchmarks.load import report
from benchmarks.load.cases import CASES
from benchmarks.load.measure import CHOSEN, ROUNDS, SECONDS, find_wrk, measure, writes
from benchmarks.load.people import run_benchmarks
from benchmarks.load.shop import copied
from benchmarks.shops import FOLDER, ROOT, SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.argument("old")
@click.argument("new")
@FOLDER
@click.option("--courses", type=SIZE, default=1_000)
@CHOSEN
@ROUNDS
@SECONDS
@report.JSON
def compare(  # noqa: PLR0913 - the options of a command
    *,
    old: str,
    new: str,
    folder: Path,
    courses: int,
    names: Sequence[str],
    rounds: int,
    seconds: int,
    path: Path | None,
) -> None:
    """Compare the commits OLD and NEW on waitress and SQLite.

    Each has its own code, and a shop and people that it makes itself, by the packages that are
    installed here; it has had the command `people` since 71078ac. They are measured in pairs, in
    alternating order.
    """
    find_wrk()
    cases, sites = [CASES[name] for name in names], []
    found = (git("rev-parse", "--short=12", one).decode().strip() for one in (old, new))
    commits = dict(zip(("old", "new"), found, strict=True))
    with ExitStack() as stack:
        for name, commit in commits.items():
            place = folder.resolve() / "compare" / commit
            tree = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            with tarfile.open(fileobj=BytesIO(git("archive", commit))) as archive:
                archive.extractall(tree, filter="data")
            run_benchmarks(tree, "prepare", "--folder", str(place), "--courses", str(courses))
            url = make_url(f"sqlite:///{place}/sqlite-{courses}.sqlite")
            shop = stack.enter_context(copied(url, writes(cases, 1, rounds, seconds), tree))
            sites.append(stack.enter_context(shop.start("waitress", name)))
        rows = report.rows(measure(cases, sites, rounds, seconds), {})
    report.show(f"{commits['old']} (old) and {commits['new']} (new)", rows, {})
    report.write({"commits": commits, "rows": rows}, path)
    if any(row.errors for row in rows):
        raise click.ClickException("some requests failed")


def git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr.decode().strip())
    return done.stdout
