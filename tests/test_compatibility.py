"""Which code starts on which schema: old code on newer schemas, and new code on older ones."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from helpers import ROOT
from operating import courseshop
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError
from test_readiness import READY, status
from test_settings import GOOD, production, refusal

from courseshop import main
from courseshop.database import migrations
from courseshop.database.compatibility import STORED
from courseshop.database.readiness import Readiness

pytestmark = pytest.mark.databases

EXPANDS = "op.add_column('course', sa.Column('motto', sa.String(50), nullable=True))"
BEFORE_THE_RULE = "0017"
CONTRACTS = "op.drop_column('course', 'motto')"
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, oldest_code = {name!r}, {after!r}, {oldest_code!r}


def upgrade() -> None:
    {change}
"""
# Starts a checkout's shop in production mode, and sends it two requests.
ASK = """
import sys
from pyramid.paster import get_appsettings
from pyramid.request import Request
from courseshop import main
url = {"sqlalchemy.url": sys.argv[1], "courseshop.url": "http://localhost"}
app = main({}, **{**get_appsettings("production.ini"), **url})
for path in ("/readyz", "/courses"):
    print(Request.blank(path).get_response(app).status)
"""


@pytest.fixture
def release(tmp_path):
    """Return a function that adds migrations to an environment, as a newer release would."""

    def make(of, *added):
        folder = tmp_path / f"{of.package}-{len(added)}"
        shutil.copytree(of.path, folder)
        after = max(of.revisions.applied)
        for number, (change, oldest_code) in enumerate(added, 1):
            text = MIGRATION.format(
                name=f"new_{number}", after=after, change=change, oldest_code=oldest_code
            )
            (folder / "versions" / f"new_{number}.py").write_text(text)
            after = f"new_{number}"
        return replace(of, path=str(folder), oldest_schema=None)

    return make


def core(shop):
    return migrations.environments(shop.registry)[0]


def fault(shop, environment):
    """Return why a release cannot use the schema of a shop's database."""
    with shop.engine.connect() as connection:
        return migrations.mismatch(connection, [environment])


def test_code_starts_on_newer_schema_unless_a_migration_needs_newer_code(
    opened, release, own_url, tmp_path
):
    shop, ini = opened(), tmp_path / "test.ini"
    expanded = release(core(shop), (EXPANDS, None))
    contracted = release(core(shop), (EXPANDS, None), (CONTRACTS, "new_1"))
    migrations.upgrade(shop.engine, [expanded])
    assert status(shop) == READY
    assert shop.get("/courses").status_int == 200
    assert main({}, **production(own_url))
    again = courseshop("init", ini)
    assert (again.returncode, "newer than this code, but fits it" in again.stdout) == (0, True)
    migrations.upgrade(shop.engine, [contracted])
    assert status(shop) == (503, TOO_NEW)
    assert TOO_NEW in refusal(production(own_url))
    again = courseshop("init", ini)
    assert (again.returncode, TOO_NEW in again.stderr) == (1, True)
    assert [fault(shop, one) for one in (expanded, contracted)] == [None, None]


TOO_NEW = "the schema of courseshop is too new for this code; start a newer release"


def test_oldest_schema_of_code_decides_whether_a_schema_is_too_old(opened, release):
    shop = opened()
    needs = release(core(shop), (EXPANDS, None))
    assert "too old" in fault(shop, needs)
    assert fault(shop, replace(needs, oldest_schema=migrations.OLDEST_SCHEMA)) is None


def test_plugin_schemas_follow_the_same_rules(opened, release):
    shop = opened(**{"pyramid.includes": "courseshop_announcements"})
    assert "too old" in status(shop)[1]
    shop.init()
    plugin = migrations.environments(shop.registry)[1]
    change = EXPANDS.replace("course", "announcement")
    migrations.upgrade(shop.engine, [release(plugin, (change, None))])
    assert status(shop) == READY
    dropped = (CONTRACTS.replace("course", "announcement"), "new_1")
    migrations.upgrade(shop.engine, [release(plugin, (change, None), dropped)])
    assert status(shop) == (503, TOO_NEW.replace("courseshop", "courseshop_announcements"))
    # The shop starts without the plugin.
    assert status(opened(**{"pyramid.includes": ""})) == READY


