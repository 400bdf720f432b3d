"""Schemathesis against a running shop, as somebody with a role: in tests bounded, else for hours.

python tests/fuzzing.py --minutes 60 --role student
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from helpers import Shop, serving, write_ini
from writers import Writer

CONFIG = str(Path(__file__).with_name("schemathesis.toml"))
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(__file__).parent),
    "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
}
PHASES = "examples,coverage,fuzzing,stateful"
ROLES = ("guest", "student", "instructor", "moderator")
# Their own account they would delete, and be nobody.
NOT_OF_THE_ACCOUNT = "^/(courses|categories|people|wishlists|moderation|account/invitations)"
# A course that was deleted is archived: its instructors still see it. And what a form deletes by
# POST, the tool takes to be there still. A course that is not published is 404, not 401, to a guest:
# that all of these ask for an account, is held against the access matrix.
OF_ACCOUNTS = "use_after_free,ensure_resource_availability,ignored_auth"


def open_shop(folder: Path, url: str, role: str) -> tuple[Path, list[str]]:
    """Return the ini of the demo shop at `url`, and how schemathesis asks it with this role."""
    ini = write_ini(folder, url)
    shop = Shop.open(ini)
    options = []
    if role != "guest":
        token = Writer(shop, f"some-{role}", role).token
        options = ["--header", f"Authorization: Bearer {token}"]
        options += ["--include-path-regex", NOT_OF_THE_ACCOUNT, "--exclude-checks", OF_ACCOUNTS]
    shop.close()
    return ini, options


def make_demo(folder: Path, url: str) -> str:
    """Fill an empty database with the demo; return its URL."""
    shop = Shop.open(write_ini(folder, url))
    shop.init(demo=True)
    shop.close()
    return url


def run(base: str, folder: Path, options: list[str], accept: str = "application/json") -> str:
    """Run all checks of a served shop; return what was printed, AssertionError if something failed."""
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", CONFIG, "run"]
    command += [f"{base}/openapi.json", "--checks", "all", "--no-color"]
    command += ["--header", f"Accept: {accept}", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout
    return done.stdout


@click.command()
@click.option(
    "--minutes", type=click.IntRange(1), default=60, show_default=True, help="For each role."
)
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, default=ROLES)
@click.option(
    "--url", default="", help="An empty database, by SQLAlchemy's URL; without it a new SQLite."
)
def fuzz(minutes: int, roles: tuple[str, ...], url: str) -> None:
    """Ask a shop anything, as guest, student, instructor and moderator, each time something else."""
    for role in roles:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            ini, options = open_shop(
                folder, make_demo(folder, url or f"sqlite:///{folder}/shop.sqlite"), role
            )
            click.echo(f"{role}: {minutes} minutes")
            budget = ["--max-time", str(60 * minutes), "--max-examples", "1000000"]
            with serving(ini) as base:
                try:
                    click.echo(run(base, folder, [*options, *budget])[-2_000:])
                except AssertionError as failed:
                    raise click.ClickException(str(failed)) from None


if __name__ == "__main__":
    fuzz()
