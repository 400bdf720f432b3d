"""Accounts: registration, email confirmation, passwords and profiles, as HTML and JSON."""

from __future__ import annotations

import pytest
from browsing import NEW_PASSWORD, PASSWORD, Visitor, link_in
from helpers import JSON, Shop, write_ini
from sqlalchemy import select
from writers import Writer, fault_of

from courseshop.models import User

BAD_USERNAMES = {
    "huge": "a" * 41,
    "empty": "",
    "one letter": "a",
    "upper case": "Alice",
    "a space": "al ice",
    "look-alike letter": "\u0430lice",
    "right to left": "ali\u202ece",
    "zero width": "ali\u200bce",
    "a slash": "a/b",
    "dots": "..",
}


@pytest.fixture
def visitor(shop):
    return Visitor(shop)


def names(shop):
    with shop.reading() as request:
        return set(request.db.scalars(select(User.username)))


def test_registration_logs_in_and_mentions_confirmation_email(visitor):
    answer = visitor.register("alice")
    assert (answer.status_int, answer.location) == (303, "http://localhost/")
    page = answer.follow()
    assert "sent you an email to confirm your address." in page.text
    assert page.html.find(class_="menu-who").b.get_text() == "Alice"
    account = visitor.json("/account").json
    assert (account["username"], account["role"]) == ("alice", "student")
    assert (account["email"], account["pending_email"]) == (None, "alice@example.com")


def test_registration_works_with_json(visitor):
    facts = {"username": "bob", "name": "Bob", "email": "bob@example.com", "password": PASSWORD}
    answer = visitor.post_json("/account/register", facts)
    assert answer.status_int == 201
    assert answer.location == "http://localhost/people/bob"
    assert answer.json["username"] == "bob"
    account = visitor.json("/account").json
    assert account == answer.json | {"links": account["links"], "attends": [], "teaches": []}
    assert PASSWORD not in answer.text


def test_refused_registration_shows_errors_at_fields_and_keeps_input(visitor):
    answer = visitor.register("Alice!", email="nonsense", password="short")
    assert answer.status_int == 422
    html = answer.html
    assert html.find("input", {"name": "username"})["value"] == "Alice!"
    assert not html.find("input", {"name": "password"}).get("value")
    for name in ("username", "email", "password"):
        field = html.find("input", {"name": name})
        assert field["aria-invalid"] == "true"
        assert html.find(id=field["aria-describedby"]).find(class_="fault").text
    assert names(visitor.shop) == set()


def test_error_summary_counts_invalid_fields_and_links_to_each(visitor):
    answer = visitor.register("alice", email="nonsense", password="short")
    summary = answer.html.find(role="alert")
    assert summary.has_attr("autofocus")
    assert summary.p.text == "Check the form: 2 fields need attention."
    assert [one.get_text(" ", strip=True) for one in summary.find_all("li")] == [
        "Email address : Enter an email address, such as ann@example.com.",
        "Password : Use at least 12 characters.",
    ]
    for link in summary.find_all("a"):
        assert answer.html.find("input", id=link["href"].removeprefix("#"))
    one = visitor.register("alice", email="nonsense").html.find(role="alert")
    assert one.p.text == "Check the form: 1 field needs attention."


def test_error_summary_uses_the_labels_of_the_form(visitor):
    html = visitor.register("alice", name="x" * 101).html
    label = html.find("label", {"for": "field-name"}).text
    assert label == "Your name"
    assert html.find(role="alert").li.a.text == label


def test_problem_detail_counts_invalid_fields(visitor):
    facts = {"username": "alice", "name": "", "email": "nonsense", "password": PASSWORD}
    answer = visitor.post_json("/account/register", facts)
    assert answer.json["detail"] == "Check the form: 2 fields need attention."


