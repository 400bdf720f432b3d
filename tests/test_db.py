"""Pitfalls of individual databases, each tested on all of them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import webtest
from helpers import JSON, Shop, write_ini
from probes import HEARD
from pyramid.scripting import prepare
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from transaction.interfaces import NoTransaction

from courseshop.database.stale import StaleEdit
from courseshop.database.types import LongText, Money, UtcDateTime
from courseshop.domain.errors import Conflict
from courseshop.domain.events import Committed, ReviewWritten
from courseshop.models import Category, Course, Review, User
from courseshop.services.unique import unless_taken

pytestmark = pytest.mark.databases

UNIQUE_WRITERS = 32


@pytest.fixture(scope="session")
def _probed(migrated_database, tmp_path_factory):
    ini = write_ini(
        tmp_path_factory.mktemp("probed"), migrated_database(), **{"pyramid.includes": "probes"}
    )
    shop = Shop.open(ini)
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def shop(_probed):
    _probed.clear()
    HEARD.clear()
    return _probed


def slugs(shop):
    with shop.reading() as request:
        return set(request.db.scalars(select(Category.slug)))


def post(shop, name, word="probe", **options):
    return shop.app.post_json(f"/probe/{name}", {"word": word}, headers=JSON, **options)


@pytest.mark.parametrize("name", ["table-insert", "text-insert"])
def test_statement_outside_the_orm_is_committed(shop, name):
    post(shop, name)
    assert slugs(shop) == {"probe"}


@pytest.mark.parametrize("name", ["returned-400", "refused", "crash", "failed-flush", "savepoint"])
def test_error_response_rolls_back_all_writes(shop, name):
    response = post(shop, name, expect_errors=True)
    assert response.status_int >= 400
    assert slugs(shop) == set()


def test_500_is_logged_but_reveals_nothing(shop, caplog):
    response = post(shop, "crash", status=500)
    assert response.content_type == "application/problem+json"
    assert "secret" not in response.text
    assert "secret" in caplog.text


def test_second_review_is_refused_by_the_constraint(shop):
    student, course_id = shop.add_person("bob"), shop.add_course("python")
    shop.add_review(course_id, student, 5)
    taken = shop.app.post_json(
        "/courses/python/rate", {"rating": 1}, headers=JSON,
        extra_environ={"test.actor": student}, status=409,
    )  # fmt: skip
    assert taken.json["errors"][0]["code"] == "already_reviewed"


def test_events_are_sent_in_the_transaction_and_after_commit(shop):
    post(shop, "publish")
    event = ReviewWritten(1, 1, 5)
    assert [event, Committed(event, None)] == HEARD


def test_refused_request_sends_no_committed_event(shop):
    post(shop, "publish", "refuse", status=422)
    assert [ReviewWritten(1, 1, 5)] == HEARD


def test_concurrent_ratings_are_all_counted(shop):
    course_id = shop.add_course("python")
    stamp = select(Course.stamp).where(Course.id == course_id)
    with shop.reading() as request:
        before = request.db.scalar(stamp)
    writers = [shop.add_person(f"writer-{n}") for n in range(UNIQUE_WRITERS)]

    def rate(n):
        app = webtest.TestApp(shop.app.app)
        environ = {"test.actor": writers[n]}
        body = {"rating": n % 5 + 1}
        return app.post_json("/courses/python/rate", body, headers=JSON, extra_environ=environ)

    with ThreadPoolExecutor(UNIQUE_WRITERS) as pool:
        answers = list(pool.map(rate, range(UNIQUE_WRITERS)))
    assert {answer.status_int for answer in answers} == {200}
    with shop.reading() as request:
        counted = request.db.execute(
            select(Course.rating_count, Course.rating_sum).where(Course.id == course_id)
        ).one()
        after = request.db.scalar(stamp)
        real = request.db.execute(select(func.count(), func.sum(Review.rating))).one()
    assert tuple(counted) == tuple(real)
    assert after == before + UNIQUE_WRITERS


def test_concurrent_reviews_by_one_user_leave_one_review(shop):
    shop.add_course("python")
    bob = shop.add_person("bob")

    def rate(_n):
        app = webtest.TestApp(shop.app.app)
        environ = {"test.actor": bob}
        return app.post_json(
            "/courses/python/rate",
            {"rating": 4},
            headers=JSON,
            extra_environ=environ,
            expect_errors=True,
        ).status_int

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(rate, range(8)))
    assert answers == [200] + [409] * 7
    assert shop.json("/courses/python").json["rating"]["count"] == 1


def test_two_deadlocked_writers_both_succeed_in_the_end(shop):
    for slug in ("one", "two"):
        post(shop, "table-insert", slug)
    meeting = threading.Barrier(2)

    def pause():
        try:
            meeting.wait(0.3)
        except threading.BrokenBarrierError:
            return

    shop.registry["probes.pause"] = pause
    try:
        with ThreadPoolExecutor(2) as pool:
            ask = lambda word: webtest.TestApp(shop.app.app).post_json(  # noqa: E731
                "/probe/opposite-locks", {"word": word}, headers=JSON
            )
            list(pool.map(ask, ["one two", "two one"]))
    finally:
        shop.registry["probes.pause"] = lambda: None
    with shop.reading() as request:
        assert request.db.execute(select(Category.stamp)).scalars().all() == [3, 3]


def test_readers_do_not_wait_for_a_writer(shop):
    shop.add_course("python")
    with shop.writing() as request:
        request.db.execute(insert(Category).values(slug="held", title="Held", position=9))
        started = time.monotonic()
        assert shop.json("/courses/python").status_int == 200
        assert time.monotonic() - started < 2
        assert shop.json("/categories/held").status_int == 404


def test_write_that_is_refused_early_takes_no_lock(shop, backend):
    if backend != "sqlite":
        pytest.skip("the other databases lock only the rows that they write")
    shop.add_course("python")
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.extend([statement] if statement.startswith("BEGIN") else [])

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        for path, status in (("nowhere/reviews", 404), ("python/reviews", 401), ("python/x", 404)):
            shop.app.post_json(f"/courses/{path}", {}, headers=JSON, status=status)
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)
    assert sent == ["BEGIN"] * 3


def test_write_gets_a_new_session_and_connection(shop):
    request = shop.app.app.request_factory.blank("/", method="POST")
    with prepare(request=request, registry=shop.registry):
        request.tm.begin()
        before = request.db, request.connection
        request.database.begin_to_write()
        assert before[1].closed
        assert request.db is not before[0]
        assert request.connection is request.db.connection()
        request.tm.abort()


def test_writes_of_a_read_request_are_rolled_back(shop):
    with shop.reading() as request:
        request.db.execute(insert(Category).values(slug="lost", title="Lost", position=9))
    assert slugs(shop) == set()


def test_added_object_is_stored_on_commit(shop):
    with shop.writing() as request:
        request.db.add(Category(slug="added", title="Added", position=1))
    with shop.reading() as request:
        assert request.db.scalar(select(Category.title)) == "Added"


def test_only_the_transaction_manager_commits_and_no_write_follows(shop):
    row = insert(Category).values(slug="late", title="Late", position=1)
    with shop.writing() as request:
        request.db.execute(row)
        with pytest.raises(AssertionError, match="transaction manager"):
            request.db.commit()
        request.tm.abort()
        with pytest.raises(NoTransaction):
            request.db.execute(row)
        request.tm.begin()
    with shop.reading() as request:
        assert request.db.scalar(select(Category.title)) is None


def test_names_that_differ_in_case_accent_or_space_are_different(shop):
    names = ["py", "PY", "pý", "py "]
    with shop.writing() as request:
        for name in names:
            request.db.execute(insert(User).values(username=name, name=name))
    with shop.reading() as request:
        found = [
            request.db.scalars(select(User.name).where(User.username == name)).all()
            for name in names
        ]
    assert found == [[name] for name in names]


def test_foreign_key_to_a_missing_row_is_refused(shop):
    with pytest.raises(IntegrityError), shop.writing() as request:
        request.db.execute(insert(Review).values(course_id=999, author_id=999, rating=5))


def test_datetimes_are_returned_in_utc_with_microseconds(shop):
    moment = datetime(
        2026, 3, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30))
    )
    with shop.writing() as request:
        request.db.execute(insert(User).values(username="bob", name="Bob", created_at=moment))
    with shop.reading() as request:
        found = request.db.scalar(select(User.created_at))
    assert found == moment
    assert found.tzinfo is UTC


def test_datetime_without_an_offset_is_refused(shop):
    with pytest.raises(StatementError, match="offset"), shop.writing() as request:
        request.db.execute(
            insert(User).values(username="bob", name="Bob", created_at=datetime(2026, 1, 1))
        )


def test_money_is_exact_to_four_decimal_places(shop):
    shop.add_course("python", price="19.90")
    with shop.reading() as request:
        assert request.db.scalar(select(Course.price)) == Decimal("19.90")
        assert request.db.scalar(text("SELECT price FROM course")) == 199_000
    with pytest.raises(ValueError, match="more than 4 decimal places"):
        Money().process_bind_param(Decimal("0.00001"), None)


def test_long_text_is_not_truncated(shop):
    about = "word " * 9_999
    shop.add_course("python", about=about)
    assert shop.json("/courses/python").json["about"]["markdown"] == about


def test_request_to_a_locked_sqlite_is_retried_and_then_503(shop, backend, monkeypatch):
    if backend != "sqlite":
        pytest.skip(
            "only SQLite has a single write lock; the deadlock test above covers the others"
        )
    tried = []
    monkeypatch.setattr("courseshop.database.transactions.time.sleep", tried.append)
    monkeypatch.setattr("courseshop.database.engine.PATIENCE", 0.01)
    with shop.writing() as request:
        request.db.execute(insert(Category).values(slug="held", title="Held", position=9))
        response = post(shop, "table-insert", status=503)
    assert response.headers["Retry-After"]
    assert len(tried) == 4
    assert all(0 <= pause < 0.7 for pause in tried)
    assert slugs(shop) == {"held"}


def test_missing_database_is_503_and_the_process_survives(tmp_path):
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/nowhere/shop.sqlite"))
    problem = shop.json("/courses")
    assert (problem.status_int, problem.content_type) == (503, "application/problem+json")
    assert problem.headers["Retry-After"]
    page = shop.get("/courses")
    assert (page.status_int, page.content_type) == (503, "text/html")
    assert shop.get("/livez").status_int == 200
    assert shop.get("/readyz").status_int == 503
    shop.close()


@pytest.mark.parametrize("path", ["/nonexistent", "/courses?q=%ff", "/courses/a/"])
def test_error_pages_work_without_a_database_for_logged_in_browser(tmp_path, path):
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/nowhere/shop.sqlite"))
    cookie = f"courseshop_session={'a' * 43}"
    page = shop.get(path, headers={"Cookie": cookie}, expect_errors=True)
    assert page.status_int in {400, 404, 503}
    assert page.content_type == "text/html"
    assert "Log in" in page
    shop.close()


def test_a_database_without_tables_is_not_ready(tmp_path):
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite"))
    assert shop.get("/readyz").status_int == 503
    shop.init()
    assert shop.get("/readyz").json == {"status": "ready"}
    shop.close()


def test_types_compile_to_the_expected_mysql_types():
    from sqlalchemy.dialects import mysql

    dialect = mysql.dialect()
    assert UtcDateTime().compile(dialect=dialect) == "DATETIME(6)"
    assert LongText.compile(dialect=dialect) == "MEDIUMTEXT"


def test_duplicate_that_is_gone_raises_stale_edit_for_a_retry(shop):
    nobody = select(Category.id).where(Category.slug == "nobody")
    rows = (
        insert(Category).values(slug="twice", title="Twice"),
        insert(Category).values(slug=None, title=""),
    )
    for broken, raised in zip(rows, (StaleEdit, IntegrityError), strict=True):
        with shop.writing() as request:
            request.db.execute(rows[0])
            with pytest.raises(raised), unless_taken(request.db, nobody, Conflict("", "", "")):
                request.db.execute(broken)
            request.tm.doom()


def test_savepoints_roll_back_alone_even_if_nested(shop):
    def store(request, word, *, fails):
        with request.db.begin_nested():
            request.db.execute(insert(Category).values(slug=word, title="T", position=1))
            if word == "outer":
                for inner, broken in (("one", True), ("two", False)):
                    with suppress(ValueError):
                        store(request, inner, fails=broken)
            if fails:
                raise ValueError(word)

    with shop.writing() as request:
        store(request, "outer", fails=False)
        with pytest.raises(ValueError, match="last"):
            store(request, "last", fails=True)
    assert slugs(shop) == {"outer", "two"}


def test_database_error_rolls_back_only_its_savepoint(shop):
    row = insert(Category).values(slug="twice", title="Twice", position=1)
    with shop.writing() as request:
        request.db.execute(row)
        with pytest.raises(IntegrityError), request.db.begin_nested():
            request.db.execute(row)
        request.db.execute(row.values(slug="after"))
    assert slugs(shop) == {"twice", "after"}


@pytest.fixture
def prepared_shop(shop, backend):
    """Return a shop on PostgreSQL whose statements are prepared on the server."""
    if backend != "postgresql":
        pytest.skip("the other drivers do not prepare statements on the server")
    shop.engine.dispose()
    shop.add_course("python")
    request_uncached_pages(shop)
    return shop


def request_uncached_pages(shop):
    # With a different query string each time, or the response would be replayed.
    return [shop.get(f"/courses/python?{number}").status_int for number in range(8)]


def count_prepared(shop):
    with shop.engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))


def test_statements_stay_prepared_between_requests(prepared_shop):
    assert count_prepared(prepared_shop) > 0


def test_statements_are_prepared_again_after_a_schema_change(prepared_shop):
    with prepared_shop.engine.begin() as connection:
        connection.execute(text("ALTER TABLE course ALTER COLUMN rating_sum TYPE bigint"))
    try:
        assert request_uncached_pages(prepared_shop)[-4:] == [200] * 4
    finally:
        with prepared_shop.engine.begin() as connection:
            connection.execute(text("ALTER TABLE course ALTER COLUMN rating_sum TYPE integer"))
        prepared_shop.engine.dispose()


def test_session_settings_do_not_leak_into_the_next_request(prepared_shop):
    for expected in ("", ""):
        with prepared_shop.reading() as request:
            found = request.db.scalar(text("SELECT current_setting('my.tenant', true)"))
            assert (found or "") == expected
            request.db.execute(text("SELECT set_config('my.tenant', 'alice', false)"))


def test_connection_lost_after_the_last_query_fails_no_request(prepared_shop):
    engine, backend_pid = prepared_shop.engine, text("SELECT pg_backend_pid()")
    with prepared_shop.reading() as request:
        lost = request.db.scalar(backend_pid)
        with engine.connect() as other:
            # Waits until the connection is closed.
            assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    with ExitStack() as stack:
        held = [stack.enter_context(engine.connect()).scalar(backend_pid) for _ in range(3)]
    assert lost not in held
    assert request_uncached_pages(prepared_shop) == [200] * 8


def test_a_request_may_close_its_connection(shop):
    out = shop.engine.pool.checkedout()
    with shop.reading() as request:
        request.db.execute(select(Category.id)).all()
        assert shop.engine.pool.checkedout() == out + 1
        request.connection.close()
        assert shop.engine.pool.checkedout() == out
    assert shop.engine.pool.checkedout() == out
