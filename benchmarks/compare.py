"""Two commits side by side: each with its own code and data, asked in turn."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.data.command import COURSES
from benchmarks.load import options, report, wrk
from benchmarks.load.cases import chosen
from benchmarks.load.measure import Pace, measure
from benchmarks.load.people import run_benchmarks
from benchmarks.load.shop import ROOT, copied, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@click.command()
@click.argument("old")
@click.argument("new")
@options.FOLDER
@click.option("--courses", type=COURSES, default=1_000, show_default=True)
@options.CASES
@options.ROUNDS
@options.SECONDS
@options.CLIENTS
@options.JSON
def compare(  # noqa: PLR0913 - the options of a command
    *,
    old: str,
    new: str,
    folder: Path,
    courses: int,
    patterns: Sequence[str],
    rounds: int,
    seconds: int,
    clients: int,
    path: Path | None,
) -> None:
    """Compare the commits OLD and NEW on waitress, one process, and SQLite.

    Each is served from a work tree of its own with a shop and people that it makes itself, by the
    packages that are installed here; it has had the command `people` since 71078ac. They are
    measured in pairs, in alternating order.
    """
    wrk.find()
    cases, pace, sites = chosen(patterns), Pace(rounds, seconds, clients), []
    commits = {name: commit_of(one) for name, one in {"old": old, "new": new}.items()}
    with ExitStack() as stack:
        for name, commit in commits.items():
            place = folder.resolve() / "compare" / commit
            # Both may be the same commit, to see how much two of its runs differ.
            tree = stack.enter_context(tree_of(commit, place / f"tree-{name}"))
            run_benchmarks(tree, "prepare", "--folder", str(place), "--courses", str(courses))
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            url = url_of(place / f"sqlite-{courses}.ini")
            shop = stack.enter_context(copied(url, scratch, pace.writes(cases, 1), root=tree))
            sites.append(stack.enter_context(shop.start("waitress", name)))
        rows = report.rows(list(measure(cases, sites, pace)), cases, {})
    report.show(f"{commits['old']} (old) and {commits['new']} (new)", rows, {})
    report.write({"commits": commits, "rows": rows}, path)
    if any(row.errors for row in rows):
        raise click.ClickException("some requests failed")


def commit_of(revision: str) -> str:
    """Return the short name of a commit, or raise a ClickException where there is none."""
    return git("rev-parse", "--verify", "--short=12", f"{revision}^{{commit}}")


@contextmanager
def tree_of(commit: str, path: Path) -> Iterator[Path]:
    """Yield a work tree of a commit, which is removed at the end."""
    if path.exists():
        # Of a run that was broken off.
        git("worktree", "remove", "--force", str(path))
    git("worktree", "add", "--detach", "--force", str(path), commit)
    try:
        yield path
    finally:
        git("worktree", "remove", "--force", str(path))


def git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr.strip())
    return done.stdout.strip()
