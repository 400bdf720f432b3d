"""Throttling: what is counted, for whom and how long; nobody can lock out other users."""

from __future__ import annotations

import itertools
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import limits
import pytest
import redis
import webtest
from helpers import JSON, Shop, free_port, write_ini
from pyramid.httpexceptions import HTTPTooManyRequests
from sqlalchemy import select, update

from courseshop.domain.clock import now
from courseshop.models import Throttle, User
from courseshop.protection.passwords import Passwords
from courseshop.protection.throttle_storage import DatabaseStorage, MemoryStorage, make_storage
from courseshop.protection.throttling import Throttles, network_of

HTML = {"Accept": "text/html"}
PASSWORD = "seven quiet herons"
PASSWORD_HASH = Passwords(1).hash(PASSWORD)
REDIS = "redis://127.0.0.1:6379"
THREE_AN_HOUR = limits.parse("3 per hour")
# The counters in memory outlive a test, so each test has its own names and addresses.
NUMBERS = itertools.count()


def forget_redis(unique_key):
    server = redis.Redis.from_url(REDIS)
    for key in server.scan_iter(match=f"*{unique_key}*"):
        server.delete(key)
    server.close()


@pytest.fixture
def unique_key():
    """Return a unique key to count; delete it from Redis at the end."""
    unique_key = uuid4().hex
    yield unique_key
    try:
        forget_redis(unique_key)
    except redis.ConnectionError:
        return


@pytest.fixture(params=["database", "memory", REDIS])
def throttles(request, shop, backend):
    if request.param != "database" and backend != "sqlite":
        pytest.skip("this storage is not the database")
    storage = make_storage(request.param, shop.engine)
    if not storage.check():
        pytest.skip(f"nothing answers at {REDIS}")
    return Throttles(storage)


@pytest.fixture
def open_shop(tmp_path, migrated_database):
    """Return a function that opens a shop with the given settings, where bob has a password."""
    opened, url = [], migrated_database()

    def open_one(**settings):
        settings = {f"courseshop.{key}": value for key, value in settings.items()}
        opened.append(Shop.open(write_ini(tmp_path, url, **settings)))
        if len(opened) == 1:
            add_person(opened[0], "bob")
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.close()


@pytest.fixture
def account_name(shop):
    return add_person(shop, f"ann-{next(NUMBERS)}")


def add_person(shop, username):
    """Add an account with a password and an address; return its name."""
    shop.add_person(username)
    facts = {"password_hash": PASSWORD_HASH, "email": f"{username}@example.org"}
    with shop.writing() as request:
        request.db.execute(update(User).where(User.username == username).values(facts))
    return username


def new_address():
    n = next(NUMBERS)
    return f"10.73.{n // 250}.{n % 250}"


def post(shop, url, body, address, headers=JSON):
    app = webtest.TestApp(shop.app.app, extra_environ={"REMOTE_ADDR": address})
    send = app.post_json if headers is JSON else app.post
    return send(f"/account/{url}", body, headers=headers, expect_errors=True)


def log_in(shop, username, address, password=PASSWORD, headers=JSON):
    return post(shop, "login", {"username": username, "password": password}, address, headers)


def fail(shop, username, address, times=1):
    """Log in with a wrong password; return the statuses."""
    return [log_in(shop, username, address, "wrong").status_int for _ in range(times)]


def register(shop, address, **facts):
    username = f"new-{next(NUMBERS)}"
    facts = {"username": username, "name": "New", "password": PASSWORD, **facts}
    return post(shop, "register", {"email": f"{username}@example.org", **facts}, address)


def ask_for_reset(shop, email, address, headers=JSON):
    return post(shop, "reset", {"email": email}, address, headers)


@pytest.mark.databases
def test_exceeding_limit_raises_429_with_retry_after(throttles, unique_key):
    for _ in range(3):
        throttles.check(THREE_AN_HOUR, "login", unique_key)
        throttles.count(THREE_AN_HOUR, "login", unique_key)
    for once_more in (throttles.count, throttles.check):
        with pytest.raises(HTTPTooManyRequests) as refusal:
            once_more(THREE_AN_HOUR, "login", unique_key)
        assert 3_500 < int(refusal.value.headers["Retry-After"]) <= 3_600


@pytest.mark.databases
def test_forgotten_and_unrelated_attempts_are_not_counted(throttles, unique_key):
    for _ in range(3):
        throttles.count(THREE_AN_HOUR, "login", unique_key, "ann")
    throttles.count(THREE_AN_HOUR, "login", unique_key, "bob")
    throttles.count(THREE_AN_HOUR, "register", unique_key, "ann")
    throttles.forget(THREE_AN_HOUR, "login", unique_key, "ann")
    for _ in range(3):
        throttles.count(THREE_AN_HOUR, "login", unique_key, "ann")
    with pytest.raises(HTTPTooManyRequests):
        throttles.count(THREE_AN_HOUR, "login", unique_key, "ann")


