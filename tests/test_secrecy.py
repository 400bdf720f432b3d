"""What the shop does not reveal: who owns an address, and any secrets."""

from __future__ import annotations

import logging
import re
import statistics
import time

import pytest
from browsing import NEW_PASSWORD, PASSWORD, Visitor, link_in
from helpers import JSON, Shop, write_ini

from courseshop.domain.shop import shop_of

pytestmark = pytest.mark.slow

ROUNDS = 24


@pytest.fixture
def shop(shop):
    owner = Visitor(shop, address="198.51.100.1")
    owner.register("owner", email="known@example.com")
    owner.fill(link_in(owner.mail()[0]), "Confirm address")
    return shop


def bare(answer):
    """Return a response without ids, keys, timestamps and names, which always differ."""
    headers = {
        name: re.sub(r"=[\w-]{20,}|_changed=\w+|expires=[^;]*", "", value)
        for name, value in answer.headers.items() if name not in {"ETag", "Content-Length", "X-Request-ID"}
    }  # fmt: skip
    body = re.sub(r"user-\d+|User-\d+|(?:known|unknown)@example\.com", "X", answer.text)
    return answer.status_int, headers, re.sub(r"20\d\d-[\dT:.-]+Z|[0-9a-f]{64}", "", body)


def register(shop, number, email, **headers):
    facts = {"username": f"user-{number}", "name": "X", "email": email, "password": PASSWORD}
    return Visitor(shop, address=f"10.0.{number}.1").post_json(
        "/account/register", facts, **headers
    )


def reset(shop, number, email):
    return Visitor(shop, address=f"10.0.{number}.1").post_json("/account/reset", {"email": email})


@pytest.mark.parametrize("ask", [register, reset])
def test_response_does_not_reveal_whether_address_is_known(shop, ask):
    known, unknown = ask(shop, 1, "known@example.com"), ask(shop, 2, "unknown@example.com")
    assert known.status_int < 400
    known.headers.pop("Location", None)
    unknown.headers.pop("Location", None)
    assert bare(known) == bare(unknown)


@pytest.mark.parametrize("ask", [register, reset])
def test_known_and_unknown_address_need_same_statements(shop, ask):
    costs = []
    for number, email in ((1, "known@example.com"), (2, "unknown@example.com")):
        with shop.queries() as sent:
            ask(shop, number, email)
        costs.append(list(sent))
    assert costs[0] == costs[1]


def test_account_with_anothers_address_looks_like_any_other(shop):
    pages = []
    for number, email in ((1, "known@example.com"), (2, "unknown@example.com")):
        visitor = Visitor(shop, address=f"10.1.{number}.1")
        visitor.register(f"user-{number}", name="X", email=email)
        urls = (
            "/account",
            "/account/edit",
            f"/people/user-{number}",
            "/account/audit",
            "/account/sessions",
        )
        answers = [visitor.json(url) for url in urls]
        answers += [visitor.fill("/account", "Resend email")]
        again = Visitor(shop, address=f"10.1.{number}.2")
        answers += [again.log_in(f"user-{number}"), again.log_in(email, NEW_PASSWORD)]
        pages.append([re.sub(r'"id":\d+|/\d+"|10\.1\.\d', "", repr(bare(one))) for one in answers])
    for first, second in zip(*pages, strict=True):
        assert first == second


def test_login_limit_does_not_reveal_owner_of_address(shop):
    """Ten failures by the address must not lock the username of the same account, too."""
    rival = Visitor(shop, address="10.3.1.1")
    for _ in range(11):
        last = rival.post_json("/account/login", {"username": "known@example.com", "password": "x"})
    assert last.status_int == 429
    assert (
        rival.post_json("/account/login", {"username": "owner", "password": "x"}).status_int == 401
    )


def timed(ask):
    started = time.perf_counter()
    ask()
    return time.perf_counter() - started


