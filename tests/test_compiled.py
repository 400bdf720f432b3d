"""Fast paths to a page: compiled statements, rules without SQL, lean templates."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from helpers import Shop, write_ini
from pyramid_retry import IRetryableError
from scenes import Scene
from sqlalchemy import bindparam, create_engine, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from test_access_matrix import ROWS

from courseshop.database.compiled import CompiledStatement
from courseshop.database.engine import is_duplicate, is_unavailable, wrap_driver_error
from courseshop.domain.actor import GUEST
from courseshop.models import Course
from courseshop.scripts.relate import relate_all
from courseshop.services import course
from courseshop.services.course import HEADS, NAMED
from courseshop.services.instructor import OF_ONE
from courseshop.services.related import OF_COURSE

pytestmark = pytest.mark.databases

# Each form of a new course has its own idempotency key.
NEW_KEY = re.compile(rb'(?<=name="idempotency_key")\s+value="[^"]+"')
# Not preloaded in development, where its URL has no hash.
PRELOAD = re.compile(rb'\s+<link rel="preload".*?>', re.DOTALL)
HASHED = re.compile(rb"(/static/[\w./-]+)\.[0-9a-f]{12}(\.\w+)")


@pytest.fixture
def open_shop_at(tmp_path):
    """Return a function that opens a shop on a database."""
    shops = []

    def open_shop(url, **settings):
        shops.append(Shop.open(write_ini(tmp_path, url, **settings)))
        return shops[-1]

    yield open_shop
    for one in shops:
        one.close()


@pytest.fixture
def scene(shop):
    return Scene.make(shop)


def test_python_rule_and_sql_rule_agree(scene):
    actors = dict(scene.actors)
    for slug, course_id in scene.courses.items():
        actors[f"teaches {slug}"] = replace(actors["instructor"], teaches=frozenset({course_id}))
    with scene.shop.reading() as request:
        rows = request.db.execute(select(Course.id, Course.slug, Course.status)).all()
        assert {row.status for row in rows} == {"draft", "submitted", "archived", "published"}
        for name, actor in actors.items():
            seen = set(request.db.scalars(select(Course.slug).where(course.visible_to(actor))))
            assert {row.slug for row in rows if course.may_view(actor, row)} == seen, name


def test_compiled_statement_finds_the_same_rows_as_sqlalchemy(shop):
    names = ("one", "draft", "none", "' OR ''='", "%", "ünï%s:name")
    ids = [
        shop.add_course(slug, published=at, tags=["web"], instructors=["ann", "bob"])
        for slug, at in (
            ("one", "2026-01-01T00:00:00Z"),
            ("two", "2026-01-01T00:00:00Z"),
            ("draft", None),
        )
    ]
    relate_all(shop.registry)
    queries = [(one, {"name": name}) for one in (HEADS, NAMED) for name in names]
    of_one = (OF_ONE, OF_COURSE)
    queries += [(one, {"course_id": at}) for one in of_one for at in (*ids, 0)]
    assert row_counts(shop, queries) == [*[1, 1, 0, 0, 0, 0] * 2, *(2, 2, 2, 0), *(1, 1, 0, 0)]


def row_counts(shop, queries):
    """Return how many rows each query finds; check that SQLAlchemy finds the same."""
    found = []
    with shop.engine.connect() as connection:
        for compiled, values in queries:
            rows = connection.execute(compiled.statement, values).mappings().all()
            same = [row._asdict() for row in compiled.rows(connection, **values)]
            assert same == [dict(row) for row in rows]
            found.append(len(rows))
    return found


def test_compiled_statement_converts_datetimes_like_sqlalchemy(shop):
    for slug, hour in (("one", 1), ("two", 2), ("three", 3)):
        shop.add_course(slug, published=f"2026-01-01T0{hour}:00:00.000{hour}Z")
    published = CompiledStatement(
        select(Course.slug, Course.published_at).where(Course.published_at > bindparam("since"))
    )
    since = datetime(2026, 1, 1, 3, 0, 0, 200, tzinfo=timezone(timedelta(hours=1)))
    with shop.engine.connect() as connection:
        (found,) = published.rows(connection, since=since)
        assert published.one(connection, since=found.published_at) is None
    assert found == ("three", datetime(2026, 1, 1, 3, 0, 0, 300, tzinfo=UTC))


def test_compiled_write_returns_row_count_and_can_be_rolled_back(shop):
    course_id = shop.add_course("one")
    renamed = CompiledStatement(
        update(Course)
        .where(Course.id == bindparam("course_id"))
        .values(title=bindparam("title"), stamp=Course.stamp + 1)
    )
    slug = select(Course.title).where(Course.id == course_id)
    with shop.writing() as request:
        connection, before = request.db.connection(), request.db.scalar(slug)
        assert renamed.run(connection, course_id=course_id, title="An ünï title") == 1
        assert renamed.run(connection, course_id=0, title="Nobody's") == 0
        assert request.db.scalar(slug) == "An ünï title"
        request.tm.doom()
    with shop.reading() as request:
        assert request.db.scalar(slug) == before


def test_compiled_statement_raises_integrity_error_for_duplicate(shop):
    _one, two = (shop.add_course(slug) for slug in ("one", "two"))
    renamed = CompiledStatement(
        update(Course).where(Course.id == bindparam("course_id")).values(slug=bindparam("slug"))
    )
    with shop.writing() as request:
        with pytest.raises(IntegrityError) as caught:
            renamed.run(request.db.connection(), course_id=two, slug="one")
        assert is_duplicate(caught.value)
        request.tm.doom()
    with shop.reading() as request:
        assert set(request.db.scalars(select(Course.slug))) == {"one", "two"}


def test_compiled_statement_is_logged_without_its_values(shop, caplog):
    with caplog.at_level("INFO", "sqlalchemy.engine"), shop.engine.connect() as connection:
        HEADS.one(connection, name="secret-name")
    assert "FROM course" in caplog.text
    assert "secret-name" not in caplog.text


def test_driver_error_becomes_sqlalchemy_error(engine):
    with engine.connect() as connection:
        with pytest.raises((ProgrammingError, OperationalError)) as caught:
            HEADS.rows(connection, name="secret-name")
        assert is_unavailable(caught.value)
        assert "secret-name" not in str(caught.value)


def test_driver_error_is_retryable_only_if_database_is_locked():
    locked, other = sqlite3.OperationalError("database is locked"), sqlite3.OperationalError("no")
    locked.sqlite_errorname, other.sqlite_errorname = "SQLITE_BUSY", "SQLITE_ERROR"
    with create_engine("sqlite://").connect() as connection:
        found = [wrap_driver_error(error, connection, "SELECT 1") for error in (locked, other)]
    assert [type(error) for error in found] == [OperationalError] * 2
    assert [IRetryableError.providedBy(error) for error in found] == [True, False]


def kill(connection):
    """Close a connection behind SQLAlchemy's back, as a stopped server does."""
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "postgresql":
        driver.pgconn.finish()
    else:
        driver._force_close()


