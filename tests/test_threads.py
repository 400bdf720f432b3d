"""The threads of the server: however many requests wait, one stays free for fast ones."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest
import webtest
from helpers import JSON, Shop, wait_until, write_ini
from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_app, get_appsettings
from pyramid_retry import IBeforeRetry
from silence import proxied
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError
from writers import REVIEWS, URL, Writer, enrolled, write_course

from courseshop import configure, server
from courseshop.database import engine
from courseshop.database.engine import is_unavailable
from courseshop.database.transactions import store_after
from courseshop.domain import markdown, threads
from courseshop.domain.errors import Busy
from courseshop.domain.shop import shop_of
from courseshop.domain.threads import (
    Gate,
    Limits,
    begin_wait,
    enter_slow_gate,
    limited,
    require_room,
    use_database,
)
from courseshop.protection import passwords

pytestmark = pytest.mark.slow

THREADS = 4


@contextmanager
def opened(folder, url, **settings):
    """Yield a shop for a server with four threads."""
    settings = {f"courseshop.{key}": str(value) for key, value in settings.items()}
    shop = Shop.open(write_ini(folder, url, **settings), THREADS)
    try:
        yield shop
    finally:
        shop.close()


@pytest.fixture
def small_shop(tmp_path, demo_database):
    with opened(tmp_path, demo_database(), token_limit="") as shop:
        yield shop


@contextmanager
def slow_requests(shop, number):
    """Simulate `number` requests of the process that hash, preview or wait."""
    started, over = threading.Semaphore(0), threading.Event()

    def run_one():
        with limited(shop_of(shop.registry).limits):
            enter_slow_gate()
            started.release()
            over.wait(30)

    with ThreadPoolExecutor(number) as pool:
        for _ in range(number):
            pool.submit(run_one)
        try:
            for _ in range(number):
                assert started.acquire(timeout=10)
            yield
        finally:
            over.set()


def ask(shop, method, url, body=None, **headers):
    app = webtest.TestApp(shop.app.app)
    send = app.get if method == "GET" else getattr(app, f"{method.lower()}_json")
    more = {} if method == "GET" else {"params": body or {}}
    return send(url, headers={**JSON, **headers}, expect_errors=True, **more)


def log_in(shop, username="nobody"):
    return ask(shop, "POST", "/account/login", {"username": username, "password": "wrong"})


def static_file(shop):
    page = shop.get("/courses").html
    return page.select_one("link[rel=stylesheet]")["href"]


# Limits, and the gates.


@pytest.mark.parametrize(
    ("number", "on_sqlite", "remote"),
    [
        (2, (1, None), (1, 1)),
        (4, (3, None), (2, 3)),
        (128, (127, None), (10, 15)),
    ],
)
def test_limits_are_lower_than_number_of_threads(number, on_sqlite, remote):
    assert tuple(Limits.of(number, remote=False)) == on_sqlite
    assert tuple(Limits.of(number, remote=True)) == remote


def test_request_enters_gate_once_and_leaves_it_at_its_end(monkeypatch):
    monkeypatch.setattr(threads, "SLOW", Gate())
    for _ in range(3):
        with limited(Limits(1, None)):
            enter_slow_gate()
            enter_slow_gate()
    with pytest.raises(ZeroDivisionError), limited(Limits(1, None)):
        fail(enter_slow_gate)
    assert not threads.SLOW.is_closed(1)


def fail(before):
    before()
    raise ZeroDivisionError


def test_nothing_is_limited_outside_of_requests(monkeypatch):
    monkeypatch.setattr(threads, "SLOW", Gate())
    for _ in range(3):
        enter_slow_gate()
        use_database()
        require_room()
    assert not threads.SLOW.is_closed(1)


def test_waiting_request_gets_room_while_others_are_answered():
    gate, patience = Gate(), 60
    assert gate.enter(1, patience)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gate.enter, 1, patience)
        gate.note_answer()
        gate.leave()
        assert waiting.result(30)


def test_gate_is_closed_after_vain_wait_until_next_response():
    gate = Gate()
    assert gate.enter(1, 60)
    assert not gate.enter(1, 0.01)
    assert gate.is_closed(1)
    # It is refused at once, although it would wait for a minute.
    assert not gate.enter(1, 60)
    gate.note_answer()
    assert not gate.is_closed(1)
    gate.leave()
    assert gate.enter(1, 60)


# Hashing and previews.


def test_fast_requests_are_answered_while_slow_gate_is_full(small_shop, hasher):
    shop, teacher = small_shop, Writer(small_shop, "tess", "instructor")
    hasher.calls, style = 0, static_file(shop)
    bearer = {"Authorization": f"Bearer {teacher.token}"}
    with slow_requests(shop, THREADS - 1):
        assert log_in(shop).status_int == 503
        with shop.queries() as asked:
            refused = [log_in(shop) for _ in range(50)]
            refused.append(
                ask(shop, "POST", "/courses/preview", {"about": {"markdown": "*a*"}}, **bearer)
            )
        assert {(one.status_int, one.headers["Retry-After"]) for one in refused} == {(503, "2")}
        assert (hasher.calls, asked) == (0, [])
        for path in ("/livez", style, URL, "/courses"):
            assert shop.get(path).status_int == 200, path
    assert log_in(shop).status_int == 401
    answer = ask(shop, "POST", "/courses/preview", {"about": {"markdown": "*a*"}}, **bearer)
    assert answer.status_int == 200, answer.text
    assert answer.json["about"]["html"] == "<p><em>a</em></p>\n"


def test_excess_logins_are_refused_and_leave_threads_free(tmp_path, demo_database, hasher):
    with opened(tmp_path, demo_database()) as shop:
        hasher.hold()
        with ThreadPoolExecutor(10) as pool:
            asked = [pool.submit(log_in, shop) for _ in range(10)]
            # Two hash, and one waits for a slot.
            wait_until(lambda: (hasher.now, sum(one.done() for one in asked)) == (2, 7))
            assert shop.get("/livez").status_int == 200
            assert ask(shop, "PUT", "/wishlists/default/no").status_int == 503
            hasher.go_on()
        assert Counter(one.result().status_int for one in asked) == {401: 3, 503: 7}


def test_preview_counts_as_slow_request(small_shop, monkeypatch):
    teacher, counted = Writer(small_shop, "tess", "instructor"), []
    render = markdown.render
    monkeypatch.setattr("courseshop.views.writing.enter_slow_gate", lambda: counted.append("slow"))
    monkeypatch.setattr(markdown, "render", lambda text: counted.append("rendered") or render(text))
    answer = teacher.post("/courses/preview", {"about": {"markdown": "*a*"}})
    assert answer.status_int == 200, answer.text
    assert counted[:2] == ["slow", "rendered"]


def test_one_text_is_rendered_at_a_time(monkeypatch):
    running, most, free = [], [], threading.Event()

    def parse(text):
        running.append(text)
        most.append(len(running))
        free.wait(10)
        running.remove(text)
        return []

    monkeypatch.setattr(markdown._markdown, "parse", parse)
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(markdown.render, f"text {uuid4()}") for _ in range(6)]
        wait_until(lambda: len(running) == 1)
        free.set()
        wait(asked)
    assert max(most) == 1


def test_busy_gate_drops_only_writes_after_the_response(small_shop, caplog):
    with slow_requests(small_shop, 3):
        store_after(small_shop.registry, lambda _db: (_ for _ in ()).throw(Busy))
    assert "too many requests wait" in caplog.text
    assert "Traceback" not in caplog.text


class BlockingHasher:
    """A hasher that can be held up, and counts all calls and the waiting ones."""

    def __init__(self):
        self.calls = self.now = 0
        self._free, self._lock = threading.Event(), threading.Lock()
        self.go_on()

    def hold(self):
        self._free.clear()

    def go_on(self):
        self._free.set()

    def verify(self, *_arguments):
        with self._lock:
            self.calls, self.now = self.calls + 1, self.now + 1
        assert self._free.wait(30)
        raise passwords.VerificationError


@pytest.fixture
def hasher(monkeypatch, demo_database):
    # The first demo shop of the run hashes the passwords of its accounts.
    demo_database()
    blocking_hasher = BlockingHasher()
    monkeypatch.setattr(passwords, "hasher", blocking_hasher)
    yield blocking_hasher
    blocking_hasher.go_on()


# Locks.


def test_refused_request_never_waits_again():
    gate = threads.SLOW
    assert gate.enter(1, 0)
    with limited(Limits(1, None)):
        with pytest.raises(Busy):
            begin_wait()
        gate.leave()
        # There is room now, but it belongs to requests that still get a response.
        with pytest.raises(Busy):
            begin_wait()


def test_three_of_six_writers_wait_for_locked_sqlite_but_no_page_does(small_shop, monkeypatch):
    shop = small_shop
    # Longer than the pages below take on a busy machine.
    monkeypatch.setattr(engine, "PATIENCE", 20.0)
    sam, url = Writer(shop, "sam", "student"), "/wishlists/default/backend-with-python"
    shop.get(URL)
    with (
        closing(sqlite3.connect(make_url(str(shop.engine.url)).database)) as stranger,
        ThreadPoolExecutor(6) as pool,
    ):
        stranger.execute("BEGIN IMMEDIATE")
        bearer = {"Authorization": f"Bearer {sam.token}"}
        asked = [pool.submit(ask, shop, "PUT", url, **bearer) for _ in range(6)]
        wait_until(lambda: sum(one.done() for one in asked) == 3)
        for path in ("/livez", URL, "/courses?q=python"):
            assert shop.get(path).status_int == 200
        assert sum(one.done() for one in asked) == 3
        stranger.rollback()
        found = Counter(one.result().status_int for one in asked)
    assert found.pop(503) == 3
    assert sum(found.values()) == 3
    assert set(found) <= {200, 201, 204}


@pytest.mark.databases
def test_as_many_writers_as_threads_all_succeed(small_shop):
    """The owner of the lock does not wait; each of the others may."""
    shop = small_shop
    writers = [Writer(shop, f"sam-{n}", "student") for n in range(THREADS)]

    def write(writer):
        bearer = {"Authorization": f"Bearer {writer.token}"}
        changes = [("PUT", "/wishlists/default/backend-with-python")] * 25
        return [ask(shop, *change, **bearer).status_int for change in changes]

    with ThreadPoolExecutor(THREADS) as pool:
        found = [status for statuses in pool.map(write, writers) for status in statuses]
    assert len(found) == 100
    assert set(found) <= {200, 201, 204}


def test_uncontended_write_enters_no_gate(small_shop, monkeypatch):
    monkeypatch.setattr(threads, "SLOW", FullGate())
    sam = Writer(small_shop, "sam", "student")
    answer = sam.ask("PUT", "/wishlists/default/backend-with-python", {})
    assert answer.status_int in {200, 201, 204}


class FullGate(Gate):
    def enter(self, _limit, _patience):
        return False

    def is_closed(self, _limit):
        return False


def test_retry_does_not_pause_while_slow_gate_is_full(small_shop, monkeypatch):
    from courseshop.database import transactions

    slept = []
    monkeypatch.setattr(transactions.time, "sleep", slept.append)
    retry = type("Retry", (), {"environ": {"retry.attempt": 0}})
    with slow_requests(small_shop, THREADS - 1), limited(Limits.of(THREADS, remote=False)):
        transactions.pause(retry)
    assert slept == []
    transactions.pause(retry)
    assert len(slept) == 1


@pytest.fixture
def remote(backend):
    if backend == "sqlite":
        pytest.skip("SQLite has no server")
    return backend


@pytest.mark.databases
def test_write_to_locked_row_gets_503_and_delays_no_page(remote, tmp_path, migrated_database):
    with opened(tmp_path, migrated_database(), lock_seconds=1, publishing="instructors") as shop:
        write_course(shop, published=True)
        student, retries = enrolled(shop), []
        shop.registry.registerHandler(lambda _event: retries.append(1), [IBeforeRetry])
        with shop.engine.connect() as holder, ThreadPoolExecutor(6) as pool:
            holder.execute(text("SELECT id FROM course FOR UPDATE"))
            review = {"rating": 4, "text": "Good."}
            bearer = {"Authorization": f"Bearer {student.token}"}
            asked = [pool.submit(ask, shop, "POST", REVIEWS, review, **bearer) for _ in range(6)]
            wait_until(lambda: sum(one.done() for one in asked) >= 4)
            assert shop.get(URL).status_int == 200
            answers = [one.result() for one in asked]
            holder.rollback()
        assert {(one.status_int, one.headers.get("Retry-After")) for one in answers} == {(503, "2")}
        assert retries == []
        assert ask(shop, "POST", REVIEWS, review, **bearer).status_int == 201


# Unresponsive databases.


@pytest.mark.databases
def test_silent_database_delays_only_requests_that_query_it(remote, tmp_path, migrated_database):
    seconds = {"statement_seconds": 1, "connect_seconds": 1}
    with proxied(migrated_database()) as proxy, opened(tmp_path, proxy.url, **seconds) as shop:
        write_course(shop, published=True)
        assert [shop.get(URL).status_int for _ in range(3)] == [200] * 3
        style, shop_url = static_file(shop), "/courses?sort=title"
        proxy.fall_silent()
        with ThreadPoolExecutor(10) as pool:
            asked = [pool.submit(ask, shop, "GET", shop_url) for _ in range(10)]
            # The others are refused although none has an answer yet.
            wait_until(lambda: sum(one.done() for one in asked) >= 7)
            cookie = {"Cookie": f"courseshop_session={'a' * 43}"}
            assert [shop.get(path, **cookie).status_int for path in ("/livez", style)] == [200] * 2
            done, _waiting = wait(asked, 30)
        assert len(done) == 10
        answers = [one.result() for one in asked]
        assert {(one.status_int, one.headers["Retry-After"]) for one in answers} == {(503, "2")}
        proxy.speak()
        wait_until(lambda: shop.get(URL).status_int == 200)


@pytest.mark.databases
def test_statement_timeout_is_for_requests_but_not_for_commands(
    remote, tmp_path, migrated_database
):
    long = {
        "postgresql": "SELECT pg_sleep(2)",
        "mariadb": "SELECT count(*) FROM information_schema.columns, seq_1_to_100000000",
    }[remote]
    with opened(tmp_path, migrated_database(), statement_seconds=1) as shop:
        with shop.engine.connect() as connection, pytest.raises(DBAPIError) as ended:
            connection.execute(text(long))
        assert is_unavailable(ended.value)
        command = configure(get_appsettings(str(tmp_path / "test.ini")))
        limit = {"postgresql": "SHOW statement_timeout", "mariadb": "SELECT @@max_statement_time"}
        with shop_of(command.registry).engine.connect() as connection:
            assert connection.scalar(text(limit[remote])) in {"0", 0}
        shop_of(command.registry).engine.dispose()


def test_pages_without_data_do_not_connect_to_database(tmp_path):
    # This database does not exist.
    with opened(tmp_path, f"sqlite:///{tmp_path}/nowhere/shop.sqlite") as shop:
        connected = []
        event.listen(shop.engine, "do_connect", lambda *_: connected.append(1))
        cookie = {"Cookie": f"courseshop_session={'a' * 43}"}
        for headers in ({}, cookie):
            for path in ("/livez", "/robots.txt", "/logo", "/static/shop.css"):
                assert shop.get(path, **headers).status_int == 200, path
        assert connected == []
        assert shop.get("/courses").status_int == 503
        assert connected


# Checks at start-up.


@pytest.mark.parametrize("server_threads", ["1", "3"])
def test_server_with_too_few_threads_does_not_start(small_shop, server_threads):
    with pytest.raises(ConfigurationError, match=r"^threads: .* courseshop\.threads = 4"):
        server.main(small_shop.app.app, {}, threads=server_threads)


def test_server_command_can_set_number_of_threads(tmp_path, migrated_database):
    ini = write_ini(tmp_path, migrated_database())
    for options, slow in (({"courseshop.threads": "128"}, 127), ({}, THREADS - 1)):
        app = get_app(str(ini), options=options)
        assert shop_of(app.registry).limits.slow == slow
        shop_of(app.registry).engine.dispose()


@pytest.mark.parametrize("slots", [4, 5])
def test_as_many_password_slots_as_threads_stop_startup(tmp_path, slots):
    ini = get_appsettings(str(write_ini(tmp_path, "sqlite://")))
    with pytest.raises(ConfigurationError, match=r"^courseshop\.password_slots: .* at most 3"):
        configure({**ini, "courseshop.password_slots": str(slots)})


def test_one_thread_is_too_few(tmp_path):
    ini = get_appsettings(str(write_ini(tmp_path, "sqlite://")))
    with pytest.raises(ConfigurationError, match=r"^courseshop\.threads"):
        configure({**ini, "courseshop.threads": "1"})