@pytest.mark.slow
@pytest.mark.databases
def test_limit_resets_after_its_window(throttles, unique_key):
    once = limits.parse("1 per 1 second")
    throttles.count(once, "login", unique_key)
    with pytest.raises(HTTPTooManyRequests) as refusal:
        throttles.count(once, "login", unique_key)
    assert refusal.value.headers["Retry-After"] == "1"
    time.sleep(1.1)
    throttles.check(once, "login", unique_key)
    throttles.count(once, "login", unique_key)


@pytest.mark.databases
def test_window_in_database_ends_on_time_and_starts_again(shop, monkeypatch):
    throttles, started = Throttles(DatabaseStorage(shop.engine)), now()
    for second, used in ((0, 1), (1_800, 2), (3_599, 0), (3_601, 3), (7_200, 0), (7_202, 3)):
        moment = started + timedelta(seconds=second)
        monkeypatch.setattr(
            "courseshop.protection.throttle_storage.now", lambda moment=moment: moment
        )
        for _ in range(used):
            throttles.count(THREE_AN_HOUR, "login")
        if second:
            with pytest.raises(HTTPTooManyRequests):
                throttles.check(THREE_AN_HOUR, "login")


@pytest.mark.databases
def test_expired_counters_are_deleted_from_database(shop, monkeypatch):
    throttles = Throttles(DatabaseStorage(shop.engine))
    for name in ("ann", "bob"):
        throttles.count(THREE_AN_HOUR, "login", name)
    later = now() + timedelta(hours=2)
    monkeypatch.setattr("courseshop.protection.throttle_storage.now", lambda: later)
    throttles.count(THREE_AN_HOUR, "login", "eve")
    with shop.reading() as request:
        assert len(request.db.scalars(select(Throttle.key)).all()) == 1


def test_expired_counters_are_deleted_from_memory(monkeypatch):
    storage, clock = MemoryStorage(), time.time()
    for key in ("ann", "bob"):
        storage.incr(key, 60)
    storage.incr("eve", 3_600)
    monkeypatch.setattr("courseshop.protection.throttle_storage.time.time", lambda: clock + 90)
    assert [storage.get(key) for key in ("ann", "bob", "eve")] == [0, 0, 1]
    storage.incr("eve", 3_600)
    assert storage.reset() == 1


def test_counting_in_memory_starts_no_thread():
    storage, before = MemoryStorage(), set(threading.enumerate())
    storage.incr("ann", 60)
    assert set(threading.enumerate()) == before


@pytest.mark.databases
@pytest.mark.parametrize("kind", ["database", "memory"])
def test_concurrent_counts_are_never_lost(shop, kind):
    storage = make_storage(kind, shop.engine)
    with ThreadPoolExecutor(32) as pool:
        for key in ("one", "two", "three", "four"):
            counts = list(pool.map(storage.incr, [key] * 32, [3_600] * 32))
            assert sorted(counts) == list(range(1, 33))
            assert storage.get(key) == 32


@pytest.mark.databases
def test_processes_share_counters_in_database_but_not_in_memory(shop):
    for name, together in (("database", True), ("memory", False)):
        one, other = (Throttles(make_storage(name, shop.engine)) for _ in range(2))
        for _ in range(3):
            one.count(THREE_AN_HOUR, "login", "ann")
        if together:
            with pytest.raises(HTTPTooManyRequests):
                other.count(THREE_AN_HOUR, "login", "ann")
        else:
            other.count(THREE_AN_HOUR, "login", "ann")


@pytest.mark.slow
def test_database_contains_neither_usernames_nor_addresses(open_shop):
    shop = open_shop(throttles="database")
    assert fail(shop, "bob", "192.0.2.77") == [401]
    with shop.reading() as request:
        keys = request.db.scalars(select(Throttle.key)).all()
    assert len(keys) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:ff02:ffff:ffff:ffff:ffff", "2001:db8:1:ff02::/64"),
        ("2001:db8:1:ff02::1", "2001:db8:1:ff02::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
        ("192.0.2.7, 10.0.0.1", "192.0.2.7, 10.0.0.1"),
        ("", ""),
    ],
)
def test_network_is_an_ipv4_address_or_ipv6_64_prefix(address, network):
    assert network_of(address) == network


def test_eleventh_login_gets_429_even_with_correct_password(shop, account_name):
    address = new_address()
    assert fail(shop, account_name, address, 11) == [401] * 10 + [429]
    api_client = log_in(shop, account_name, address)
    browser = log_in(shop, account_name, address, headers=HTML)
    assert (api_client.status_int, browser.status_int) == (429, 429)
    assert api_client.content_type == "application/problem+json"
    assert browser.content_type == "text/html"
    assert all(0 < int(one.headers["Retry-After"]) <= 300 for one in (api_client, browser))


def test_attack_blocks_neither_other_addresses_nor_other_accounts(shop, account_name):
    attacker, other = new_address(), add_person(shop, f"other-{next(NUMBERS)}")
    assert fail(shop, account_name, attacker, 11)[-1] == 429
    assert log_in(shop, account_name, new_address()).status_int == 204
    assert log_in(shop, other, attacker).status_int == 204