def test_old_code_is_not_ready_once_a_contracting_migration_changed_schema(
    opened, release, backend
):
    shop = opened()
    migrations.upgrade(shop.engine, [release(core(shop), (EXPANDS, None))])
    broken = (f"{CONTRACTS}; op.execute('nonsense')", "new_1")
    with pytest.raises(DBAPIError):
        migrations.upgrade(shop.engine, [release(core(shop), (EXPANDS, None), broken)])
    # Only MariaDB cannot roll back the first statement.
    assert status(shop) == ((503, TOO_NEW) if backend == "mariadb" else READY)


def test_oldest_supported_schema_has_all_tables_and_columns_of_code(engine, environments):
    with migrations.migrating(engine) as connection:
        STORED.create(connection)
        command.upgrade(environments[0].config(connection), migrations.OLDEST_SCHEMA)
    with engine.connect() as connection:
        assert Readiness(engine, environments).schema_fault(connection) is None


def narrowed(before, after):
    """Return the columns of `before` that are gone or stricter, and new ones that need a value."""
    strict = {name for name, one in after.items() if not one["nullable"] and one["default"] is None}
    kept = {name for name, one in before.items() if not one["nullable"] and one["default"] is None}
    return (before.keys() - after.keys()) | (strict - kept)


def columns(connection):
    found = inspect(connection)
    tables = found.get_table_names()
    return {f"{table}.{one['name']}": one for table in tables for one in found.get_columns(table)}


@pytest.mark.one_database
def test_each_migration_that_breaks_old_code_names_the_oldest_code(engine, environments):
    core, wrong = environments[0], []
    scripts = ScriptDirectory.from_config(core.config())
    newest_first = list(scripts.walk_revisions(base=BEFORE_THE_RULE))
    before: dict = {}
    for script in reversed(newest_first):
        with migrations.migrating(engine) as connection:
            command.upgrade(core.config(connection), script.revision)
            after = columns(connection)
        tables = {name.partition(".")[0] for name in before}
        old = {name: one for name, one in after.items() if name.partition(".")[0] in tables}
        if narrowed(before, old) and not hasattr(script.module, "oldest_code"):
            wrong.append(script.revision)
        before = after
    assert wrong == []


@pytest.mark.one_database
def test_dropped_stricter_and_new_required_columns_break_old_code():
    free, strict = {"nullable": True, "default": None}, {"nullable": False, "default": None}
    filled = {"nullable": False, "default": "''"}
    before = {"a": free, "b": strict}
    assert narrowed(before, {**before, "c": free, "d": filled}) == set()
    assert narrowed(before, {"b": strict, "c": strict}) == {"a", "c"}
    assert narrowed(before, {"a": strict, "b": free}) == {"a"}


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False).stdout


@pytest.fixture
def old_checkout(tmp_path):
    """Return a checkout of the first commit whose code declares the schemas it works with."""
    added = git("log", "--diff-filter=A", "--format=%H", "courseshop/database/compatibility.py")
    if not added:
        pytest.skip("needs the git history")
    folder = tmp_path / "old"
    with tarfile.open(fileobj=io.BytesIO(git("archive", added.split()[-1].decode()))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def ask(checkout, url):
    """Return the response statuses of a checkout's shop, or the error that stopped it."""
    secret = {"COURSESHOP_SECRET": GOOD, "PYTHONPATH": str(checkout), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", ASK, url]
    done = subprocess.run(
        command,
        cwd=checkout,
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines() or done.stderr


@pytest.mark.slow
def test_older_checkout_starts_as_long_as_the_schema_allows_it(
    opened, release, own_url, old_checkout
):
    shop = opened()
    migrations.upgrade(shop.engine, [release(core(shop), (EXPANDS, None))])
    known = old_checkout / "courseshop" / "migrations" / "versions"
    if list(known.glob(f"{core(shop).revisions.oldest_code}_*")):
        assert ask(old_checkout, own_url) == ["200 OK", "200 OK"]
    contracted = release(core(shop), (EXPANDS, None), (CONTRACTS, "new_1"))
    migrations.upgrade(shop.engine, [contracted])
    assert TOO_NEW in ask(old_checkout, own_url)
