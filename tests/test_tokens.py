"""Tokens: created, shown once, used, expired, revoked; and invalid ones."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from browsing import Visitor, form_with, link_with
from helpers import JSON
from sqlalchemy import select, update

from courseshop.domain.clock import now
from courseshop.models import AccessToken, LoginSession


@pytest.fixture
def alice(shop):
    alice = Visitor(shop)
    alice.register("alice")
    return alice


def bearer(token):
    return {**JSON, "Authorization": f"Bearer {token}"}


def use(shop, token, url="/account"):
    return Visitor(shop).get(url, headers=bearer(token))


@pytest.mark.databases
def test_a_token_is_shown_once_and_stored_as_a_hash(alice):
    made = alice.post_json("/account/tokens", {"name": "ci", "scope": "read", "days": 7})
    assert made.status_int == 201
    assert re.fullmatch("cs_[0-9a-f]{72}", made.json["token"])
    place = made.location.removeprefix("http://localhost")
    assert "token" not in alice.json(place).json
    assert "token" not in alice.json("/account/tokens").json["items"][0]
    with alice.shop.reading() as request:
        assert request.db.scalar(select(AccessToken.secret_hash)) not in made.json["token"]
    assert use(alice.shop, made.json["token"]).json["username"] == "alice"


def test_browser_sees_new_token_only_once(alice):
    answer = alice.fill("/account/tokens", "Create API token", name="ci", scope="write")
    assert answer.status_int == 303
    shown = answer.follow().html.find(class_="copy-box").input["value"]
    assert use(alice.shop, shown).status_int == 200
    assert shown not in alice.get("/account/tokens").text


def test_new_token_is_announced_and_focused(alice):
    page = alice.fill("/account/tokens", "Create API token", name="ci").follow()
    assert page.html.find(id="notice").text.strip() == "API token created."
    box = page.html.find(id="new-token")
    assert (box["tabindex"], "autofocus" in box.attrs) == ("-1", True)
    assert box.find(class_="copy-box").input["value"].startswith("cs_")


def test_unknown_scope_is_reported_at_choice(alice):
    form = form_with(alice.get("/account/tokens"), "Create API token")
    form["name"] = "ci"
    form["scope"].force_value("all")
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    group = refused.html.find("fieldset", {"aria-invalid": "true"})
    assert group.find(id="field-scope")["type"] == "radio"
    said = group.find(id=group["aria-describedby"]).text
    assert "Choose one of: Read only, Read and write." in said


def test_revoking_token_is_not_primary_and_asks_by_name(alice):
    alice.post_json("/account/tokens", {"name": "ci"})
    page = alice.get(link_with(alice.get("/account/tokens"), "ci"))
    assert "button-danger" in page.html.main.find("a", string="Revoke")["class"]
    assert alice.get(link_with(page, "Revoke")).html.h1.text == "Revoke the API token “ci”?"


def test_a_revoked_token_is_refused_at_once(alice):
    made = alice.post_json("/account/tokens", {"name": "ci"}).json
    alice.get("/account/tokens").click("Revoke").click("Cancel")
    assert use(alice.shop, made["token"]).status_int == 200
    alice.fill("/account/tokens/{id}/delete".format(**made), "Revoke")
    refused = use(alice.shop, made["token"])
    assert refused.status_int == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.databases
def test_a_token_expires(alice):
    token = alice.post_json("/account/tokens", {"name": "ci"}).json["token"]
    with alice.shop.writing() as request:
        request.db.execute(update(AccessToken).values(expires_at=now() - timedelta(seconds=1)))
    assert use(alice.shop, token).status_int == 401


@pytest.mark.parametrize("days", [0, -1, 367, "x", 1.5, None])
def test_days_must_be_1_to_366(alice, days):
    assert alice.post_json("/account/tokens", {"name": "x", "days": days}).status_int == 422


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1], lambda t: t[:-1] + "0123456789abcdef"[(int(t[-1], 16) + 1) % 16], str.upper,
     lambda t: t[3:], lambda t: t + "0", lambda t: f"{t} {t}", lambda t: "cs_" + "0" * 72, lambda _t: "cs_",
     lambda _t: "\u00e9", lambda _t: "x" * 5_000],
)  # fmt: skip
def test_malformed_or_forged_token_gets_401_without_query(alice, change):
    token = alice.post_json("/account/tokens", {"name": "ci"}).json["token"]
    with alice.shop.queries() as sent:
        assert use(alice.shop, change(token), "/courses").status_int == 401
    assert sent == []


def test_token_of_another_account_gets_404(alice):
    made = alice.post_json("/account/tokens", {"name": "ci"}).json
    bob = Visitor(alice.shop)
    bob.register("bob")
    assert bob.json(f"/account/tokens/{made['id']}").status_int == 404
    assert (
        bob.app.delete(f"/account/tokens/{made['id']}", headers=JSON, expect_errors=True).status_int
        == 404
    )
    assert use(alice.shop, made["token"]).status_int == 200


def test_token_cannot_create_token(alice):
    token = alice.post_json("/account/tokens", {"name": "ci", "scope": "write"}).json["token"]
    answer = Visitor(alice.shop).app.post_json(
        "/account/tokens", {"name": "more"}, headers=bearer(token), expect_errors=True
    )
    assert answer.status_int == 403
    assert "token" in answer.json["detail"]


@pytest.mark.databases
def test_the_last_use_is_shown_and_written_at_most_every_five_minutes(alice):
    made = alice.post_json("/account/tokens", {"name": "ci"}).json
    place = f"/account/tokens/{made['id']}"
    assert alice.json(place).json["used_at"] is None
    with alice.shop.queries() as sent:
        use(alice.shop, made["token"])
    assert any(statement.startswith("UPDATE access_token") for statement in sent)
    first = alice.json(place).json["used_at"]
    assert first
    with alice.shop.queries() as sent:
        use(alice.shop, made["token"])
    assert not any(statement.startswith("UPDATE") for statement in sent)
    with alice.shop.writing() as request:
        for model in (AccessToken, LoginSession):
            request.db.execute(update(model).values(used_at=now() - timedelta(minutes=6)))
    use(alice.shop, made["token"])
    assert alice.json(place).json["used_at"] > first


@pytest.mark.slow
def test_failure_to_store_last_use_does_not_affect_response(alice, backend, monkeypatch):
    if backend != "sqlite":
        pytest.skip("only SQLite has one write lock for all rows")
    made = alice.post_json("/account/tokens", {"name": "ci"}).json
    with alice.shop.writing() as request:
        request.db.connection()
        assert use(alice.shop, made["token"]).status_int == 200


INVALID = 'Bearer realm="courseshop", error="invalid_token"'
TOO_WEAK = 'Bearer realm="courseshop", error="insufficient_scope"'


def challenge_of(answer):
    return answer.status_int, answer.headers.get("WWW-Authenticate")


def send(shop, method, url, token, body=None, accept="application/json"):
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    send = getattr(Visitor(shop).app, f"{method}_json")
    return send(url, body or {}, headers=headers, expect_errors=True)


@pytest.mark.parametrize("token", ["", "cs_wrong", "cs_" + "0" * 72, "a b"])
def test_invalid_token_gets_invalid_token_challenge(shop, token):
    for url in ("/courses", "/nothing", "/account", "/livez"):
        assert challenge_of(use(shop, token, url)) == (401, INVALID)


def test_request_without_token_gets_challenge_without_error(shop):
    assert challenge_of(Visitor(shop).json("/account")) == (401, 'Bearer realm="courseshop"')


def test_read_token_is_told_the_scope_it_needs(alice):
    token = alice.post_json("/account/tokens", {"name": "ci", "scope": "read"}).json["token"]
    answer = send(alice.shop, "post", "/wishlists", token, {"name": "Later"})
    assert challenge_of(answer) == (403, f'{TOO_WEAK}, scope="write"')


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
def test_token_of_unprivileged_account_gets_insufficient_scope(alice, accept):
    alice.shop.add_course("bread")
    token = alice.post_json("/account/tokens", {"name": "ci", "scope": "write"}).json["token"]
    for method, url, body in (
        ("post", "/courses", {"title": "Mine", "category": "things"}),
        ("patch", "/courses/bread", {"title": "Mine"}),
        ("post", "/courses/bread/reviews", {"rating": 5}),
        ("post", "/account/tokens", {"name": "more"}),
        ("patch", "/account", {"email": "new@example.com"}),
    ):
        answer = send(alice.shop, method, url, token, body, accept)
        assert challenge_of(answer) == (403, TOO_WEAK), url


def test_refused_browser_gets_no_token_challenge(alice):
    answer = alice.post_json("/courses", {"title": "Mine", "category": "things"})
    assert challenge_of(answer) == (403, None)