def test_successful_login_resets_failures(shop, account_name):
    address = new_address()
    for _ in range(2):
        assert fail(shop, account_name, address, 9) == [401] * 9
        assert log_in(shop, account_name, address).status_int == 204


def test_addresses_of_one_ipv6_network_count_as_one(shop, account_name):
    network = f"2001:db8:0:{next(NUMBERS):x}"
    assert [fail(shop, account_name, f"{network}::{n}")[0] for n in range(1, 12)] == [401] * 10 + [
        429
    ]
    assert log_in(shop, account_name, f"2001:db8:1:{next(NUMBERS):x}::1").status_int == 204


@pytest.mark.slow
def test_failures_are_limited_per_address_across_accounts(open_shop):
    shop = open_shop(login_limit_address="3 per hour")
    assert [fail(shop, f"nobody-{n}", "192.0.2.7")[0] for n in range(4)] == [401] * 3 + [429]
    assert log_in(shop, "bob", "192.0.2.7").status_int == 429
    assert log_in(shop, "bob", "192.0.2.8").status_int == 204


@pytest.mark.slow
def test_failures_are_limited_for_the_whole_shop(open_shop):
    shop = open_shop(login_limit_shop="3 per hour")
    assert [log_in(shop, "bob", f"192.0.2.{n}").status_int for n in range(4)] == [204] * 4
    assert [fail(shop, f"nobody-{n}", f"192.0.2.{n}")[0] for n in range(4)] == [401] * 3 + [429]
    assert log_in(shop, "bob", "192.0.2.99").status_int == 429


@pytest.mark.slow
def test_processes_share_login_failures(open_shop):
    one, other = (open_shop(throttles="database") for _ in range(2))
    assert fail(one, "bob", "192.0.2.7", 6) == [401] * 6
    assert fail(other, "bob", "192.0.2.7", 5) == [401] * 4 + [429]
    assert log_in(other, "bob", "192.0.2.8").status_int == 204


def headers_of(answer):
    """Return the headers without the expiry of cookies and the request ID."""
    named = {name: re.sub("expires=[^;]+", "", value) for name, value in answer.headers.items()}
    return {name: value for name, value in named.items() if name != "X-Request-ID"}


@pytest.mark.parametrize("headers", [JSON, HTML])
def test_known_and_unknown_mailboxes_get_five_resets_a_day(shop, account_name, headers):
    known, address = f"{account_name}@example.org", new_address()
    unknown = known.replace("ann", "eve")
    for status in [204 if headers is JSON else 303] * 5 + [429]:
        one, other = (ask_for_reset(shop, email, address, headers) for email in (known, unknown))
        assert one.status_int == other.status_int == status
        assert one.text.replace(known, unknown) == other.text
        assert headers_of(one) == headers_of(other)
    assert "already sent several emails to this address. Please try again in 24 h" in one.text
    assert ask_for_reset(shop, known.upper(), address, headers).status_int == 429
    assert ask_for_reset(shop, f"x-{known}", address, headers).status_int != 429
    assert ask_for_reset(shop, known, new_address(), headers).status_int != 429


@pytest.mark.slow
def test_mails_are_limited_per_mailbox_across_addresses(open_shop):
    shop, mailbox = open_shop(mail_limit="3 per day"), "bob@example.org"
    assert register(shop, "192.0.2.7", email=mailbox).status_int == 201
    for n, status in ((1, 204), (2, 204), (3, 429)):
        assert ask_for_reset(shop, mailbox, f"192.0.2.{n}").status_int == status
    assert register(shop, "192.0.2.8", email=mailbox).status_int == 429
    assert ask_for_reset(shop, "ann@example.org", "192.0.2.1").status_int == 204


@pytest.mark.slow
def test_registrations_are_limited_per_address_not_counting_refusals(open_shop):
    shop = open_shop(register_limit="2 per hour")
    refused = [{"password": "short"}, {"password": "password1234"}, {"username": "bob"}]
    for _ in range(2):
        statuses = [register(shop, "192.0.2.7", **facts).status_int for facts in refused]
        assert statuses == [422, 409, 409]
        assert register(shop, "192.0.2.7").status_int == 201
    answer = register(shop, "192.0.2.7")
    assert (answer.status_int, 0 < int(answer.headers["Retry-After"]) <= 3_600) == (429, True)
    assert register(shop, "192.0.2.8").status_int == 201


def test_twenty_first_registration_in_an_hour_gets_429(shop):
    address = new_address()
    assert [register(shop, address).status_int for _ in range(21)] == [201] * 20 + [429]


@pytest.mark.slow
def test_without_redis_logins_get_503_but_pages_work(open_shop):
    shop = open_shop(throttles=f"redis://127.0.0.1:{free_port()}")
    for headers in (JSON, HTML):
        answer = log_in(shop, "bob", "192.0.2.7", headers=headers)
        assert (answer.status_int, answer.headers["Retry-After"]) == (503, "2")
    assert register(shop, "192.0.2.7").status_int == 503
    assert shop.json("/courses").status_int == 200
