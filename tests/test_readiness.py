"""`/readyz`, and databases that are read-only or have another schema than the code."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from unittest.mock import patch

import pytest
from alembic.script import ScriptDirectory
from helpers import Shop, write_ini
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from test_settings import production, refusal

from courseshop.database.engine import PATIENCE, is_unavailable

pytestmark = pytest.mark.databases

READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


def status(shop):
    found = shop.get("/readyz")
    assert (found.status_int == 503) == ("Retry-After" in found.headers)
    return found.status_int, found.json["status"]


READY = (200, "ready")


def execute(shop, statement):
    with shop.engine.begin() as connection:
        connection.execute(text(statement))


def test_readyz_reads_no_migrations_and_needs_two_queries(opened):
    for plugins in ("", "courseshop_announcements"):
        shop = opened(**{"pyramid.includes": plugins})
        shop.init()
        with (
            patch.object(ScriptDirectory, "from_config", side_effect=AssertionError),
            shop.queries() as sent,
        ):
            assert status(shop) == READY
        assert len(sent) == 2


@contextmanager
def read_only(shop, backend):
    """Make the shop's sessions read-only, as on a standby."""

    def restrict(connection, _record):
        cursor = connection.cursor()
        cursor.execute(READ_ONLY[backend])
        cursor.close()
        connection.commit()

    shop.engine.dispose()
    event.listen(shop.engine, "connect", restrict)
    yield
    event.remove(shop.engine, "connect", restrict)
    shop.engine.dispose()


def test_read_only_database_is_not_ready_but_serves_pages(opened, backend):
    shop = opened()
    shop.add_course("python")
    student = shop.add_person("sam")
    with read_only(shop, backend):
        assert status(shop) == (503, "the database cannot be written")
        assert shop.get("/courses/python").status_int == 200
        enrolling = shop.request(
            "PUT", "/courses/python/enrolment", student, Accept="application/json"
        )
        assert (enrolling.status_int, enrolling.content_type) == (503, "application/problem+json")
        assert enrolling.headers["Retry-After"]
    assert status(shop) == READY


@pytest.mark.one_database
def test_sqlite_file_opened_read_only_is_not_ready(own_url, tmp_path):
    path = own_url.removeprefix("sqlite:///")
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///file:{path}?mode=ro&uri=true"))
    assert status(shop) == (503, "the database cannot be written")
    assert shop.get("/courses").status_int == 200
    shop.close()


def test_another_writer_does_not_affect_readyz(opened):
    shop = opened()
    with shop.writing() as request:
        request.db.execute(text("UPDATE alembic_version SET version_num = version_num"))
        began = monotonic()
        assert status(shop) == READY
    assert monotonic() - began < PATIENCE / 2


@pytest.mark.parametrize(
    ("broken", "page"),
    [
        ("ALTER TABLE course RENAME COLUMN summary TO abstract", "/courses"),
        ("ALTER TABLE review RENAME COLUMN rating TO stars", "/courses/python/reviews"),
        ("ALTER TABLE user_account DROP COLUMN password_hash", None),
        ("ALTER TABLE wish RENAME TO wishes", None),
        ("DROP TABLE kept_answer", None),
    ],
)
def test_missing_table_or_column_is_not_ready_and_gets_503(opened, own_url, broken, page):
    shop = opened()
    shop.add_course("python")
    execute(shop, broken)
    code, word = status(shop)
    assert (code, "lacks a table or column" in word) == (503, True)
    assert "lacks a table or column" in refusal(production(own_url))
    if page:
        answer = shop.json(page)
        assert (answer.status_int, answer.content_type) == (503, "application/problem+json")
        assert answer.headers["Retry-After"]


@pytest.mark.one_database
def test_write_to_renamed_column_gets_503(opened):
    shop = opened()
    shop.add_course("python")
    execute(shop, "ALTER TABLE enrolment RENAME COLUMN created_at TO since")
    student = shop.add_person("sam")
    assert shop.request("PUT", "/courses/python/enrolment", student).status_int == 503


class DriverError(Exception):
    """The exception of a driver, with the error code of the server."""

    def __init__(self, code):
        super().__init__(code, "refused")
        self.sqlstate = code if isinstance(code, str) else None


@pytest.mark.one_database
@pytest.mark.parametrize(
    "code", [1290, 1792, 1836, 1054, 1142, 1146, 1191, "25006", "42501", "42703"]
)
def test_read_only_and_schema_errors_count_as_unavailable(code):
    assert is_unavailable(DBAPIError("", {}, DriverError(code)))
