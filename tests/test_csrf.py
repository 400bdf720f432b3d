"""Cross-site request forgery checks: tokens in forms, and origins of requests."""

from __future__ import annotations

import pytest
from browsing import PASSWORD, Visitor, form_with
from helpers import JSON, Shop, write_ini

OWN = "http://localhost"
FOREIGN = ["https://evil.example", "null", "http://localhost:81", "https://localhost", "http://localhost.evil.example", ""]  # fmt: skip


@pytest.fixture
def alice(shop):
    alice = Visitor(shop)
    alice.register("alice")
    return alice


def rename(alice, token, **headers):
    fields = {"name": "Mallory", **({} if token is None else {"csrf_token": token})}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return alice.app.post("/account/edit", fields, headers=headers, expect_errors=True)


def name_of(alice):
    return alice.json("/account").json["name"]


def token_of(visitor):
    return visitor.get("/account/edit").html.find("input", {"name": "csrf_token"})["value"]


def test_form_with_valid_token_and_origin_is_accepted(alice):
    assert (
        rename(alice, token_of(alice), Origin=OWN, Sec_Fetch_Site="same-origin").status_int == 303
    )
    assert name_of(alice) == "Mallory"


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_form_without_valid_token_is_403_and_keeps_input(alice, token):
    answer = rename(alice, token)
    assert answer.status_int == 403
    assert name_of(alice) == "Alice"
    assert answer.html.find("input", {"name": "name"})["value"] == "Mallory"
    assert form_with(answer, "Save").submit().status_int == 303
    assert name_of(alice) == "Mallory"


def test_token_of_another_session_is_403(alice):
    bob = Visitor(alice.shop)
    bob.register("bob")
    assert rename(alice, token_of(bob)).status_int == 403
    old = token_of(alice)
    alice.log_in("alice")
    assert rename(alice, old).status_int == 403


def test_token_may_be_sent_in_a_header(alice):
    assert rename(alice, None, X_CSRF_Token=token_of(alice)).status_int == 303


@pytest.mark.parametrize("origin", FOREIGN)
def test_request_from_another_origin_is_403(alice, origin):
    assert rename(alice, token_of(alice), Origin=origin).status_int == 403
    answer = alice.app.patch_json(
        "/account", {"name": "Mallory"}, headers={**JSON, "Origin": origin}, expect_errors=True
    )
    assert answer.status_int == 403
    assert name_of(alice) == "Alice"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "junk"])
def test_request_with_foreign_sec_fetch_site_is_403(alice, site):
    assert rename(alice, token_of(alice), Sec_Fetch_Site=site).status_int == 403
    assert name_of(alice) == "Alice"


def test_json_without_origin_or_from_own_origin_needs_no_token(alice):
    for headers in ({}, {"Origin": OWN}, {"Origin": OWN.upper()}):
        answer = alice.app.patch_json("/account", {"name": "A"}, headers={**JSON, **headers})
        assert answer.status_int == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_other_content_types_cannot_bypass_the_token(alice, kind):
    body = b'{"name": "Mallory"}'
    headers = {**JSON, "Content-Type": kind}
    answer = alice.app.post("/account/edit", body, headers=headers, expect_errors=True)
    assert answer.status_int in {403, 415}
    assert name_of(alice) == "Alice"


def test_foreign_site_cannot_log_users_in_or_out(alice):
    facts = {"username": "alice", "password": PASSWORD}
    guest = Visitor(alice.shop)
    answer = guest.app.post(
        "/account/login", facts, headers={"Origin": FOREIGN[0]}, expect_errors=True
    )
    assert answer.status_int == 403
    assert not guest.cookie
    assert alice.app.post("/account/logout", {}, expect_errors=True).status_int == 403
    assert alice.json("/account").status_int == 200


def test_url_in_the_ini_is_an_own_origin(tmp_path):
    url = f"sqlite:///{tmp_path}/shop.sqlite"
    settings = {"courseshop.url": "https://shop.example/school", "courseshop.hosts": "localhost"}
    shop = Shop.open(write_ini(tmp_path, url, **settings))
    shop.init()
    visitor = Visitor(shop)
    facts = {"username": "al", "name": "Al", "email": "al@example.com", "password": PASSWORD}
    assert (
        visitor.post_json("/account/register", facts, Origin="https://evil.example").status_int
        == 403
    )
    assert (
        visitor.post_json("/account/register", facts, Origin="https://shop.example").status_int
        == 201
    )
    shop.close()


def test_bearer_token_needs_no_csrf_token_and_sets_no_cookie(alice):
    answer = alice.post_json("/account/tokens", {"name": "ci", "scope": "write"})
    program = Visitor(alice.shop)
    headers = {**JSON, "Authorization": f"Bearer {answer.json['token']}", "Origin": FOREIGN[0]}
    done = program.app.patch_json("/account", {"name": "By Program"}, headers=headers)
    assert done.status_int == 200
    assert "Set-Cookie" not in done.headers
    form = program.app.post("/account/edit", {"name": "By Form"}, headers=headers)
    assert form.status_int == 200


def test_bearer_token_takes_precedence_over_cookie(alice):
    headers = {**JSON, "Authorization": "Bearer cs_nonsense"}
    assert alice.get("/account", headers=headers).status_int == 401
    token = alice.post_json("/account/tokens", {"name": "x"}).json["token"]
    bob = Visitor(alice.shop)
    bob.register("bob")
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    assert bob.get("/account", headers=headers).json["username"] == "alice"


def test_cached_pages_have_no_csrf_token_and_set_no_cookie(alice):
    guest = Visitor(alice.shop)
    for url in ("/", "/courses", "/account/login", "/account/register"):
        answer = guest.get(url)
        assert "csrf_token" not in answer.text
        assert "Set-Cookie" not in answer.headers
