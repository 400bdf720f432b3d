"""Re-authentication: which actions need a recent password, and how they continue after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browsing import NEW_PASSWORD, PASSWORD, Visitor, form_with, link_in, link_with
from sqlalchemy import func, select, update
from writers import Writer

from courseshop.domain.clock import now
from courseshop.models import AccessToken, LoginSession, User

pytestmark = pytest.mark.databases
NEEDED = "tag:courseshop.example,2026:problem:proof-needed"


@pytest.fixture
def alice(shop):
    """Return the browser of an admin who logged in an hour ago."""
    visitor = Visitor(shop)
    visitor.register("alice")
    with shop.storing() as db:
        db.execute(update(User).values(role="admin", email="alice@example.com"))
    forget(shop)
    return visitor


def forget(shop):
    """Make the last password of every session an hour old."""
    with shop.storing() as db:
        an_hour_ago = now() - timedelta(hours=1)
        db.execute(update(LoginSession).values(created_at=an_hour_ago, proved_at=None))


def count(shop, model):
    with shop.reading() as request:
        return request.db.scalar(select(func.count()).select_from(model))


def send(visitor, method, url, body):
    headers = {"Accept": "application/json"}
    return getattr(visitor.app, f"{method}_json")(url, body, headers=headers, expect_errors=True)


ACTIONS = {
    "a token": ("post", "/account/tokens", {"name": "ci"}, 201),
    "a role": ("patch", "/people/bob", {"role": "instructor"}, 200),
    "an email address": ("patch", "/account", {"email": "new@example.com"}, 200),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_session_needs_the_password_again_after_fifteen_minutes(shop, alice, action):
    shop.add_person("bob")
    method, url, body, done = action
    refused = send(alice, method, url, body)
    assert (refused.status_int, refused.json["type"]) == (403, NEEDED)
    assert (count(shop, AccessToken), refused.json["detail"][:5]) == (0, "Enter")
    wrong = alice.post_json("/account/proof", {"current_password": NEW_PASSWORD})
    assert wrong.status_int == 409
    assert send(alice, method, url, body).status_int == 403
    assert alice.post_json("/account/proof", {"current_password": PASSWORD}).status_int == 204
    assert send(alice, method, url, body).status_int == done


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_login_is_proof_for_fifteen_minutes(shop, alice, action):
    shop.add_person("bob")
    alice.log_in("alice")
    method, url, body, done = action
    assert send(alice, method, url, body).status_int == done


def test_browser_continues_with_its_form_after_password(shop, alice):
    form = form_with(alice.get("/account/tokens"), "Create API token")
    form["name"], form["scope"] = 'ci & "co" é', "write"
    asked = form.submit(expect_errors=True)
    assert asked.status_int == 403
    assert "Confirm it's you" in asked.html.h1.text
    again = form_with(asked, "Continue")
    again["current_password"] = NEW_PASSWORD
    wrong = again.submit(expect_errors=True)
    assert (wrong.status_int, count(shop, AccessToken)) == (409, 0)
    again = form_with(wrong, "Continue")
    again["current_password"] = PASSWORD
    done = again.submit()
    assert (done.status_int, done.location) == (303, "http://localhost/account/tokens")
    with shop.reading() as request:
        (token,) = request.db.scalars(select(AccessToken))
        assert (token.name, token.scope) == ('ci & "co" é', "write")
    assert "cs_" in done.follow().text


def test_password_page_links_back_to_form(shop, alice):
    shop.add_person("bob")
    for url, button in (
        ("/account/tokens", "Create API token"),
        ("/people/bob/edit", "Save"),
    ):
        fields = {"name": "ci"} if "tokens" in url else {"role": "instructor"}
        asked = alice.fill(url, button, **fields)
        assert asked.status_int == 403
        assert link_with(asked, "Go back") == f"http://localhost{url}"
        refused = alice.submit(asked, "Continue", current_password="wrong wrong wrong")
        assert refused.status_int == 409
        assert link_with(refused, "Go back") == f"http://localhost{url}"
    assert "Go back" not in alice.get("/account/proof").html.main.text


def test_empty_current_password_is_reported_as_missing(alice):
    said = "Enter your current password."
    for url in ("/account/proof", "/account/password"):
        button = "Continue" if "proof" in url else "Change password"
        refused = alice.fill(url, button, current_password="")
        assert refused.status_int == 422
        assert said in refused.html.find(id="about-current_password").text
        assert "Wrong password." not in refused.text


def test_role_and_address_forms_continue_after_password_too(shop, alice):
    shop.add_person("bob")
    for url, fields in (
        ("/people/bob/edit", {"role": "moderator"}),
        ("/account/edit", {"email": "new@example.com"}),
    ):
        forget(shop)
        form = form_with(alice.get(url), "Save")
        for name, value in fields.items():
            form[name] = value
        again = form_with(form.submit(expect_errors=True), "Continue")
        again["current_password"] = PASSWORD
        assert again.submit().status_int in {200, 303}
    with shop.reading() as request:
        found = request.db.execute(select(User.username, User.role, User.pending_email)).all()
    assert ("bob", "moderator", None) in found
    assert ("alice", "admin", "new@example.com") in found


def test_link_cannot_prefill_form_sent_after_password(alice):
    page = alice.get("/account/proof?next_path=/people/bob/edit&next_body=role%3Dadmin")
    form = form_with(page, "Continue")
    assert (form["next_path"].value, form["next_body"].value) == ("", "")
    form["current_password"] = PASSWORD
    assert form.submit().location == "http://localhost/account"


def test_post_without_csrf_token_cannot_prefill_form(alice):
    sent = {"current_password": "x", "next_path": "/people/bob/edit", "next_body": "role=admin"}
    refused = alice.app.post("/account/proof", sent, expect_errors=True)
    assert refused.status_int == 403
    form = form_with(refused, "Continue")
    assert (form["next_path"].value, form["next_body"].value) == ("", "")


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "x"])
def test_next_path_of_another_site_is_refused(alice, path):
    draft = {"current_password": PASSWORD, "next_path": path}
    assert alice.post_json("/account/proof", draft).status_int == 422


def test_tokens_cannot_change_credentials_but_admin_token_can_change_roles(shop):
    root = Writer(shop, "root", "admin")
    shop.add_person("bob")
    for method, url, body in (
        ("POST", "/account/proof", {"current_password": PASSWORD}),
        ("POST", "/account/tokens", {"name": "ci"}),
        ("PATCH", "/account", {"email": "new@example.com"}),
    ):
        assert root.ask(method, url, body).status_int == 403
    assert root.patch("/people/bob", {"role": "instructor"}).status_int == 200


def request_new_address(alice):
    """Request a new address; return the path that confirms it."""
    alice.log_in("alice")
    assert send(alice, "patch", "/account", {"email": "new@example.com"}).status_int == 200
    return next(link_in(one) for one in alice.mail() if one["To"] == "new@example.com")


def addresses(alice):
    account = alice.json("/account").json
    return account["email"], account["pending_email"]


def test_token_can_neither_confirm_nor_cancel_pending_address(shop, alice):
    link = request_new_address(alice)
    token = alice.post_json("/account/tokens", {"name": "ci", "scope": "write"}).json["token"]
    api_client = Visitor(shop)
    api_client.app.authorization = ("Bearer", token)
    key = {"key": link.partition("key=")[2]}
    assert send(api_client, "post", "/account/confirm", key).status_int == 403
    assert send(api_client, "patch", "/account", {"email": "alice@example.com"}).status_int == 403
    assert send(api_client, "patch", "/account", {"name": "Alice L."}).status_int == 200
    assert addresses(alice) == ("alice@example.com", "new@example.com")
    alice.fill(link, "Confirm address")
    assert addresses(alice) == ("new@example.com", None)


def test_canceling_pending_address_requires_recent_password(shop, alice):
    request_new_address(alice)
    forget(shop)
    patch = {"email": "alice@example.com"}
    refused = send(alice, "patch", "/account", patch)
    assert (refused.status_int, refused.json["type"]) == (403, NEEDED)
    assert addresses(alice) == ("alice@example.com", "new@example.com")
    given = {**patch, "current_password": PASSWORD}
    assert send(alice, "patch", "/account", given).status_int == 200
    assert addresses(alice) == ("alice@example.com", None)


@pytest.mark.parametrize("revokes", [False, True])
def test_password_form_offers_to_revoke_tokens_with_their_number(shop, alice, revokes):
    alice.log_in("alice")
    for name in ("one", "two"):
        alice.post_json("/account/tokens", {"name": name})
    assert alice.json("/account/password").json["tokens"] == 2
    page = alice.get("/account/password")
    assert "Also revoke my 2 API tokens" in page
    form = form_with(page, "Change password")
    form["current_password"], form["new_password"] = PASSWORD, NEW_PASSWORD
    form["revoke_tokens"] = revokes
    assert form.submit().status_int == 303
    assert count(shop, AccessToken) == (0 if revokes else 2)


@pytest.mark.parametrize("revokes", [False, True])
def test_logout_everywhere_offers_to_revoke_tokens_with_their_number(shop, alice, revokes):
    alice.log_in("alice")
    alice.post_json("/account/tokens", {"name": "one"})
    page = alice.get("/account/sessions/delete")
    assert "Also revoke my API token" in page
    assert alice.json("/account/sessions").json["tokens"] == 1
    form = form_with(page, "Log out everywhere, including here")
    form["revoke_tokens"] = revokes
    assert form.submit().status_int == 303
    assert count(shop, AccessToken) == (0 if revokes else 1)


def test_api_client_can_end_all_sessions_and_tokens(shop, alice):
    alice.log_in("alice")
    alice.post_json("/account/tokens", {"name": "one"})
    assert send(alice, "delete", "/account/sessions", {"revoke_tokens": True}).status_int == 204
    assert (count(shop, AccessToken), count(shop, LoginSession)) == (0, 0)


def test_api_client_can_send_password_with_new_address(shop, alice):
    patch = {"email": "new@example.com", "current_password": NEW_PASSWORD}
    assert send(alice, "patch", "/account", patch).status_int == 409
    assert (
        send(alice, "patch", "/account", {**patch, "current_password": PASSWORD}).status_int == 200
    )
