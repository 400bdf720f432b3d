"""Attacks from a security review, and how the shop must respond."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress

import pytest
from browsing import NEW_PASSWORD, PASSWORD, Visitor, link_in
from helpers import JSON, Shop, write_ini
from limits.errors import StorageError
from sqlalchemy import func, select

from courseshop.domain.errors import Conflict
from courseshop.domain.shop import shop_of
from courseshop.models import Job, LoginSession, PendingForm, User
from courseshop.protection.passwords import refuse_common
from courseshop.services import job, session

THIEF = "thief@example.com"


@pytest.fixture
def alice(shop):
    """Return a visitor whose account has a confirmed address."""
    alice = Visitor(shop)
    alice.register("alice")
    alice.fill(link_in(alice.mail()[0]), "Confirm address")
    return alice


def claim(visitor, email):
    return visitor.fill("/account/edit", "Save", email=email)


def reset(visitor, email, password):
    """Request a reset link and set a password with it; return the response, None without a link."""
    visitor.post_json("/account/reset", {"email": email})
    links = [
        link_in(one) for one in visitor.mail() if one["To"] == email and "key=" in one.as_string()
    ]
    if not links:
        return None
    body = {"key": links[-1].partition("key=")[2], "new_password": password}
    return visitor.post_json("/account/reset/new", body)


def addresses(shop, username="alice"):
    with shop.reading() as request:
        row = select(User.email, User.pending_email).where(User.username == username)
        return tuple(request.db.execute(row).one())


def test_unconfirmed_email_address_cannot_reset_password(alice):
    claim(alice, THIEF)
    alice.mail()
    assert reset(Visitor(alice.shop), THIEF, NEW_PASSWORD) is None


def test_stranger_cannot_confirm_mistyped_email_address(alice):
    claim(alice, THIEF)
    key = next(link_in(one) for one in alice.mail() if one["To"] == THIEF)
    stranger = Visitor(alice.shop)
    refused = stranger.fill(key, "Confirm address")
    assert refused.status_int == 409
    login_url = refused.html.find("main").find("a", string="Log in")["href"]
    assert addresses(alice.shop) == ("alice@example.com", THIEF)
    back = stranger.log_in("alice", url=login_url)
    stranger.fill(back.location, "Confirm address")
    assert addresses(alice.shop) == (THIEF, None)


@pytest.mark.databases
def test_password_reset_or_old_address_cancels_pending_email_address(alice):
    claim(alice, THIEF)
    alice.fill("/account/edit", "Save", email="alice@example.com")
    assert addresses(alice.shop) == ("alice@example.com", None)
    claim(alice, THIEF)
    reset(Visitor(alice.shop), "alice@example.com", NEW_PASSWORD)
    assert addresses(alice.shop) == ("alice@example.com", None)


@pytest.mark.databases
def test_password_reset_revokes_all_tokens(alice):
    token = alice.post_json("/account/tokens", {"name": "x", "scope": "write"}).json["token"]
    reset(Visitor(alice.shop), "alice@example.com", NEW_PASSWORD)
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    assert Visitor(alice.shop).get("/account", headers=headers).status_int == 401


def test_reset_key_expires_when_email_address_changes(alice):
    alice.post_json("/account/reset", {"email": "alice@example.com"})
    key = link_in(alice.mail()[0]).partition("key=")[2]
    claim(alice, "new@example.com")
    link = next(link_in(one) for one in alice.mail() if one["To"] == "new@example.com")
    alice.fill(link, "Confirm address")
    body = {"key": key, "new_password": NEW_PASSWORD}
    assert Visitor(alice.shop).post_json("/account/reset/new", body).status_int == 409


def test_failed_login_appears_only_in_log_of_attempted_account(alice):
    mallory = Visitor(alice.shop)
    mallory.register("mallory")
    mallory.post_json("/account/login", {"username": "alice@example.com", "password": "wrong"})
    kinds = {one["kind"] for one in mallory.json("/account/audit").json["items"]}
    assert "login_failed" not in kinds
    (failed,) = [
        one for one in alice.json("/account/audit").json["items"] if one["kind"] == "login_failed"
    ]
    assert (failed["actor"], failed["address"]) == (None, "192.0.2.1")


@pytest.mark.parametrize(
    "password", ["'4@8({[<369&!1|/7105$+%2'*4", "4@8({[<369&!1|" * 70, "1!2@3#4$5%6^7&8*9(0)"]
)
def test_every_password_is_checked_within_a_second(password):
    started = time.process_time()
    with suppress(Conflict):
        refuse_common("password", password)
    assert time.process_time() - started < 1


def test_role_change_is_never_stored_as_pending_action(alice):
    answer = Visitor(alice.shop).app.post("/people/alice/edit", {"role": "admin"})
    assert "begun=" not in answer.location
    with alice.shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(PendingForm)) == 0


def test_cookie_of_pending_action_is_secure_and_host_only(alice, monkeypatch):
    guest = Visitor(alice.shop)
    guest.app.extra_environ["wsgi.url_scheme"] = "https"
    monkeypatch.setattr("courseshop.views.pending_action.may_wait", lambda _request: True)
    answer = guest.app.post(
        "/people/alice/edit", {"role": "student"}, headers={"Host": "localhost"}
    )
    (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-courseshop_begun=")
    assert "secure" in cookie


def test_stranger_cannot_block_owners_password_reset(alice):
    stranger, owner = Visitor(alice.shop, address="203.0.113.9"), Visitor(alice.shop)
    body = {"email": "alice@example.com"}
    assert [stranger.post_json("/account/reset", body).status_int for _ in range(6)] == [
        204
    ] * 5 + [429]
    assert owner.post_json("/account/reset", body).status_int == 204


def test_registrations_cannot_flood_a_mailbox(shop):
    shop_of(shop.registry).throttles.reset()
    for number in range(6):
        visitor = Visitor(shop, address="203.0.113.7")
        facts = {"username": f"bomb-{number}", "name": "X", "email": "bomb@example.com"}
        last = visitor.post_json("/account/register", {**facts, "password": PASSWORD})
    assert last.status_int == 429
    with shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(Job)) == 5


def test_email_address_with_encoded_word_is_refused(shop):
    shop_of(shop.registry).throttles.reset()
    facts = {"username": "al", "name": "Al", "password": PASSWORD}
    answer = Visitor(shop).post_json(
        "/account/register", {**facts, "email": "=?utf-8?q?vic=74im?=@x.example"}
    )
    assert answer.status_int == 422


@pytest.mark.slow
def test_busy_database_does_not_count_against_email_limit(shop, backend, monkeypatch):
    if backend != "sqlite":
        pytest.skip("only SQLite has a single write lock")
    shop_of(shop.registry).throttles.reset()
    monkeypatch.setattr("courseshop.database.transactions.time.sleep", lambda _seconds: None)
    visitor, body = Visitor(shop), {"email": "x@example.com"}
    with shop.writing() as request:
        request.db.connection()
        assert visitor.post_json("/account/reset", body).status_int == 503
    assert [visitor.post_json("/account/reset", body).status_int for _ in range(6)] == [204] * 5 + [
        429
    ]


@pytest.mark.databases
def test_account_keeps_only_its_newest_sessions(alice, monkeypatch):
    monkeypatch.setattr(session, "MOST", 3)
    for _ in range(5):
        Visitor(alice.shop).log_in("alice")
    with alice.shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(LoginSession)) == 3
    assert alice.json("/account").status_int == 401


@pytest.mark.parametrize("header", ["Bearer\tcs_bad", "BEARER", "bearer  ", "Bearer,x", "Bearer=x"])
def test_malformed_bearer_header_is_401(shop, header):
    answer = Visitor(shop).get("/courses", headers={**JSON, "Authorization": header})
    assert answer.status_int == 401


def test_throttled_login_shows_form_again_with_reason(shop):
    shop_of(shop.registry).throttles.reset()
    visitor = Visitor(shop)
    for _ in range(11):
        answer = visitor.log_in("nobody-here", "wrong wrong wrong")
    assert answer.status_int == 429
    assert answer.headers["Retry-After"]
    assert "Too many attempts" in answer.html.find(role="alert").text
    assert answer.html.find("input", {"name": "username"})["value"] == "nobody-here"


def test_name_without_letters_is_refused(shop):
    shop_of(shop.registry).throttles.reset()
    for name in ("\u200b", "...", "\u2800"):
        facts = {"username": "al", "name": name, "email": "al@example.com", "password": PASSWORD}
        answer = Visitor(shop).post_json("/account/register", facts)
        assert answer.status_int in {409, 422}
        assert answer.json["errors"][0]["field"] == "name"


def test_login_of_unconfirmed_account_resends_link_a_few_times(tmp_path):
    url = f"sqlite:///{tmp_path}/shop.sqlite"
    shop = Shop.open(write_ini(tmp_path, url, **{"courseshop.unconfirmed": "nothing"}))
    shop.init()
    visitor = Visitor(shop)
    visitor.register("alice")
    assert len(visitor.mail()) == 1
    answers = [visitor.log_in("alice") for _ in range(9)]
    assert "sent you the link again" in answers[0].text
    links = visitor.mail()
    assert len(links) == 4
    visitor.fill(link_in(links[0]), "Confirm address")
    assert visitor.log_in("alice").status_int == 303
    shop.close()


def test_head_redirects_like_get(shop):
    visitor = Visitor(shop)
    head = visitor.app.head("/account", expect_errors=True)
    assert (head.status_int, head.location) == (303, visitor.get("/account").location)


def test_error_about_setting_hides_password(capsys):
    from pyramid.exceptions import ConfigurationError

    from courseshop.settings.ini import read

    for key, value in (
        ("mail", "smtp://me:MY SECRET@host"),
        ("throttles", "redi://x:MY SECRET@host"),
    ):
        with pytest.raises(ConfigurationError) as refused:
            read({f"courseshop.{key}": value, "courseshop.mode": "development"})
        assert key in str(refused.value)
        assert "SECRET" not in str(refused.value)


@pytest.mark.databases
def test_mail_outage_does_not_count_as_refusal(shop):
    shop_of(shop.registry).throttles.reset()
    Visitor(shop).post_json("/account/reset", {"email": "x@example.com"})
    for _ in range(job.MOST_FAILURES):
        with shop.writing() as request:
            job.put_off(request.db, job.unfinished(request.db)[0], "away")
    with shop.writing() as request:
        assert job.fail(request.db, job.unfinished(request.db)[0], "greylisted")


@pytest.mark.parametrize("password", ["password!@#$%", "qwerty!@#$%^", "!@#$%^&*()-="])
def test_common_password_typed_with_shift_is_refused(password):
    with pytest.raises(Conflict):
        refuse_common("password", password)


@pytest.mark.databases
def test_throttle_failure_does_not_retry_finished_request(shop, monkeypatch):
    throttles = shop_of(shop.registry).throttles
    throttles.reset()

    def raise_storage_error(*_what):
        raise StorageError(ConnectionError("away"))

    monkeypatch.setattr(throttles, "count", raise_storage_error)
    facts = {"username": "al", "name": "Al", "email": "al@example.com", "password": PASSWORD}
    assert Visitor(shop).post_json("/account/register", facts).status_int == 201


def test_login_refused_by_busy_shop_does_not_count_as_failure(alice, monkeypatch):
    monkeypatch.setattr("courseshop.protection.passwords.SECONDS_TO_WAIT", 0.01)
    hashing = shop_of(alice.shop.registry).passwords
    facts, guest = {"username": "alice", "password": PASSWORD}, Visitor(alice.shop)
    with ExitStack() as taken:
        for _ in range(shop_of(alice.shop.registry).settings.password_slots):
            taken.enter_context(hashing.slot())
        for _ in range(12):
            assert guest.post_json("/account/login", facts).status_int == 503
    assert guest.post_json("/account/login", facts).status_int == 204


def test_shop_name_with_line_break_is_refused():
    from pyramid.exceptions import ConfigurationError

    from courseshop.settings.ini import read

    with pytest.raises(ConfigurationError, match=r"courseshop\.name"):
        read({"courseshop.name": "Evening\nSchool", "courseshop.mode": "development"})


@pytest.mark.parametrize(("accept", "status"), [("text/html", 401), ("application/json", 400)])
def test_malformed_query_with_bad_token_is_refused(shop, accept, status):
    """A browser's query is repaired; then the token is wrong."""
    headers = {"Accept": accept, "Authorization": "Bearer cs_bad"}
    answer = Visitor(shop).get("/courses?before=%0F", headers=headers)
    assert answer.status_int == status
