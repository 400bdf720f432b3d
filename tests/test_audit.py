"""The audit log of accounts: what it records, who may read it, and what it never contains."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from browsing import NEW_PASSWORD, PASSWORD, Visitor, path
from helpers import JSON
from pyramid.events import ContextFound
from pyramid_retry import mark_error_retryable
from sqlalchemy import delete, select

from courseshop.database.transactions import run_after_response
from courseshop.domain.actor import GUEST, OPERATOR, Actor
from courseshop.models import AuditEntry, User
from courseshop.protection.passwords import Passwords
from courseshop.schemas.user import UserDraft
from courseshop.services import audit, user

HASH = Passwords(1).hash(PASSWORD)
WRONG = "twelve lost yaks weep"
SCRIPT = "<script>alert(1)</script>"


@dataclass
class Scene:
    """A shop with Alice logged in from 192.0.2.1, and an empty audit log."""

    shop: Any
    alice: Visitor
    keys: list[str] = field(default_factory=list)

    def log_in(self, username, role="student", **browser):
        """Add an account, and log it in from an IP address of its own."""
        with self.shop.writing() as request:
            draft = UserDraft(username=username, name=username.title(), role=role)
            email = f"{username}@example.com"
            user.add(request.db, draft, password_hash=HASH, email=email)
        visitor = Visitor(self.shop, f"198.51.100.{len(username)}", **browser)
        login(visitor, username)
        return visitor

    def mailed_key(self):
        """Return the only key in the waiting emails."""
        bodies = [mail.get_content() for mail in self.alice.mail()]
        (key,) = re.findall(r"key=(\S+)", "\n".join(bodies))
        self.keys.append(key)
        return key

    @property
    def items(self):
        return self.shop.json("/audit?limit=100", OPERATOR).json["items"][::-1]

    @property
    def recorded(self):
        """Return the kind, actor and subject of each entry, oldest first."""
        return ", ".join(f"{one['kind']} {one['actor']} {one['subject']}" for one in self.items)

    def register(self, username="bob"):
        facts = {"username": username, "name": "B", "email": "b@example.com", "password": PASSWORD}
        return Visitor(self.shop).post_json("/account/register", facts)

    def log_in_elsewhere(self):
        return login(Visitor(self.shop), "alice")

    def try_wrong_password(self):
        return login(Visitor(self.shop), "alice", WRONG)

    def try_unknown_username(self):
        return login(Visitor(self.shop), WRONG, WRONG)

    def log_out(self):
        return self.alice.post_json("/account/logout")

    def end_another_session(self):
        places = self.alice.json("/account/sessions").json["items"]
        return send("delete", self.alice, next(one["url"] for one in places if not one["current"]))

    def end_all_sessions(self):
        return send("delete", self.alice, "/account/sessions")

    def change_password(self, current=PASSWORD):
        draft = {"current_password": current, "new_password": NEW_PASSWORD}
        return self.alice.post_json("/account/password", draft)

    def enter_wrong_current_password(self):
        return self.change_password(WRONG)

    def reset_password(self):
        self.alice.post_json("/account/reset", {"email": "alice@example.com"})
        draft = {"key": self.mailed_key(), "new_password": NEW_PASSWORD}
        return Visitor(self.shop).post_json("/account/reset/new", draft)

    def reset_password_with_token(self):
        self.alice.post_json("/account/tokens", {"name": "ci"})
        return self.reset_password()

    def claim_address(self):
        claim = {"email": "a@b.example", "current_password": PASSWORD}
        return send("patch", self.alice, "/account", claim)

    def cancel_address_change(self):
        self.claim_address()
        return send("patch", self.alice, "/account", {"email": "alice@example.com"})

    def confirm_address(self):
        self.claim_address()
        return self.alice.post_json("/account/confirm", {"key": self.mailed_key()})

    def change_role(self):
        admin = self.log_in("admin", "admin")
        return send("patch", admin, "/people/alice", {"role": "moderator"})

    def revoke_token(self):
        made = self.alice.post_json("/account/tokens", {"name": "ci"})
        return send("delete", self.alice, made.location)

    def send_forged_form(self):
        return self.alice.app.post("/account/logout", {"csrf_token": "x"}, expect_errors=True)

    def take_a_role(self):
        return send("patch", self.alice, "/people/alice", {"role": "admin"})


@pytest.fixture
def scene(shop):
    scene = Scene(shop, Visitor(shop))
    scene.log_in("alice")
    login(scene.alice, "alice")
    with shop.writing() as request:
        request.db.execute(delete(AuditEntry))
    return scene


def login(visitor, username, password=PASSWORD):
    return visitor.post_json("/account/login", {"username": username, "password": password})


def send(method, visitor, url, body=None, **headers):
    ask = getattr(visitor.app, f"{method}_json")
    return ask(path(url), body or {}, headers={**JSON, **headers}, expect_errors=True)


ACTIONS = {
    "register": "registered bob bob, login bob bob",
    "log_in_elsewhere": "login alice alice",
    "try_wrong_password": "login_failed None alice",
    "try_unknown_username": "login_failed None None",
    "log_out": "session_ended alice alice",
    "end_another_session": "session_ended alice alice",
    "end_all_sessions": "sessions_ended alice alice",
    "change_password": "password_changed alice alice, other_sessions_ended alice alice, login alice alice",
    "enter_wrong_current_password": "password_failed None alice",
    "reset_password": "password_reset alice alice, sessions_ended alice alice",
    "reset_password_with_token": "token_made alice alice, password_reset alice alice, "
    "sessions_ended alice alice, tokens_revoked alice alice",
    "cancel_address_change": "email_claimed alice alice, email_unclaimed alice alice",
    "confirm_address": "email_claimed alice alice, email_confirmed alice alice",
    "change_role": "login admin admin, role_changed admin alice, sessions_ended admin alice",
    "revoke_token": "token_made alice alice, token_revoked alice alice",
    "send_forged_form": "refused alice alice",
    "take_a_role": "refused alice alice",
}


@pytest.mark.parametrize("action", ACTIONS)
def test_action_is_recorded_with_actor_and_subject(scene, action):
    getattr(scene, action)()
    assert scene.recorded == ACTIONS[action]


def test_entry_has_time_address_and_facts(scene):
    scene.change_role()
    _login, entry, _ended = scene.items
    assert entry["facts"] == {"old": "student", "new": "moderator"}
    assert entry["address"] == "198.51.100.5"
    assert entry["at"].endswith("Z")


def test_details_of_entry_are_in_words(scene):
    scene.change_role()
    course = scene.shop.add_course("bread", title="Bread & Butter")
    with scene.shop.writing() as request:
        author = Actor(id=request.db.scalar(select(User.id).where(User.username == "alice")))
    number = str(scene.shop.add_review(course, author, 4))
    moderator = Actor(id=author.id, username="alice", role="moderator")
    with scene.shop.writing() as request:
        audit.record(request.db, moderator, "token_made", author.id, name="ci", scope="read")
        facts = {"course": "bread", "review": number, "reason": "Spam."}
        audit.record(request.db, moderator, "review_hidden", author.id, **facts)
        audit.record(request.db, moderator, "reply_removed", author.id, review=number)
        gone = {"course": "gone", "review": "999"}
        audit.record(request.db, moderator, "reports_dismissed", None, **gone)
        audit.record(request.db, moderator, "reply_removed", author.id, review="999")
        audit.record(request.db, moderator, "refused", author.id, why="It is closed.")
    rows = scene.shop.get("/audit", OPERATOR).html.select("tbody tr")
    found = [(row.select("td")[1].text, row.select("td")[-1].text) for row in rows]
    assert found[:7] == [
        ("Access denied", "It is closed"),
        ("Reply deleted", ""),
        ("Review reports dismissed", "Review of “gone”"),
        ("Reply deleted", "Review of “Bread & Butter”"),
        ("Review hidden", "Review of “Bread & Butter” · Spam."),
        ("API token created", "ci · Read only"),
        ("Logged out everywhere", "2 sessions"),
    ]
    assert found[7] == ("Role changed", "From Student to Moderator")


@pytest.mark.databases
def test_refusal_is_recorded_despite_rollback_with_method_and_path(scene):
    answer = scene.take_a_role()
    assert answer.status_int == 403
    assert answer.json["detail"] == "Your account can't do this."
    (entry,) = scene.items
    assert entry["facts"] == {"method": "PATCH", "path": "/people/alice", "why": "acl"}
    page = scene.shop.get("/audit", OPERATOR).html
    assert page.find("td", string="PATCH · /people/alice · not allowed for this account")
    assert send("patch", Visitor(scene.shop), "/people/alice").status_int == 401
    assert len(scene.items) == 1


@pytest.mark.databases
def test_repeated_refusals_are_one_entry_with_a_count(scene):
    scene.log_in("mallory")
    browsers = [Visitor(scene.shop) for _ in range(4)]
    for one in browsers:
        login(one, "mallory")

    def try_to_take_a_role(browser):
        return send("patch", browser, "/people/alice", {"role": "admin"}).status_int

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(try_to_take_a_role, browsers * 3)) == [403] * 12
    (refused,) = [one for one in scene.items if one["kind"] == "refused"]
    assert (refused["count"], refused["facts"]["path"]) == (12, "/people/alice")


def test_different_refusals_leave_at_most_fifty_entries_an_hour(scene):
    with scene.shop.writing() as request:
        (alice,) = request.db.scalars(select(User).where(User.username == "alice"))
        for number in range(120):
            actor = Actor(id=alice.id, address="192.0.2.1")
            path = f"/people/{number}"
            audit.record_repeated(request.db, actor, "refused", alice.id, path=path)
    counts = [one["count"] for one in scene.items if one["kind"] == "refused"]
    assert (len(counts), sum(counts)) == (50, 120)


def test_repeated_wrong_passwords_are_one_entry_per_account_and_address(scene):
    for _ in range(3):
        login(Visitor(scene.shop, "203.0.113.5"), "alice", WRONG)
    login(Visitor(scene.shop, "203.0.113.6"), "alice", WRONG)
    failed = [one for one in scene.items if one["kind"] == "login_failed"]
    assert [(one["address"], one["count"]) for one in failed] == [
        ("203.0.113.5", 3),
        ("203.0.113.6", 1),
    ]
    assert "\u00d7 3" in scene.alice.get("/account/audit").text


def test_entry_written_after_response_is_recorded_once_despite_retries(scene):
    tried = []

    def fail_twice(event):
        tried.append(event)
        run_after_response(event.request, lambda db: audit.record(db, GUEST, "probe"))
        if len(tried) < 3:
            conflict = RuntimeError("write conflict")
            mark_error_retryable(conflict)
            raise conflict

    scene.shop.registry.registerHandler(fail_twice, [ContextFound])
    try:
        scene.try_wrong_password()
    finally:
        scene.shop.registry.unregisterHandler(fail_twice, [ContextFound])
    assert len(tried) == 3
    assert sorted(one["kind"] for one in scene.items) == ["login_failed", "probe"]


def test_rolled_back_actions_are_not_recorded(scene):
    with scene.shop.writing() as request:
        audit.record(request.db, OPERATOR, "registered")
        request.tm.doom()
    assert scene.register("a1ice").status_int == 409
    admin = scene.log_in("admin", "admin")
    assert send("patch", admin, "/people/admin", {"role": "student"}).status_int == 409
    assert scene.recorded == "login admin admin"


@pytest.mark.databases
def test_admin_can_page_through_all_entries_newest_first(scene):
    admin = scene.log_in("admin", "admin")
    for _ in range(6):
        scene.log_in_elsewhere()
    url, walked = "/audit?limit=2", []
    while url:
        page = admin.json(url).json
        assert page["total"] == 7
        walked += page["items"]
        url = page["links"]["next"]
    assert walked[::-1] == scene.items
    assert [one["at"] for one in walked] == sorted((one["at"] for one in walked), reverse=True)
    assert len(admin.get("/audit?limit=2").html.select("tbody tr")) == 2


@pytest.mark.parametrize("role", [None, "student", "instructor", "moderator"])
def test_only_admins_can_read_all_entries(scene, role):
    visitor = scene.log_in("bob", role) if role else Visitor(scene.shop)
    # A guest may be an admin who has not logged in yet.
    expected = (404, 404) if role else (401, 303)
    assert (visitor.json("/audit").status_int, visitor.get("/audit").status_int) == expected


@pytest.mark.databases
def test_users_see_only_their_own_entries(scene):
    bob = scene.log_in("bob")
    scene.try_wrong_password()
    bob.post_json("/account/tokens", {"name": "private"})
    kinds = [one["kind"] for one in bob.json("/account/audit").json["items"]]
    assert kinds == ["token_made", "login"]
    own = scene.alice.json("/account/audit").json
    assert ([one["kind"] for one in own["items"]], own["total"]) == (["login_failed"], 1)
    assert "private" not in scene.alice.get("/account/audit").text
    assert Visitor(scene.shop).json("/account/audit").status_int == 401


@pytest.mark.parametrize("is_gone", [False, True], ids=["present", "deleted"])
def test_user_does_not_see_ip_address_of_admin(scene, is_gone):
    scene.change_role()
    if is_gone:
        delete_account(scene, "admin")
    login(scene.alice, "alice")
    items = scene.alice.json("/account/audit").json["items"]
    kinds = [(one["kind"], one["address"]) for one in items]
    assert kinds == [("login", "192.0.2.1"), ("sessions_ended", ""), ("role_changed", "")]
    assert "198.51.100." not in scene.alice.get("/account/audit").text


def delete_account(scene, username):
    with scene.shop.writing() as request:
        request.db.execute(delete(User).where(User.username == username))


@pytest.mark.databases
def test_entries_stay_when_their_accounts_are_deleted(scene):
    scene.change_role()
    delete_account(scene, "alice")
    assert "role_changed admin None" in scene.recorded
    delete_account(scene, "admin")
    assert "role_changed None None" in scene.recorded


@pytest.mark.parametrize("url", ["/audit", "/account/audit"])
def test_a_page_shows_a_user_agent_as_text(scene, url):
    page = scene.log_in("admin", "admin", user_agent=SCRIPT).get(url)
    assert SCRIPT not in page.text
    assert SCRIPT in page.html.find("tbody").get_text()


def test_entries_never_contain_passwords_tokens_session_ids_or_keys(scene):
    token = scene.alice.post_json("/account/tokens", {"name": "ci"}).json["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert send("patch", Visitor(scene.shop), "/account", **bearer).status_int == 403
    secrets = [PASSWORD, NEW_PASSWORD, WRONG, token, scene.alice.cookie]
    scene.try_unknown_username()
    scene.revoke_token()
    scene.reset_password()
    scene.register()
    scene.change_role()
    with scene.shop.reading() as request:
        rows = [str(row) for row in request.db.execute(select(AuditEntry.__table__))]
    assert len(rows) > 9
    assert [one for one in [*secrets, *scene.keys] if one in "\n".join(rows)] == []
    # Nor any string that is long enough to be a hash.
    assert re.findall(r"[\w.$-]{32,}", "\n".join(rows)) == []