@pytest.mark.parametrize("username", BAD_USERNAMES.values(), ids=BAD_USERNAMES)
def test_invalid_username_is_refused_with_message(visitor, username):
    facts = {"username": username, "name": "X", "email": "x@example.com", "password": PASSWORD}
    answer = visitor.post_json("/account/register", facts)
    assert answer.status_int == 422
    (fault,) = answer.json["errors"]
    assert fault["field"] == "username"
    assert fault["message"]


@pytest.mark.databases
@pytest.mark.parametrize(
    "body", [b'{"username": "a\\u0000b"}', b'{"username": "\\ud800"}', b"\xff"]
)
def test_invalid_characters_in_body_are_4xx(visitor, body):
    answer = visitor.app.post(
        "/account/register", body, {**JSON, "Content-Type": "application/json"}, expect_errors=True
    )
    assert 400 <= answer.status_int < 500


@pytest.mark.databases
@pytest.mark.parametrize(
    ("first", "second"),
    [
        *(("bill", "bi11"), ("ann.lee", "ann_lee"), ("modem", "modern")),
        *(
            ("alice", "al1ce"),
            ("al1ce", "alice"),
            ("lola", "l0la"),
            ("ivy", "lvy"),
            ("1van", "ivan"),
        ),
    ],
)
def test_username_that_looks_like_existing_one_is_taken(visitor, first, second):
    visitor.register(first)
    facts = {"username": second, "name": "X", "email": "x@example.com", "password": PASSWORD}
    answer = Visitor(visitor.shop).post_json("/account/register", facts)
    assert answer.status_int == 409
    assert answer.json["errors"][0]["field"] == "username"


@pytest.mark.parametrize(
    "username",
    ["admin", "adm1n", "ad.min", "root", "r00t", "support", "moderator", "courses", "wishlists",
     "account", "livez", "static", "courseshop", "c0urse-shop"],
)  # fmt: skip
def test_reserved_usernames_cannot_be_registered(visitor, username):
    facts = {"username": username, "name": "X", "email": "x@example.com", "password": PASSWORD}
    refused = visitor.post_json("/account/register", facts)
    assert (refused.status_int, fault_of(refused)) == (409, ("username", "reserved"))


def test_shop_name_and_plugin_paths_are_reserved_usernames(tmp_path, migrated_database):
    settings = {"courseshop.name": "Evening School", "pyramid.includes": "probes"}
    shop = Shop.open(write_ini(tmp_path, migrated_database(), **settings))
    for username in ("evening-school", "eveningsch00l", "probe"):
        facts = {"username": username, "name": "X", "email": "x@example.com", "password": PASSWORD}
        assert Visitor(shop).post_json("/account/register", facts).status_int == 409
    shop.close()


@pytest.mark.databases
def test_concurrent_registrations_of_one_username_create_one_account(visitor):
    from concurrent.futures import ThreadPoolExecutor

    def register(number):
        facts = {"username": "same", "name": "X", "email": f"x{number}@example.com"}
        return (
            Visitor(visitor.shop)
            .post_json("/account/register", {**facts, "password": PASSWORD})
            .status_int
        )

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(register, range(4))) == [201, 409, 409, 409]
    assert names(visitor.shop) == {"same"}


def test_password_change_logs_out_all_other_browsers(visitor):
    visitor.register("alice")
    other = Visitor(visitor.shop)
    other.log_in("alice")
    before = visitor.cookie
    answer = visitor.fill(
        "/account/password", "Change password",
        current_password=PASSWORD, new_password=NEW_PASSWORD,
    )  # fmt: skip
    assert "Password changed" in answer.follow().text
    logged = visitor.get("/account/audit").html.find("table").text
    assert "Other devices logged out" in logged
    assert "Logged out everywhere" not in logged
    assert visitor.cookie != before
    assert other.json("/account").status_int == 401
    assert other.log_in("alice").status_int == 401
    assert other.log_in("alice", NEW_PASSWORD).status_int == 303


