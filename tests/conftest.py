"""The shop under test, on each database that a test runs on.

What depends on the database is marked `databases` and runs on SQLite, on a PostgreSQL that the
tests start themselves, and on MariaDB when COURSESHOP_TEST_MARIADB_URL names a server (any database
of it; new ones are made). All else runs on SQLite alone, unless `--databases all` is given.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from databases import MariaDB, PostgreSQL, SQLite, remove
from described import DescribedApp
from helpers import Shop, write_ini
from pyramid.paster import get_appsettings
from sqlalchemy import make_url
from writers import enrolled, write_course

from courseshop import configure
from courseshop.database import migrations
from courseshop.database.engine import make_engine
from courseshop.scripts.relate import relate_all

ROOT = Path(__file__).parent.parent
MARIADB = os.environ.get("COURSESHOP_TEST_MARIADB_URL")
BACKENDS = ["sqlite", "postgresql", *(["mariadb"] if MARIADB else [])]
# In the environment of all processes of a run: the folder that they share.
RUN = "COURSESHOP_TEST_RUN"


def pytest_addoption(parser):
    parser.addoption(
        "--databases",
        choices=("marked", "all", "sqlite"),
        default="marked",
        help="run marked tests on each database (default), all tests on each, or all on SQLite",
    )


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = tempfile.mkdtemp(prefix="courseshop-tests-")


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop(RUN))
        if MARIADB:
            MariaDB(folder, make_url(MARIADB)).drop_all()
        remove(folder)


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker
        marked = marker("databases") is not None and marker("one_database") is None
        each = {"marked": marked, "all": True, "sqlite": False}
        chosen = BACKENDS if each[metafunc.config.option.databases] else BACKENDS[:1]
        metafunc.parametrize("backend", chosen, scope="session", indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no process works on it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("fuzzing") is None)


@pytest.fixture(scope="session")
def backend(request):
    """Return the kind of database of a test."""
    return request.param


@pytest.fixture(scope="session")
def databases(backend):
    """Return what makes and copies databases of that kind."""
    folder = Path(os.environ[RUN])
    if backend == "sqlite":
        return SQLite(folder)
    if backend == "postgresql":
        return PostgreSQL.started(folder)
    return MariaDB(folder, make_url(MARIADB))


@pytest.fixture(scope="session")
def new_database(databases):
    """Return a function that makes an empty database and returns its URL."""
    return databases.empty


@pytest.fixture(scope="session")
def migrated_database(databases, tmp_path_factory):
    """Return a function that makes a database with the shop's tables, and returns its URL."""
    return lambda: databases.copy(
        databases.template("migrated", Maker(tmp_path_factory, demo=False))
    )


@dataclass
class Maker:
    """Fills a database with the shop's tables, or with the demo too."""

    folders: pytest.TempPathFactory
    demo: bool

    def __call__(self, url: str) -> None:
        shop = Shop.open(write_ini(self.folders.mktemp("made"), url))
        shop.init(demo=self.demo)
        shop.close()


@pytest.fixture(scope="session")
def demo_database(databases, tmp_path_factory):
    """Return a function that makes a database with the demo catalogue, and returns its URL."""
    return lambda: databases.copy(databases.template("demo", Maker(tmp_path_factory, demo=True)))


@pytest.fixture(scope="session")
def demo(demo_database, tmp_path_factory):
    """Return a shop with the demo catalogue, for tests that only read."""
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("demo"), demo_database()))
    yield shop
    shop.close()


@pytest.fixture(scope="session")
def scratch_shop(migrated_database, tmp_path_factory):
    """Return the shop that `shop` empties for each test, as the last one left it."""
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("scratch"), migrated_database()))
    yield shop
    shop.close()


@pytest.fixture
def shop(scratch_shop):
    """Return an empty shop, for tests that write."""
    scratch_shop.clear()
    return scratch_shop


@pytest.fixture
def engine(new_database):
    """Return the engine of an empty database without tables."""
    engine = make_engine(new_database())
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def demo_ini(tmp_path_factory):
    """Return the ini of a demo shop on SQLite, as `make serve` has it, for tests of one server."""
    files = SQLite(Path(os.environ[RUN]))
    url = files.copy(files.template("demo", Maker(tmp_path_factory, demo=True)))
    ini = write_ini(tmp_path_factory.mktemp("ini"), url)
    shop = Shop.open(ini)
    relate_all(shop.registry)
    shop.close()
    return ini


@pytest.fixture(scope="module")
def open_second_process(scratch_shop, tmp_path_factory):
    """Return a function that opens another process's shop on the same database."""
    shops = []

    def open_shop(configured=lambda _config: None, **settings):
        url = scratch_shop.engine.url.render_as_string(hide_password=False)
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
def shop_with(migrated_database, tmp_path_factory):
    """Return a function that opens a shop with a plugin, on a database of its own."""
    shops = []

    def open_shop(plugin):
        folder, named = tmp_path_factory.mktemp("plugged"), {"pyramid.includes": plugin}
        shops.append(Shop.open(write_ini(folder, migrated_database(), **named)))
        shops[-1].init()
        return shops[-1]

    yield open_shop
    for one in shops:
        one.close()


@pytest.fixture(scope="module")
def second_process(open_second_process):
    """Return another process's shop on the same database."""
    return open_second_process()


@pytest.fixture(scope="module")
def uncached_shop(open_second_process):
    """Return one that keeps nothing: what it sends is made of what is there now."""
    return open_second_process(**{"courseshop.kept_mib": "0"})


@pytest.fixture
def own_url(migrated_database):
    """Return the URL of a database with the shop's tables that only this test uses."""
    return migrated_database()


@pytest.fixture
def opened(own_url, tmp_path):
    """Return a function that opens a shop with these settings on the database of this test."""
    shops = []

    def open_shop(**settings):
        shops.append(Shop.open(write_ini(tmp_path, own_url, **settings)))
        return shops[-1]

    yield open_shop
    for one in shops:
        one.close()


@pytest.fixture
def environments(scratch_shop):
    """Return the migrations of the shop, without a plugin."""
    return migrations.environments(scratch_shop.registry)


@pytest.fixture
def teacher(shop):
    """Return an instructor whose course, at `writers.URL`, is published."""
    return write_course(shop, published=True)


@pytest.fixture
def student(shop, teacher):
    """Return a student of that course."""
    return enrolled(shop)
