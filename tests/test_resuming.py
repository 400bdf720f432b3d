"""An interrupted upgrade can be run again, with the same result."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest
from alembic import command
from helpers import ROOT, write_ini
from killing import environment
from operating import COMMAND
from sqlalchemy import MetaData, inspect, select, text

from courseshop.database import migrations
from courseshop.database.engine import make_engine
from courseshop.database.init_lock import init_lock

pytestmark = pytest.mark.databases

FOLDERS = [
    str(ROOT / "courseshop" / "migrations"),
    str(ROOT / "tests" / "plugins" / "courseshop_announcements" / "migrations"),
]
AT = "'2026-01-01 00:00:00'"
# Rows from which the migrations after 0004 compute data.
ROWS = f"""
INSERT INTO user_account (id, username, username_look, name, role, stamp, created_at)
VALUES (1, 'ann', 'ann', 'Ann', 'student', 1, {AT}), (2, 'bob', 'bob', 'Bob', 'student', 1, {AT});
INSERT INTO category (id, slug, title, position, stamp) VALUES (1, 'code', 'Code', 1, 1);
INSERT INTO course (id, slug, title, summary, about_markdown, about_html, category_id, level,
 language, duration_minutes, price, status, created_at, updated_at, listed_at, version, stamp,
 enrolled_count, rating_count, rating_sum, rating_1, rating_2, rating_3, rating_4, rating_5,
 tags, outcomes, requirements, audience, outline)
VALUES (1, 'python', 'The Python', 'Snakes', 'Read', 'Read', 1, 'all', 'en', 60, 0, 'published',
 {AT}, {AT}, {AT}, 1, 1, 0, 1, 5, 0, 0, 0, 0, 1, '["Web", "Snakes"]', '[]', '[]', '[]', '[]'),
 (2, 'go', 'Go', 'Fast', 'Write', 'Write', 1, 'all', 'en', 60, 900, 'published',
 {AT}, {AT}, {AT}, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, '["Web"]', '[]', '[]', '[]', '[]');
INSERT INTO course_instructor (course_id, user_id, position) VALUES (1, 1, 0), (2, 1, 0);
INSERT INTO review (id, course_id, author_id, rating, text_markdown, text_html, status, verified,
 helpful_count, created_at, version, stamp)
VALUES (1, 1, 1, 5, 'Good', 'Good', 'published', false, 0, {AT}, 1, 1),
 (2, 1, 2, 1, 'Bad', 'Bad', 'hidden', false, 0, {AT}, 1, 1),
 (3, 2, 2, 2, 'Hm', 'Hm', 'pending', false, 0, {AT}, 1, 1);
"""  # noqa: S608
# Values that are random, or depend on the time or the number of attempts.
RANDOM = {"wishlist": {"id", "key", "created_at"}}

HOLDER = """
import sys, time
from courseshop.database.engine import make_engine
from courseshop.database.init_lock import init_lock
with init_lock(make_engine(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def disposed(url):
    """Yield an engine, and close its connections at the end."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def old_database(new_database):
    """Return a function that creates a database with rows in schema 0004, and returns its URL."""

    def make():
        url = new_database()
        with disposed(url) as engine, migrations.migrating(engine) as connection:
            command.upgrade(environment(FOLDERS[0]).config(connection), "0004")
            for statement in filter(str.strip, ROWS.split(";")):
                connection.execute(text(statement))
        return url

    return make


def described(engine):
    """Return the columns, keys and rows of each table."""
    found, tables = inspect(engine), MetaData()
    tables.reflect(engine)
    described = {}
    for name, table in tables.tables.items():
        columns = [one for one in table.columns if one.name not in RANDOM.get(name, set())]
        getters = ("get_columns", "get_foreign_keys", "get_unique_constraints", "get_indexes")
        described[name] = [sorted(map(repr, getattr(found, of)(name))) for of in getters]
        with engine.connect() as connection:
            described[name].append(sorted(map(repr, connection.execute(select(*columns)))))
    return described


def pytest_generate_tests(metafunc):
    """Kill after each statement with `--databases all`, otherwise after each seventh."""
    if "step" in metafunc.fixturenames:
        metafunc.parametrize("step", [1 if metafunc.config.option.databases == "all" else 7])


def test_init_killed_after_any_statement_can_be_resumed(old_database, step):
    url, resumed = old_database(), old_database()
    with disposed(url) as engine:
        migrations.upgrade(engine, [environment(one) for one in FOLDERS])
        expected = described(engine)
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "killing.py", resumed, str(step), *FOLDERS],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 60 / step
    assert step > 1 or "INSERT INTO alembic_version_courseshop_announcements" in done.stdout
    assert len(expected["course_tag"][-1]) == 3
    with disposed(resumed) as engine:
        assert described(engine) == expected


@pytest.mark.slow
def test_concurrent_inits_wait_for_each_other(new_database, tmp_path):
    url = new_database()
    arguments = [COMMAND, "init", write_ini(tmp_path, url), "--demo"]
    with disposed(url) as engine, ExitStack() as stack:
        with init_lock(engine):
            both = [stack.enter_context(started(arguments)) for _ in range(2)]
            waits = [one.stderr.readline() for one in both]
            assert inspect(engine).get_table_names() == []
        outputs = [one.communicate(timeout=120)[0] for one in both]
    assert all("waiting for it to end" in one for one in waits), waits
    assert [one.returncode for one in both] == [0, 0]
    assert sorted("created the schema" in one for one in outputs) == [False, True]
    assert sorted("Demo: 0 courses added." in one for one in outputs) == [False, True]


def started(arguments):
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_init_releases_its_lock(new_database):
    url = new_database()
    child = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(child, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}) as holder:
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    with disposed(url) as engine, init_lock(engine):
        pass