def test_password_change_requires_current_password(visitor):
    visitor.register("alice")
    answer = visitor.fill(
        "/account/password", "Change password",
        current_password="something else", new_password=NEW_PASSWORD,
    )  # fmt: skip
    assert answer.status_int == 409
    assert answer.html.find(id="about-current_password").find(class_="fault").text
    logged = visitor.get("/account/audit").html.find("table").text
    assert ("Wrong password" in logged, "Failed login" in logged) == (True, False)
    assert visitor.json("/account").status_int == 200


@pytest.mark.databases
def test_reset_link_works_once_and_confirms_email_address(visitor):
    visitor.register("alice")
    visitor.mail()
    guest = Visitor(visitor.shop)
    answer = guest.fill("/account/reset", "Email me a link", email="ALICE@example.com")
    assert "If that email address belongs to an account" in answer.follow().text
    (message,) = guest.mail()
    link = link_in(message)
    answer = guest.fill(link, "Set new password", new_password=NEW_PASSWORD)
    assert "Log in with it now." in answer.follow().text
    assert guest.log_in("alice@example.com", NEW_PASSWORD).status_int == 303
    assert visitor.json("/account").status_int == 401
    assert "has expired or was already used" in guest.get(link).text
    key = link.partition("key=")[2]
    again = guest.post_json("/account/reset/new", {"key": key, "new_password": PASSWORD})
    assert again.status_int == 409


@pytest.mark.parametrize("key", ["x", "a.b.c", "WzEsMl0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"])
def test_forged_key_is_refused(visitor, key):
    for url, more in (
        ("/account/reset/new", {"new_password": NEW_PASSWORD}),
        ("/account/confirm", {}),
    ):
        answer = visitor.post_json(url, {"key": key, **more})
        assert answer.status_int == 409
        assert answer.json["errors"][0]["field"] == "key"


def test_confirmation_key_cannot_reset_password(visitor):
    visitor.register("alice")
    key = link_in(visitor.mail()[0]).partition("key=")[2]
    answer = visitor.post_json("/account/reset/new", {"key": key, "new_password": NEW_PASSWORD})
    assert answer.status_int == 409


def test_opening_confirmation_link_does_not_confirm_address(visitor):
    visitor.register("alice")
    link = link_in(visitor.mail()[0])
    assert "Confirm that alice@example.com is your address." in visitor.get(link).html.main.text
    made_up = visitor.get("/account/confirm?key=made-up")
    assert "This link has expired" in made_up.html.main.text
    assert made_up.html.main.form is None
    assert visitor.json("/account").json["email"] is None
    visitor.fill(link, "Confirm address")
    assert visitor.json("/account").json["email"] == "alice@example.com"
    assert visitor.fill(link, "Confirm address").status_int == 303


@pytest.mark.databases
def test_new_email_address_must_be_confirmed(visitor):
    visitor.register("alice")
    visitor.fill(link_in(visitor.mail()[0]), "Confirm address")
    visitor.fill("/account/edit", "Save", email="new@example.com")
    account = visitor.json("/account").json
    assert (account["email"], account["pending_email"]) == ("alice@example.com", "new@example.com")
    mails = {message["To"]: message for message in visitor.mail()}
    assert set(mails) == {"alice@example.com", "new@example.com"}
    visitor.fill(link_in(mails["new@example.com"]), "Confirm address")
    account = visitor.json("/account").json
    assert (account["email"], account["pending_email"]) == ("new@example.com", None)


def test_account_form_explains_whether_email_address_is_confirmed(visitor):
    visitor.register("alice")
    form = visitor.get("/account/edit").html.find(id="about-email").text
    assert "If you change it, we'll email a confirmation link to the new address." in form
    sent = visitor.fill("/account", "Resend email").follow().html
    assert sent.find(role="status").text.strip() == "We've emailed you a new link."
    visitor.fill(link_in(visitor.mail()[0]), "Confirm address")
    form = visitor.get("/account/edit").html.find(id="about-email").text
    assert "Until you confirm it, we'll keep using the current one." in form


