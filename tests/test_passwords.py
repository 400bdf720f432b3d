"""Passwords: how they are hashed, which ones are refused, and what is never revealed."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import argon2
import pytest
import webtest
from helpers import JSON
from hypothesis import given, settings, strategies
from pyramid.httpexceptions import HTTPServiceUnavailable
from sqlalchemy import inspect, select, update

from courseshop.database.base import Base
from courseshop.domain.shop import shop_of
from courseshop.models import User
from courseshop.protection import passwords
from courseshop.protection.passwords import Passwords

pytestmark = pytest.mark.slow

HTML = {"Accept": "text/html"}
PASSWORD = "seven quiet herons"
LONG = "".join(chr(33 + n * n % 89) for n in range(1_001))
# Attempts are limited per address and username, and the shop outlives the test.
NUMBERS = itertools.count()


@pytest.fixture
def account_name(shop):
    """Return the username of an account with a password."""
    username = f"ann-{next(NUMBERS)}"
    shop.add_person(username)
    store(shop, username, Passwords(1).hash(PASSWORD))
    return username


@pytest.fixture
def hasher(monkeypatch):
    """Return the hasher, which counts its calls and how many run at once."""
    counting = CountingHasher(passwords.hasher)
    monkeypatch.setattr(passwords, "hasher", counting)
    return counting


class CountingHasher:
    def __init__(self, real):
        self.real, self.lock = real, threading.Lock()
        self.calls = self.now = self.most = 0

    def hash(self, *arguments):
        with self.counted():
            return self.real.hash(*arguments)

    def verify(self, *arguments):
        with self.counted():
            return self.real.verify(*arguments)

    @contextmanager
    def counted(self):
        with self.lock:
            self.calls, self.now = self.calls + 1, self.now + 1
            self.most = max(self.most, self.now)
        try:
            yield time.sleep(0.02)
        finally:
            with self.lock:
                self.now -= 1


def wide(text):
    """Return full-width forms of ASCII, as a Japanese keyboard types them."""
    return text.translate({0x20: 0x3000} | {n: n + 0xFEE0 for n in range(0x21, 0x7F)})


def store(shop, username, password_hash):
    with shop.writing() as request:
        who = update(User).where(User.username == username)
        request.db.execute(who.values(password_hash=password_hash))


def stored(shop, username):
    with shop.reading() as request:
        return request.db.scalar(select(User.password_hash).where(User.username == username))


def client(shop):
    n = next(NUMBERS)
    return webtest.TestApp(
        shop.app.app, extra_environ={"REMOTE_ADDR": f"10.72.{n // 250}.{n % 250}"}
    )


def log_in(shop, username, password):
    body = {"username": username, "password": password}
    return client(shop).post_json("/account/login", body, headers=JSON, expect_errors=True)


def registration(password, **facts):
    username = f"bob-{next(NUMBERS)}"
    facts = {"username": username, "name": "Bob", **facts}
    return {"email": f"{username}@example.org", "password": password, **facts}


def register(shop, password, **facts):
    body = registration(password, **facts)
    return client(shop).post_json("/account/register", body, headers=JSON, expect_errors=True)


@contextmanager
def all_slots_taken(shop):
    hashing = shop_of(shop.registry).passwords
    with ExitStack() as stack:
        for _ in range(shop_of(shop.registry).settings.password_slots):
            stack.enter_context(hashing.slot())
        yield


def test_hash_uses_argon2id_with_owasp_parameters():
    assert Passwords(1).hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_same_password_gets_different_hashes():
    assert len({Passwords(1).hash(PASSWORD) for _ in range(3)}) == 3


def test_only_correct_password_renews_outdated_hash(shop, account_name):
    old = argon2.PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=2).hash(PASSWORD)
    store(shop, account_name, old)
    assert log_in(shop, account_name, "seven quiet herons?").status_int == 401
    assert stored(shop, account_name) == old
    assert log_in(shop, account_name, PASSWORD).status_int == 204
    new = stored(shop, account_name)
    assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert log_in(shop, account_name, PASSWORD).status_int == 204
    assert stored(shop, account_name) == new


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [
        (11, 422, "string_too_short"),
        (12, 201, ""),
        (1_000, 201, ""),
        (1_001, 422, "string_too_long"),
    ],
)
def test_a_password_has_12_to_1000_characters(shop, length, status, code):
    answer = register(shop, LONG[:length])
    faults = [(fault["field"], fault["code"]) for fault in answer.json.get("errors", [])]
    assert (answer.status_int, faults) == (status, [("password", code)] if code else [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﬁrst snow on ﬁve oaks", "first snow on five oaks"),
        (wide("purple houseboat 7"), "purple houseboat 7"),
        ("cre\u0300me bru\u0302le\u0301e à midi", "crème brûlée a\u0300 midi"),
        ("각설탕 두 개와 커피", "\u1100\u1161\u11a8설탕 두 개와 커피"),
    ],
)
def test_equivalent_unicode_spellings_of_password_match(shop, account_name, one, other):
    for mine, yours in ((one, other), (other, one)):
        store(shop, account_name, Passwords(1).hash(mine))
        assert log_in(shop, account_name, yours).status_int == 204


@pytest.mark.parametrize(
    ("mine", "wrong"),
    [
        (" two moons, one lake ", "two moons, one lake"),
        ("two moons, one lake", "two moons, one lake "),
        ("two moons, one lake", "Two moons, one lake"),
        ("🦊🦊 cross the 🌉", "🦊🐺 cross the 🌉"),
        ("crème brûlée a midi", "creme brulee a midi"),
        (LONG[:1_000], LONG[:999]),
    ],
)
def test_every_character_matters_including_outer_spaces(shop, mine, wrong):
    body = registration(mine)
    assert client(shop).post("/account/register", body, headers=HTML).status_int == 303
    assert log_in(shop, body["username"], wrong).status_int == 401
    assert log_in(shop, body["username"], mine).status_int == 204


@pytest.mark.parametrize(
    "password",
    ["password1234", "123456789012", "qwertyuiop12", "aaaaaaaaaaaa", wide("password1234")],
)
def test_common_password_is_refused(shop, password):
    answer = register(shop, password)
    (fault,) = answer.json["errors"]
    assert (answer.status_int, fault["field"]) == (409, "password")
    assert fault["code"] == "common_password"


@pytest.mark.parametrize("password", ["zebrafinchzebrafinch", "zebrafinch12", "Zoltanovich Q"])
def test_password_from_own_username_or_name_is_refused(shop, password):
    me = {"username": "zebrafinch", "name": "Zoltanovich Q"}
    assert register(shop, password, **me).json["errors"][0]["code"] == "common_password"
    assert register(shop, password, name="Bob").status_int == 201


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery staple", "mein alter Wasserkocher", "tres gatos en la azotea"),
        *("夜の図書館で雨の音を聞く", "🦊🌉🌙☕📚🎻🧭🪁🍋🦉🪵🧶", "Vx7!pq-Lm2#zR"),
    ],
)
def test_ordinary_passphrase_is_accepted(shop, password):
    assert register(shop, password).status_int == 201


@settings(max_examples=12, deadline=None)
@given(strategies.text(strategies.characters(exclude_categories=["Cs"]), min_size=12, max_size=200))
def test_any_text_can_be_a_password(text):
    hashing = Passwords(1)
    made = hashing.hash(text)
    assert hashing.verify(made, text)
    assert not hashing.verify(made, f"{text}x")


def test_dummy_hash_has_current_parameters():
    assert not passwords.is_outdated(passwords.DUMMY_HASH)


@pytest.mark.parametrize("password", ["nobody", PASSWORD])
def test_missing_account_costs_one_hash_and_never_verifies(hasher, password):
    assert Passwords(1).verify(None, password) is False
    assert hasher.calls == 1


def test_failed_login_costs_one_hash_with_or_without_account(shop, account_name, hasher):
    shop.add_person("without")
    for username in (account_name, "without", f"nobody-{next(NUMBERS)}", "nobody@example.org"):
        hasher.calls = 0
        assert log_in(shop, username, "nobody").status_int == 401
        assert hasher.calls == 1


def test_slots_limit_concurrent_hashes(hasher):
    hashing = Passwords(3)
    with ThreadPoolExecutor(9) as pool:
        assert not any(pool.map(hashing.verify, [None] * 9, [PASSWORD] * 9))
    assert (hasher.calls, hasher.most) == (9, 3)


def test_failed_hash_releases_its_slot(monkeypatch):
    monkeypatch.setattr(passwords, "SECONDS_TO_WAIT", 0)
    hashing = Passwords(1)
    with pytest.raises(UnicodeEncodeError):
        hashing.hash("\ud800" * 12)
    assert not hashing.verify("no hash at all", PASSWORD)
    with hashing.slot(), pytest.raises(HTTPServiceUnavailable):
        hashing.hash(PASSWORD)


def test_login_that_waits_too_long_for_slot_gets_503(shop, account_name, monkeypatch):
    monkeypatch.setattr(passwords, "SECONDS_TO_WAIT", 1)
    body = {"username": account_name, "password": PASSWORD}
    with all_slots_taken(shop):
        program = log_in(shop, account_name, PASSWORD)
        browser = client(shop).post("/account/login", body, headers=HTML, expect_errors=True)
    for answer in (program, browser):
        assert (answer.status_int, answer.headers["Retry-After"]) == (503, "1")
    assert log_in(shop, account_name, PASSWORD).status_int == 204


@pytest.mark.parametrize("url", ["login", "register"])
def test_waiting_for_slot_does_not_block_other_writes(shop, account_name, monkeypatch, url):
    monkeypatch.setattr(passwords, "SECONDS_TO_WAIT", 20)
    hashing, waits = shop_of(shop.registry).passwords, threading.Event()

    def slot(real=hashing.slot):
        waits.set()
        return real()

    body = {
        "login": {"username": account_name, "password": PASSWORD},
        "register": registration(PASSWORD),
    }
    with ThreadPoolExecutor(1) as pool:
        with all_slots_taken(shop):
            monkeypatch.setattr(hashing, "slot", slot)
            post = client(shop).post_json
            waiting = pool.submit(post, f"/account/{url}", body[url], headers=JSON)
            assert waits.wait(10)
            shop.add_person("written-meanwhile")
            assert not waiting.done()
        assert waiting.result(10).status_int in {201, 204}


def test_password_never_appears_in_logs_or_responses(shop, account_name, caplog):
    for name in ("", "courseshop", "sqlalchemy"):
        caplog.set_level(logging.DEBUG, name)
    secret, app = "Xylophones at 5 o'clock", client(shop)
    login, new = (
        {"username": account_name, "password": secret},
        registration(secret, username="No!"),
    )
    answers = [
        app.post("/account/login", login, headers=HTML, status=401),
        app.post("/account/register", new, headers=HTML, status=422),
        app.post("/account/register", new | {"password": "Xylophones"}, headers=HTML, status=422),
        app.post_json("/account/login", {**login, "passwort": secret}, headers=JSON, status=422),
        app.post_json("/account/register", {"password": [secret]}, headers=JSON, status=422),
        app.post("/account/login", f'{{"password": "{secret}', JSON | {"Content-Type": "application/json"}, status=400),
        app.post_json("/account/register", registration(secret), headers=JSON, status=201),
    ]  # fmt: skip
    assert "user_account" in caplog.text
    assert not any("Xylophones" in text for text in (caplog.text, *(one.text for one in answers)))


def test_password_sent_after_session_ended_is_stored_nowhere(shop, account_name):
    body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} on ice"}
    assert client(shop).post("/account/password", body, headers=HTML).status_int == 303
    assert log_in(shop, account_name, PASSWORD).status_int == 204
    with shop.reading() as request:
        # Plugins of other tests have tables that this shop lacks.
        existing = set(inspect(shop.engine).get_table_names())
        tables = [one for one in Base.metadata.sorted_tables if one.name in existing]
        contents = [repr(request.db.execute(select(one)).all()) for one in tables]
    assert account_name in "".join(contents)
    assert not any("herons" in rows for rows in contents)
