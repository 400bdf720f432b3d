"""Logging in and out: sessions, their cookies, and the redirect after login."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from browsing import PASSWORD, Visitor, link_in
from helpers import JSON
from sqlalchemy import func, select, update

from courseshop.domain.clock import now
from courseshop.models import LoginSession, User


@pytest.fixture
def visitor(shop):
    return Visitor(shop)


@pytest.mark.databases
@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.com", "Alice@Example.COM"])
def test_login_accepts_username_or_confirmed_address(visitor, login):
    visitor.register("alice")
    visitor.fill(link_in(visitor.mail()[0]), "Confirm address")
    other = Visitor(visitor.shop)
    answer = other.post_json("/account/login", {"username": login, "password": PASSWORD})
    assert (answer.status_int, answer.body) == (204, b"")
    assert other.json("/account").json["username"] == "alice"


def test_login_refuses_unconfirmed_address(visitor):
    visitor.register("alice")
    answer = Visitor(visitor.shop).log_in("alice@example.com")
    assert answer.status_int == 401
    assert "Wrong username or password." in answer.text


def test_wrong_password_gets_form_without_password(visitor):
    visitor.register("alice")
    answer = Visitor(visitor.shop).log_in("alice", "wrong wrong wrong")
    assert answer.status_int == 401
    assert (
        answer.html.find(role="alert")
        .get_text(strip=True)
        .startswith("Wrong username or password.")
    )
    assert answer.html.find("input", {"name": "username"})["value"] == "alice"
    assert "wrong wrong wrong" not in answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_logout_ends_session_of_copied_cookie_too(visitor):
    visitor.register("alice")
    stolen = Visitor(visitor.shop)
    stolen.app.set_cookie("courseshop_session", visitor.cookie)
    assert stolen.json("/account").status_int == 200
    answer = visitor.fill("/", "Log out")
    assert answer.status_int == 303
    assert "You're logged out." in answer.follow().html.find(role="status").text
    assert not visitor.cookie
    assert stolen.json("/account").status_int == 401


def test_each_login_gets_new_session_id(visitor):
    visitor.register("alice")
    first = visitor.cookie
    visitor.log_in("alice")
    second = visitor.cookie
    assert len({first, second}) == 2
    old = Visitor(visitor.shop)
    old.app.set_cookie("courseshop_session", first)
    assert old.json("/account").status_int == 401


@pytest.mark.databases
def test_sessions_show_their_device_and_can_be_ended(visitor):
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    visitor.register("alice")
    other = Visitor(visitor.shop, user_agent=firefox)
    other.log_in("alice")
    listed = other.json("/account/sessions").json["items"]
    assert {one["device"]: one["current"] for one in listed} == {
        "Firefox on Linux": True,
        "?": False,
    }
    ended = next(one for one in listed if not one["current"])
    assert (
        other.app.delete(ended["url"].removeprefix("http://localhost"), headers=JSON).status_int
        == 204
    )
    assert visitor.json("/account").status_int == 401
    visitor.log_in("alice")
    other.fill("/account/sessions/delete", "Log out everywhere, including here")
    assert visitor.json("/account").status_int == other.json("/account").status_int == 401


def test_session_buttons_have_distinct_names(visitor):
    visitor.register("alice")
    for agent in ("one", "two"):
        Visitor(visitor.shop, user_agent=agent).log_in("alice")
    with visitor.shop.storing() as db:
        for number, one in enumerate(db.scalars(select(LoginSession))):
            one.used_at = now() - timedelta(days=number)
    page = visitor.get("/account/sessions")
    labels = [one["aria-label"] for one in page.html.main.select("li button")]
    assert len(set(labels)) == 3
    assert all(re.fullmatch(r"Log out .+, last active .+ UTC", one) for one in labels)


@pytest.mark.parametrize(
    ("username", "password", "wrong"),
    [("", "", ["username", "password"]), ("alice", "", ["password"]), (" ", "x", ["username"])],
)
def test_login_with_empty_fields_links_to_them(visitor, username, password, wrong):
    page = visitor.log_in(username, password)
    assert page.status_int == 422
    links = [one["href"] for one in page.html.select(".faults a")]
    assert links == [f"#field-{name}" for name in wrong]
    assert all(page.html.find(id=one.removeprefix("#"))["aria-invalid"] for one in links)


def test_logout_everywhere_asks_first(visitor):
    visitor.register("alice")
    page = visitor.get("/account/sessions")
    assert not page.html.main.find("button", string="Log out everywhere, including here")
    asked = visitor.get(page.html.find("a", string="Log out everywhere")["href"])
    assert "including this one" in asked
    assert visitor.json("/account").status_int == 200
    assert visitor.submit(asked, "Log out everywhere, including here").status_int == 303
    assert visitor.json("/account").status_int == 401


@pytest.mark.databases
@pytest.mark.parametrize("column", ["used_at", "expires_at"])
def test_session_expires(visitor, column):
    visitor.register("alice")
    with visitor.shop.writing() as request:
        past = now() - timedelta(days=15)
        request.db.execute(update(LoginSession).values({column: past}))
    assert visitor.json("/account").status_int == 401
    visitor.log_in("alice")
    with visitor.shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(LoginSession)) == 1


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "\u00e9" * 43, "A" * 5_000, "../../etc"])
def test_invalid_cookie_is_ignored_and_deleted(visitor, cookie):
    answer = visitor.app.get(
        "/account", headers={**JSON, "Cookie": f"courseshop_session={cookie}"}, expect_errors=True
    )
    assert answer.status_int == 401
    if cookie:
        (cleared,) = answer.headers.getall("Set-Cookie")
        assert cleared.startswith("courseshop_session=;")


@pytest.mark.databases
def test_only_hashes_of_secrets_are_stored(visitor):
    visitor.register("alice")
    with visitor.shop.reading() as request:
        stored = request.db.scalar(select(LoginSession.secret_hash))
        password_hash = request.db.scalar(select(User.password_hash))
    assert visitor.cookie not in stored
    assert PASSWORD not in password_hash
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_cookie_has_secure_attributes(visitor):
    answer = visitor.register("alice")
    (cookie, *_rest) = answer.headers.getall("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    secure = Visitor(visitor.shop)
    secure.app.extra_environ["wsgi.url_scheme"] = "https"
    facts = {"username": "alice", "password": PASSWORD}
    (cookie,) = secure.post_json("/account/login", facts, Host="localhost").headers.getall(
        "Set-Cookie"
    )
    assert cookie.startswith("__Host-courseshop_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_browsers_do_not_store_account_pages(visitor):
    visitor.register("alice")
    for url in (
        "/account",
        "/account/sessions",
        "/account/tokens",
        "/account/audit",
        "/account/edit",
        "/account/courses",
        "/account/teaching",
    ):
        assert visitor.get(url).headers["Cache-Control"] == "no-store"
    assert visitor.get("/courses").headers["Cache-Control"] == "private, no-cache"
    assert Visitor(visitor.shop).get("/courses").headers["Cache-Control"] == "no-cache"
    assert {"Cookie", "Authorization"} <= set(visitor.get("/courses").vary)


def test_guest_returns_to_page_after_login(visitor):
    visitor.register("alice")
    guest = Visitor(visitor.shop)
    answer = guest.get("/account/sessions?limit=5")
    assert answer.status_int == 303
    back = guest.log_in("alice", url=answer.location)
    assert back.location == "http://localhost/account/sessions?limit=5"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/@evil",
     "http:evil", "/x\r\nSet-Cookie: a=b", "///", "\\\\evil", "/%0d%0aX: y", "user@evil", "?x", ""],
)  # fmt: skip
def test_login_never_redirects_to_another_site(visitor, target):
    visitor.register("alice")
    guest = Visitor(visitor.shop)
    answer = guest.app.post(
        f"/account/login?next={quote(target)}", {"username": "alice", "password": PASSWORD}
    )
    assert answer.status_int == 303
    assert answer.location in {"http://localhost/", "http://localhost/%0d%0aX:%20y"}
    assert "evil" not in answer.location
    assert "\n" not in str(answer.headers)


def test_redirect_after_login_stays_below_path_prefix(visitor):
    visitor.register("alice")
    guest = Visitor(visitor.shop)
    environ = {"SCRIPT_NAME": "/shop", "REQUEST_URI": "/shop/account/login"}
    for target, place in (
        ("/other", "/shop/"),
        ("/shopping", "/shop/"),
        ("/shop/courses", "/shop/courses"),
    ):
        answer = guest.app.post(
            f"/account/login?next={target}", {"username": "alice", "password": PASSWORD},
            extra_environ=environ,
        )  # fmt: skip
        assert answer.location == f"http://localhost{place}"
        guest.app.reset()
