"""The line before the one write lock of SQLite."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress

import pytest
from helpers import wait_until
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from courseshop import turns
from courseshop.engine import is_locked, make_engine

pytestmark = pytest.mark.slow

WRITERS = 12
# Of two processes each: opens the file, says so, and writes so often when it hears a line.
WRITER = """
import sys
from sqlalchemy import text
from courseshop import turns
from courseshop.engine import make_engine
turns.PATIENCE = 60
engine = make_engine(sys.argv[1]).execution_options(writes=True)
with engine.connect() as connection:
    print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with engine.begin() as connection:
        found = connection.scalar(text("SELECT max(id) FROM said"))
        connection.execute(text(f"INSERT INTO said VALUES ({(found or 0) + 1}, :who)"), {"who": "other"})
"""


@pytest.fixture
def lines(monkeypatch):
    """Return the lines of the engines that are made."""
    made = []

    class Seen(turns.Turns):
        def __init__(self):
            super().__init__()
            made.append(self.line)

    monkeypatch.setattr("courseshop.engine.Turns", Seen)
    return made


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/shop.sqlite"


@pytest.fixture
def writers(lines, url, monkeypatch):
    """Return an engine whose transactions write, with a table; a slow machine has time."""
    monkeypatch.setattr(turns, "PATIENCE", 60)
    engine = make_engine(url).execution_options(writes=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE said (id INTEGER PRIMARY KEY, who TEXT)"))
    yield engine
    assert not any(lines), "somebody has not left the line"
    engine.dispose()


def say(engine, who):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO said (who) VALUES (:who)"), {"who": str(who)})


def said(engine):
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT who FROM said ORDER BY id")))


def no_locks(monkeypatch, _path):
    monkeypatch.setattr(turns, "fcntl", None)


def no_place(_monkeypatch, path):
    path.with_name("shop.sqlite-turns").unlink(missing_ok=True)
    path.with_name("shop.sqlite-turns").mkdir()


@pytest.mark.parametrize("without", [None, no_locks, no_place])
def test_writers_write_in_the_order_in_which_they_came(
    writers, lines, tmp_path, monkeypatch, without
):
    if without:
        without(monkeypatch, tmp_path / "shop.sqlite")

    def twice(who):
        say(writers, who)
        say(writers, who)

    threads = [threading.Thread(target=twice, args=(who,)) for who in range(WRITERS)]
    with writers.begin():
        for number, thread in enumerate(threads, 2):
            thread.start()
            wait_until(lambda number=number: len(lines[0]) == number)
    for thread in threads:
        thread.join()
    found = said(writers)
    # And nobody a second time before all have written once.
    assert found[:WRITERS] == [str(who) for who in range(WRITERS)]
    assert sorted(found[WRITERS:]) == sorted(found[:WRITERS])


def test_who_has_waited_long_enough_asks_for_the_lock_all_the_same(writers, lines, monkeypatch):
    idle = turns.Turn(lines[0], "")
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    say(writers, "late")
    idle.end()
    assert said(writers) == ["late"]


def test_who_writes_already_gets_no_second_lock_and_waits_only_so_long(writers, monkeypatch):
    with writers.begin() as first:
        monkeypatch.setattr(turns, "PATIENCE", 0.01)
        with pytest.raises(DBAPIError) as refused:
            say(writers, "second")
        assert is_locked(refused.value)
        first.execute(text("INSERT INTO said (who) VALUES ('first')"))
    assert said(writers) == ["first"]


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
        # Only what is thrown away leaves now.
        connection.rollback()


def write_twice(engine, _path):
    with engine.connect() as connection:
        for _ in range(2):
            with connection.begin():
                connection.execute(text("SELECT 1"))


def find_it_locked(engine, path):
    turns.PATIENCE = 0.01
    with closing(sqlite3.connect(path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(DBAPIError) as refused, engine.begin():
            pass
    assert is_locked(refused.value)


def break_off(engine, _path):
    def interrupt(*_args, **_options):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(turns.Turn, "_enter", interrupt)
        with suppress(KeyboardInterrupt), engine.begin():
            pass


def forget(engine, _path):
    engine.connect().begin()
    gc.collect()


ENDS = [fail, roll_back, invalidate, write_twice, find_it_locked, break_off, forget]


@pytest.mark.filterwarnings("ignore:.*garbage collector")
@pytest.mark.parametrize("end", ENDS)
def test_the_turn_ends_with_the_transaction_however_that_ends(writers, lines, tmp_path, end):
    end(writers, tmp_path / "shop.sqlite")
    assert not lines[0]
    say(writers, "next")
    assert said(writers) == ["next"]


@pytest.fixture
def other(writers, url):
    """Return a function that starts another process, which writes when it hears a line."""
    started = []

    def start(times):
        argv = [sys.executable, "-c", WRITER, url, str(times)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen(argv, **pipes)
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_two_processes_lose_no_write_and_meet_no_error(writers, other):
    both = [other(100), other(100)]
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    for _ in range(100):
        say(writers, "own")
    for process in both:
        process.communicate()
        assert process.returncode == 0
    found = said(writers)
    assert (found.count("own"), found.count("other")) == (100, 200)


@pytest.mark.skipif(turns.fcntl is None, reason="needs locks between processes")
def test_a_process_that_has_written_does_not_pass_one_that_has_waited(writers, other, tmp_path):
    file = os.open(tmp_path / "shop.sqlite-turns", os.O_RDWR)

    def somebody_waits():
        free = turns.take_lock(file, turns.NEXT)
        if free:
            turns.fcntl.lockf(file, turns.fcntl.LOCK_UN, 1, turns.NEXT)
        return not free

    with writers.begin():
        process = other(1)
        process.stdin.write("\n")
        process.stdin.flush()
        wait_until(somebody_waits)
    say(writers, "own")
    assert said(writers) == ["other", "own"]
    os.close(file)


def test_a_process_that_dies_while_it_writes_holds_nobody_up(writers, other):
    process = other(1_000_000)
    process.stdin.write("\n")
    process.stdin.flush()
    wait_until(lambda: "other" in said(writers.execution_options(writes=False)))
    process.kill()
    say(writers, "own")
    assert said(writers)[-1] == "own"


def test_a_database_is_known_by_its_file_and_one_in_memory_has_no_line(tmp_path, lines):
    named = make_engine(f"sqlite:///file:{tmp_path}/named.sqlite?uri=true")
    with named.execution_options(writes=True).begin():
        assert len(lines[0]) == 1
    with make_engine("sqlite://").execution_options(writes=True).begin():
        assert not lines[1]
    assert (tmp_path / "named.sqlite-turns").exists() == (turns.fcntl is not None)
    named.dispose()


@pytest.mark.parametrize(
    "other", ["postgresql+psycopg://localhost/x", "mysql+pymysql://localhost/x"]
)
def test_other_databases_have_no_line(lines, other):
    make_engine(other)
    assert lines == []
