"""Upgrade a database by processes that end after each statement: `killing.py URL STEP PATH …`.

Each process ends STEP statements after the last that stayed or was tried, until one is done.
Prints the statements after which they ended. A PATH is a folder with migrations.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
from sqlalchemy import event

from courseshop.database import migrations
from courseshop.database.engine import make_engine

READS = re.compile(r"\s*(SELECT|SHOW|DESCRIBE|PRAGMA|BEGIN|SET|EXPLAIN)\b", re.IGNORECASE)
KILLED = 9
CHANGES_SCHEMA = re.compile(r"\s*(CREATE|ALTER|DROP|RENAME)\b", re.IGNORECASE)


def environment(path: str) -> migrations.Environment:
    package = Path(path).parent.name
    suffix = "" if package == "courseshop" else f"_{package}"
    return migrations.Environment(package, path, f"alembic_version{suffix}")


def upgrade(url: str, found: list[migrations.Environment], number: int, told: int) -> None:
    """Upgrade, and end after as many statements that write; write to `told` which was the last.

    Also write how many statements this is since the last one whose effect will stay.
    """
    engine, count, since = make_engine(url), 0, 0

    def commit(_connection):
        nonlocal since
        since = 0

    def die(_connection, _cursor, statement, *_rest):
        nonlocal count, since
        if READS.match(statement):
            return
        count, since = count + 1, since + 1
        if engine.dialect.name == "mysql" and CHANGES_SCHEMA.match(statement):
            since = 0
        if count == number:
            os.write(told, f"{since} {' '.join(statement.split())}".encode())
            os._exit(KILLED)

    event.listen(engine, "commit", commit)
    event.listen(engine, "after_cursor_execute", die)
    migrations.upgrade(engine, found)


def killed(url: str, found: list[migrations.Environment], number: int) -> str | None:
    """Return what a process wrote before it was killed; None if it was done before."""
    reading, told = os.pipe()
    if os.fork() == 0:
        upgrade(url, found, number, told)
        os._exit(0)
    os.close(told)
    with os.fdopen(reading) as pipe:
        last = pipe.read()
    code = os.waitstatus_to_exitcode(os.wait()[1])
    if code not in {0, KILLED}:
        sys.exit("an upgrade could not go on")
    return last if code else None


def main(url: str, step: int, *paths: str) -> None:
    found = [environment(path) for path in paths]
    # Each process has read them already.
    assert all(one.revisions for one in found)
    number, seen = step, set()
    while last := killed(url, found, number):
        since, statement = last.split(" ", 1)
        # Some changes of the schema are not skipped, because they may be repeated.
        again = (number, statement) in seen
        seen.add((number, statement))
        number = (number if again else int(since)) + step
        click.echo(statement)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