def overlap(first, second):
    """Return the share of pairs in which the first took longer: about a half if they are alike."""
    return sum(a > b for a in first for b in second) / (len(first) * len(second))


def test_login_takes_as_long_with_account_as_without(shop, backend):
    if backend != "sqlite":
        pytest.skip("the hash takes the time, whatever the database")
    taken = {"owner": [], "nobody-here": []}
    for number in range(ROUNDS):
        for login, times in taken.items():
            visitor = Visitor(shop, address=f"10.2.{number}.1")
            body = {"username": login, "password": "not the password"}
            times.append(timed(lambda v=visitor, b=body: v.post_json("/account/login", b)))
    with_account, without = taken.values()
    # A missing hash would make it 70 ms shorter, each time.
    assert 0.1 < overlap(with_account, without) < 0.9
    assert abs(statistics.median(with_account) - statistics.median(without)) < 0.03


@pytest.mark.parametrize("ask", [register, reset])
def test_known_and_unknown_address_take_the_same_time(shop, backend, ask):
    if backend != "sqlite":
        pytest.skip("the statements are the same on each database")
    shop_of(shop.registry).throttles.reset()
    limits = shop_of(shop.registry).throttles
    known, unknown = [], []
    for number in range(ROUNDS):
        for times, email in (
            (known, "known@example.com"),
            (unknown, f"unknown{number}@example.com"),
        ):
            limits.reset()
            user = 10 + 2 * number + (times is known)
            times.append(timed(lambda u=user, e=email: ask(shop, u, e)))
    assert 0.1 < overlap(known, unknown) < 0.9


def test_log_contains_no_secrets_and_no_unescaped_input(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/x.sqlite"))
    shop.init()
    visitor = Visitor(shop, user_agent="evil\x1b[31m agent")
    visitor.register("alice")
    secrets = [PASSWORD, NEW_PASSWORD, visitor.cookie]
    key = link_in(visitor.mail()[0]).partition("key=")[2]
    token = visitor.post_json("/account/tokens", {"name": "x", "scope": "write"}).json["token"]
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    visitor.get("/account", headers=headers)
    visitor.get("/account", headers={**JSON, "Authorization": f"Bearer {token[:-1]}\u001b"})
    visitor.log_in("alice", NEW_PASSWORD)
    visitor.get("/nothing/%1b%5b31m-forged")
    visitor.post_json("/account/confirm", {"key": key})
    shop.engine.dispose()
    (tmp_path / "x.sqlite").unlink()
    for url in ("/account", "/account/login"):
        assert visitor.post_json(url if "login" in url else "/account/tokens", {"username": "alice", "password": PASSWORD}).status_int >= 400  # fmt: skip
        assert visitor.get(url).status_int in {200, 303, 503}
    log = caplog.text
    for secret in [*secrets, key, token, token[:40]]:
        assert secret not in log
    assert "\x1b" not in log
    shop.close()


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "url",
    ["/", "/account", "/account/login", "/nothing", "/static/shop.css", "/static/nothing.css", "/courses?limit=0",
     "/openapi.json", "/robots.txt", "/logo", "/courses/", "/livez", "/readyz", "/%ff"],
)  # fmt: skip
def test_every_response_has_security_headers(shop, url):
    answer = Visitor(shop).get(url)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


def test_configured_hsts_is_sent_over_https_only(tmp_path):
    url = f"sqlite:///{tmp_path}/x.sqlite"
    shop = Shop.open(write_ini(tmp_path, url, **{"courseshop.hsts_seconds": "31536000"}))
    shop.init()
    visitor = Visitor(shop)
    assert "Strict-Transport-Security" not in visitor.get("/").headers
    visitor.app.extra_environ["wsgi.url_scheme"] = "https"
    for url in ("/", "/nothing", "/static/shop.css"):
        assert visitor.get(url).headers["Strict-Transport-Security"] == "max-age=31536000"
    shop.close()
