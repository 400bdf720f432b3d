"""The data version of a database changes with every commit, and only then."""

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
        pytest.skip("MariaDB has no data version")
    shop.add_course("one")
    version = DataVersion(shop.engine)
    yield version
    version.close()


def touch(connection):
    connection.execute(text("UPDATE category SET stamp = stamp + 1"))


def test_reads_and_rollbacks_do_not_change_the_version(shop, version):
    before = version.read()
    with shop.engine.connect() as connection:
        connection.execute(text("SELECT * FROM course"))
    assert before is not None
    assert version.read() == before


def test_commit_of_the_same_process_changes_the_version(shop, version):
    seen = [version.read()]
    for number in range(3):
        with shop.engine.execution_options(writes=True).begin() as connection:
            touch(connection)
        seen.append(version.read())
        assert version.read() == seen[-1], number
    assert len(set(seen)) == 4


def test_commit_of_another_process_changes_the_version(shop, version):
    before = version.read()
    url = shop.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", ADD, url], check=True)
    assert version.read() != before


def test_uncommitted_write_does_not_change_the_version(shop, version):
    before = version.read()
    with shop.engine.execution_options(writes=True).begin() as connection:
        touch(connection)
        assert version.read() == before
    assert version.read() != before


def test_each_of_two_concurrent_commits_changes_the_version(shop, version, backend):
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


def test_lost_connection_gives_none_and_then_a_new_version(shop, version, backend, monkeypatch):
    before = version.read()
    if backend == "postgresql":
        administer(shop.engine.url, END_ALL_OTHERS)
    else:
        version.connection.close()
    assert version.read() is None
    later = monotonic() + PAUSE
    monkeypatch.setattr(data_version, "monotonic", lambda: later)
    assert version.read() not in {None, before}


def test_connection_is_closed_with_the_engine(shop, version):
    before = version.read()
    shop.engine.dispose()
    assert version.connection is None
    # Without a pause, because the connection did not fail.
    assert version.read() not in {None, before}


def test_connection_may_be_closed_during_concurrent_reads(version):
    over, seen = Event(), []

    def read():
        while not over.is_set():
            seen.append(version.read())

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for _time in range(50):
            version.close()
            wait_until(lambda: version.connection is not None)
        over.set()
        for one in readers:
            one.result()
    # Each read after a close uses a new connection; on a busy machine, some reads give up (None).
    assert len(set(seen) - {None}) >= 50


def test_read_does_not_wait_long_for_a_hanging_query(version):
    version.read()
    with version.lock, ThreadPoolExecutor(1) as pool:
        assert pool.submit(version.read).result(5) is None


def test_read_takes_no_connection_from_the_pool(shop, version):
    before = shop.engine.pool.checkedout()
    version.read()
    assert shop.engine.pool.checkedout() == before


def test_missing_database_has_no_version(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/nowhere/shop.sqlite")
    assert DataVersion(engine).read() is None


@pytest.mark.parametrize("url", ["sqlite://", "mysql+pymysql://nobody@127.0.0.1/nothing"])
def test_in_memory_database_and_mariadb_have_no_version(url):
    assert not DataVersion(make_engine(url)).is_known