def test_account_marks_unconfirmed_address(visitor):
    visitor.register("alice")
    shown = " ".join(visitor.get("/account").html.dl.text.split())
    assert "alice@example.com Not confirmed" in shown
    visitor.fill(link_in(visitor.mail()[0]), "Confirm address")
    assert "Not confirmed" not in visitor.get("/account").text


def test_too_many_confirmation_emails_are_refused_on_account_page(visitor):
    visitor.register("alice")
    for _time in range(10):
        answer = visitor.fill("/account", "Resend email")
        if answer.status_int != 303:
            break
    assert answer.status_int == 429
    assert answer.html.h1.text == "Alice"
    summary = answer.html.find(class_="faults")
    assert "autofocus" in summary.attrs
    assert "Please try again" in summary.text
    assert answer.headers["Retry-After"]


def test_old_confirmation_link_does_not_restore_old_address(visitor):
    visitor.register("alice")
    old = link_in(visitor.mail()[0])
    visitor.fill("/account/edit", "Save", email="new@example.com")
    assert visitor.fill(old, "Confirm address").status_int == 409


def test_new_name_shows_on_next_request(visitor):
    visitor.register("alice")
    page = visitor.json("/people/alice")
    visitor.fill("/account/edit", "Save", name="Alice Liddell")
    assert "Alice Liddell" in visitor.get("/").text
    again = visitor.get("/people/alice", headers={**JSON, "If-None-Match": page.headers["ETag"]})
    assert again.json["name"] == "Alice Liddell"


def test_name_can_be_changed_with_patch(visitor):
    visitor.register("alice")
    answer = visitor.app.patch_json("/account", {"name": "A. L."}, headers=JSON)
    assert answer.json["name"] == "A. L."
    wrong = visitor.app.patch_json("/account", {"rôle": "admin"}, headers=JSON, expect_errors=True)
    assert wrong.status_int == 422


def test_admin_can_change_roles_of_others_but_not_their_own(visitor):
    visitor.register("alice")
    admin = Writer(visitor.shop, "root", "admin").browser()
    own = admin.get("/people/root/edit").html.main
    assert "You can't change your own role. Ask another admin." in own.text
    assert (own.find("form"), "logged out" in own.text) == (None, False)
    assert admin.get("/people/alice/edit").html.main.find("form")


def test_profile_is_public_and_shows_no_email_address(visitor):
    visitor.register("alice")
    for page in (Visitor(visitor.shop).get("/people/alice"), visitor.json("/people/alice")):
        assert "example.com" not in page.text
    assert Visitor(visitor.shop).get("/people/alice").html.find(class_="avatar").text == "A"


UNCONFIRMED = {
    "nothing": "alice cannot log in until confirmed",
    "read": "alice can read, and write once confirmed",
    "write": "alice can write at once",
}


@pytest.mark.slow
@pytest.mark.parametrize("may", UNCONFIRMED, ids=UNCONFIRMED.values())
def test_setting_limits_unconfirmed_accounts(tmp_path, may):
    url = f"sqlite:///{tmp_path}/shop.sqlite"
    settings = {"courseshop.unconfirmed": may, "pyramid.includes": "probes"}
    shop = Shop.open(write_ini(tmp_path, url, **settings))
    shop.init()
    shop.add_course("python")
    alice = Visitor(shop)
    alice.register("alice")
    link = link_in(alice.mail()[0])
    assert alice.log_in("alice").status_int == (409 if may == "nothing" else 303)
    reads, writes = (200, 401)[may == "nothing"], {"nothing": 401, "read": 403, "write": 201}[may]
    assert alice.json("/account").status_int == reads
    assert alice.post_json("/courses/python/wish", {"word": "x"}).status_int == writes
    alice.fill(link, "Confirm address")
    alice.log_in("alice")
    assert alice.post_json("/courses/python/wish", {"word": "y"}).status_int == 201
    shop.close()
