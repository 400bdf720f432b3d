"""A commit checked out beside the work tree, and a shop that its own program makes and fills."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from sqlalchemy import create_engine, inspect, text

from benchmarks.load.copies import url_of
from benchmarks.load.servers import BIN, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SHORT = 12


@dataclass(frozen=True)
class Side:
    """What is served: the code in `tree`, with the database at `url`."""

    name: str
    commit: str
    tree: Path
    url: str


@contextmanager
def side(name: str, revision: str, folder: Path, courses: int) -> Iterator[Side]:
    """Yield a commit with its shop in `folder`; its files are removed at the end, the shop is kept.

    ClickException when there is no such commit, or it cannot make its shop with the packages that
    are installed here.
    """
    commit = git("rev-parse", "--verify", "--short=12", f"{revision}^{{commit}}")
    place = folder.resolve() / "compare" / commit
    # Both may be the same commit, to see how much two of its runs differ.
    tree = place / f"tree-{name}"
    if tree.exists():
        # Of a run that was broken off.
        git("worktree", "remove", "--force", str(tree))
    git("worktree", "add", "--detach", "--force", str(tree), commit)
    try:
        yield Side(name, commit, tree, made(tree, place, courses))
    finally:
        git("worktree", "remove", "--force", str(tree))


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(done.stderr.strip())
    return done.stdout.strip()


def made(tree: Path, place: Path, courses: int) -> str:
    """Return the URL of the shop that the commit has made here, or makes now."""
    benchmarks(tree, "prepare", "--folder", str(place), "--courses", str(courses))
    ini = place / f"sqlite-{courses}.ini"
    url = url_of(ini)
    engine = create_engine(url)
    with engine.connect() as connection:
        # From before `prepare` did it.
        related = inspect(connection).has_table("related_course")
        some = related and connection.scalar(text("SELECT 1 FROM related_course LIMIT 1"))
    engine.dispose()
    if related and not some:
        run(tree, [str(BIN / "courseshop"), "relate", str(ini)])
    return url.render_as_string(hide_password=False)


def benchmarks(tree: Path, *arguments: str) -> str:
    """Return what a command of the commit's own benchmarks prints."""
    return run(tree, [sys.executable, "-m", "benchmarks", *arguments])


def run(tree: Path, command: Sequence[str]) -> str:
    """Return what a program of the commit prints; ClickException with its last words."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    environment.pop("BENCH_SERVER_URL", None)
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} in {tree}:\n{done.stderr[-2000:]}")
    return done.stdout
