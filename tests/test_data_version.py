"""What the database says of itself stays equal until somebody commits, and no longer."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest
from databases import administer
from helpers import wait_until
from sqlalchemy import text

from courseshop.database import data_version
from courseshop.database.data_version import PAUSE, DataVersion
from courseshop.database.engine import make_engine

pytestmark = pytest.mark.databases

ADD = """
import sys
from sqlalchemy import create_engine, text
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text("UPDATE category SET stamp = stamp + 1"))
"""

END_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def version(shop, backend):
    if backend == "mariadb":
        pytest.skip("MariaDB has nothing of the kind")
    shop.add_course("one")
    version = DataVersion(shop.engine)
    yield version
    version.close()


def touch(connection):
    connection.execute(text("UPDATE category SET stamp = stamp + 1"))


def test_it_stays_while_others_read_and_roll_back(shop, version):
    before = version.read()
    with shop.engine.connect() as connection:
        connection.execute(text("SELECT * FROM course"))
    assert before is not None
    assert version.read() == before


def test_it_moves_when_a_connection_of_the_same_process_commits(shop, version):
    seen = [version.read()]
    for number in range(3):
        with shop.engine.execution_options(writes=True).begin() as connection:
            touch(connection)
        seen.append(version.read())
        assert version.read() == seen[-1], number
    assert len(set(seen)) == 4


def test_it_moves_when_another_process_commits(shop, version):
    before = version.read()
    url = shop.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", ADD, url], check=True)
    assert version.read() != before


def test_what_is_not_committed_moves_nothing_until_it_is(shop, version):
    before = version.read()
    with shop.engine.execution_options(writes=True).begin() as connection:
        touch(connection)
        assert version.read() == before
    assert version.read() != before


def test_of_two_that_write_at_once_each_moves_it(shop, version, backend):
    if backend == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    shop.add_course("two", category="others")
    first, second = shop.engine.connect(), shop.engine.connect()
    with first, second:
        for connection, slug in ((first, "things"), (second, "others")):
            connection.execute(
                text("UPDATE category SET stamp = 1 WHERE slug = :slug"), {"slug": slug}
            )
        seen = [version.read()]
        for connection in (second, first):
            connection.commit()
            seen.append(version.read())
    assert len(set(seen)) == 3


def test_a_connection_that_is_lost_tells_nothing_and_the_next_one_is_not_taken_for_it(
    shop, version, backend, monkeypatch
):
    before = version.read()
    if backend == "postgresql":
        administer(shop.engine.url, END_ALL_OTHERS)
    else:
        version.connection.close()
    assert version.read() is None
    later = monotonic() + PAUSE
    monkeypatch.setattr(data_version, "monotonic", lambda: later)
    assert version.read() not in {None, before}


def test_it_is_closed_with_the_engine(shop, version):
    before = version.read()
    shop.engine.dispose()
    assert version.connection is None
    # At once: it did not fail.
    assert version.read() not in {None, before}


def test_it_may_be_closed_while_others_ask(version):
    over, seen = Event(), []

    def ask():
        while not over.is_set():
            seen.append(version.read())

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        for _time in range(50):
            version.close()
            wait_until(lambda: version.connection is not None)
        over.set()
        for one in asking:
            one.result()
    # By another connection each time; where the machine is busy, some had no patience (None).
    assert len(set(seen) - {None}) >= 50


def test_nobody_waits_long_for_a_question_that_hangs(version):
    version.read()
    with version.lock, ThreadPoolExecutor(1) as pool:
        assert pool.submit(version.read).result(5) is None


def test_it_takes_no_connection_of_the_pool(shop, version):
    before = shop.engine.pool.checkedout()
    version.read()
    assert shop.engine.pool.checkedout() == before


def test_a_database_that_is_not_there_tells_nothing(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/nowhere/shop.sqlite")
    assert DataVersion(engine).read() is None


@pytest.mark.parametrize("url", ["sqlite://", "mysql+pymysql://nobody@127.0.0.1/nothing"])
def test_of_a_database_in_memory_and_of_mariadb_it_is_not_known(url):
    assert not DataVersion(make_engine(url)).is_known