def test_lost_connection_is_not_used_again(shop, backend):
    if backend == "sqlite":
        pytest.skip("SQLite has no connection to a server")
    with shop.engine.connect() as connection:
        kill(connection)
        with pytest.raises(DBAPIError) as caught:
            HEADS.rows(connection, name="one")
        assert caught.value.connection_invalidated
        assert is_unavailable(caught.value)
    with shop.engine.connect() as connection:
        assert HEADS.rows(connection, name="one") == []


def test_shop_without_tables_is_503(new_database, open_shop_at):
    assert open_shop_at(new_database()).get("/courses/one").status_int == 503


def same(answer):
    body = PRELOAD.sub(b"", answer.body)
    return answer.status_int, NEW_KEY.sub(b"", HASHED.sub(rb"\1\2", body))


@pytest.mark.slow
@pytest.mark.one_database
def test_lean_templates_render_the_same_as_reloading_templates(scene, open_shop_at):
    url = scene.shop.engine.url.render_as_string(hide_password=False)
    reloading = open_shop_at(url, **{"pyramid.reload_templates": "true"})
    shown = 0
    for who in ("guest", "author", "teacher", "admin"):
        actor = GUEST if who == "guest" else scene.actors[who]
        for method, path, *_rest in ROWS:
            if method != "GET" or path == "/kept":
                continue
            real = scene.path(path, actor)
            lean, other = (one.get(real, actor) for one in (scene.shop, reloading))
            assert same(lean) == same(other), (who, real)
            shown += lean.status_int == 200
    assert shown > 150
