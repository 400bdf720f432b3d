"""The lock that writers of one process take before SQLite's own."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress

import pytest
from helpers import wait_until
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from courseshop.database import engine as module
from courseshop.database.engine import is_locked, make_engine

pytestmark = pytest.mark.slow

# Another process, which opens the file, prints a line, and writes once it has read a line.
WRITER = """
import sys
from sqlalchemy import text
from courseshop.database import engine
engine.PATIENCE = 60
shop = engine.make_engine(sys.argv[1]).execution_options(writes=True)
with shop.connect() as connection:
    print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with shop.begin() as connection:
        found = connection.scalar(text("SELECT max(id) FROM said"))
        connection.execute(text(f"INSERT INTO said VALUES ({(found or 0) + 1}, 'other')"))
"""


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/shop.sqlite"


@pytest.fixture
def writers(url, monkeypatch):
    """Return an engine for write transactions, with a table, and patient on slow machines."""
    monkeypatch.setattr(module, "PATIENCE", 60)
    engine = make_engine(url).execution_options(writes=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE said (id INTEGER PRIMARY KEY, who TEXT)"))
    yield engine
    engine.dispose()


def insert(engine, who):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO said (who) VALUES (:who)"), {"who": str(who)})


def stored(engine):
    with engine.execution_options(writes=False).connect() as connection:
        return list(connection.scalars(text("SELECT who FROM said ORDER BY id")))


def fail(engine, _path):
    with suppress(ZeroDivisionError), engine.begin():
        raise ZeroDivisionError


def roll_back(engine, _path):
    with engine.connect() as connection:
        connection.begin().rollback()


def invalidate(engine, _path):
    with engine.connect() as connection:
        connection.begin()
        connection.invalidate()
        connection.rollback()


def write_twice(engine, _path):
    with engine.connect() as connection:
        for _ in range(2):
            with connection.begin():
                connection.execute(text("SELECT 1"))


def meet_locked_database(engine, path):
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as stranger,
        engine.connect() as waiting,
    ):
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(module, "PATIENCE", 0.01)
            with pytest.raises(DBAPIError) as refused:
                waiting.begin()
    assert is_locked(refused.value)


def leak_connection(engine, _path):
    engine.connect().begin()
    gc.collect()


@pytest.mark.filterwarnings("ignore:.*garbage collector")
@pytest.mark.parametrize(
    "end", [fail, roll_back, invalidate, write_twice, meet_locked_database, leak_connection]
)
def test_lock_is_released_however_the_transaction_ends(writers, tmp_path, end):
    end(writers, tmp_path / "shop.sqlite")
    other = threading.Thread(target=insert, args=(writers, "next"))
    other.start()
    other.join(5)
    assert stored(writers) == ["next"]


def test_writer_that_waits_too_long_is_refused_and_nothing_is_lost(writers, monkeypatch):
    with writers.connect() as late, writers.begin() as first:
        monkeypatch.setattr(module, "PATIENCE", 0.01)
        with pytest.raises(DBAPIError) as refused:
            late.begin()
        assert is_locked(refused.value)
        first.execute(text("INSERT INTO said (who) VALUES ('first')"))
    assert stored(writers) == ["first"]


@pytest.fixture
def other(writers, url):
    """Return a function that starts another process, which writes `times` rows."""
    started = []

    def start(times):
        argv = [sys.executable, "-c", WRITER, url, str(times)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen(argv, **pipes)
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("\n")
        process.stdin.flush()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_concurrent_processes_and_threads_lose_no_write(writers, other):
    processes = [other(100), other(100)]
    threads = [
        threading.Thread(target=lambda: [insert(writers, "own") for _ in range(25)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    found = stored(writers)
    assert (found.count("own"), found.count("other")) == (100, 200)


def test_killed_writer_does_not_block_others(writers, other):
    process = other(1_000_000)
    wait_until(lambda: "other" in stored(writers))
    process.kill()
    insert(writers, "own")
    assert stored(writers)[-1] == "own"
