"""Accounts: made, proved, changed, left; as a browser and as a program."""

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
    "a blank": "al ice",
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


def test_registering_logs_in_and_says_what_comes_next(visitor):
    answer = visitor.register("alice")
    assert (answer.status_int, answer.location) == (303, "http://localhost/")
    page = answer.follow()
    assert "sent you an email to confirm your address." in page.text
    assert page.html.find(class_="me").get_text(strip=True).endswith("Alice")
    account = visitor.json("/account").json
    assert (account["username"], account["role"]) == ("alice", "student")
    assert (account["email"], account["pending_email"]) == (None, "alice@example.com")


def test_a_program_registers_with_json(visitor):
    facts = {"username": "bob", "name": "Bob", "email": "bob@example.com", "password": PASSWORD}
    answer = visitor.post_json("/account/register", facts)
    assert answer.status_int == 201
    assert answer.location == "http://localhost/people/bob"
    assert answer.json["username"] == "bob"
    account = visitor.json("/account").json
    assert account == answer.json | {"links": account["links"], "attends": [], "teaches": []}
    assert PASSWORD not in answer.text


def test_faults_of_a_registration_stand_beside_their_fields_and_keep_what_was_typed(visitor):
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


def test_the_summary_of_a_refused_form_counts_its_fields_and_links_to_each(visitor):
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


def test_the_summary_names_a_field_as_its_form_does(visitor):
    html = visitor.register("alice", name="x" * 101).html
    label = html.find("label", {"for": "field-name"}).text
    assert label == "Your name"
    assert html.find(role="alert").li.a.text == label


def test_the_detail_of_a_problem_counts_the_fields_too(visitor):
    facts = {"username": "alice", "name": "", "email": "nonsense", "password": PASSWORD}
    answer = visitor.post_json("/account/register", facts)
    assert answer.json["detail"] == "Check the form: 2 fields need attention."


@pytest.mark.parametrize("username", BAD_USERNAMES.values(), ids=BAD_USERNAMES)
def test_a_username_that_deceives_or_breaks_is_refused_with_a_message(visitor, username):
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
def test_what_no_text_may_hold_is_a_4xx(visitor, body):
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
def test_a_username_that_looks_like_another_is_taken(visitor, first, second):
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
def test_nobody_registers_a_name_that_sounds_like_the_shop(visitor, username):
    facts = {"username": username, "name": "X", "email": "x@example.com", "password": PASSWORD}
    refused = visitor.post_json("/account/register", facts)
    assert (refused.status_int, fault_of(refused)) == (409, ("username", "reserved"))


def test_the_name_of_the_shop_is_reserved_and_the_path_of_a_plugin(tmp_path, migrated_database):
    settings = {"courseshop.name": "Evening School", "pyramid.includes": "probes"}
    shop = Shop.open(write_ini(tmp_path, migrated_database(), **settings))
    for username in ("evening-school", "eveningsch00l", "probe"):
        facts = {"username": username, "name": "X", "email": "x@example.com", "password": PASSWORD}
        assert Visitor(shop).post_json("/account/register", facts).status_int == 409
    shop.close()


@pytest.mark.databases
def test_two_people_with_one_username_at_once_leave_one_account(visitor):
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


def test_a_new_password_logs_out_all_but_the_browser_that_set_it(visitor):
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


def test_a_new_password_needs_the_old_one(visitor):
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
def test_a_mailed_link_sets_a_new_password_once_and_confirms_the_address(visitor):
    visitor.register("alice")
    visitor.mail()
    guest = Visitor(visitor.shop)
    answer = guest.fill("/account/reset", "Email me a link", email="ALICE@example.com")
    assert "If an account uses this address" in answer.follow().text
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
def test_a_key_that_the_shop_did_not_make_opens_nothing(visitor, key):
    for url, more in (
        ("/account/reset/new", {"new_password": NEW_PASSWORD}),
        ("/account/confirm", {}),
    ):
        answer = visitor.post_json(url, {"key": key, **more})
        assert answer.status_int == 409
        assert answer.json["errors"][0]["field"] == "key"


def test_a_key_for_one_purpose_does_nothing_for_another(visitor):
    visitor.register("alice")
    key = link_in(visitor.mail()[0]).partition("key=")[2]
    answer = visitor.post_json("/account/reset/new", {"key": key, "new_password": NEW_PASSWORD})
    assert answer.status_int == 409


def test_looking_at_a_mailed_link_changes_nothing(visitor):
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
def test_another_address_needs_its_own_confirmation(visitor):
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


def test_an_account_is_told_of_its_own_address_and_not_of_another_state(visitor):
    visitor.register("alice")
    form = visitor.get("/account/edit").html.find(id="about-email").text
    assert "We'll email a confirmation link to the new address." in form
    sent = visitor.fill("/account", "Resend email").follow().html
    assert sent.find(role="status").text.strip() == "We've emailed you a new link."
    visitor.fill(link_in(visitor.mail()[0]), "Confirm address")
    form = visitor.get("/account/edit").html.find(id="about-email").text
    assert "Until you confirm it, we'll keep using the current one." in form


def test_an_old_confirmation_does_not_bring_an_old_address_back(visitor):
    visitor.register("alice")
    old = link_in(visitor.mail()[0])
    visitor.fill("/account/edit", "Save", email="new@example.com")
    assert visitor.fill(old, "Confirm address").status_int == 409


def test_a_new_name_shows_on_the_next_page_everywhere(visitor):
    visitor.register("alice")
    page = visitor.json("/people/alice")
    visitor.fill("/account/edit", "Save", name="Alice Liddell")
    assert "Alice Liddell" in visitor.get("/").text
    again = visitor.get("/people/alice", headers={**JSON, "If-None-Match": page.headers["ETag"]})
    assert again.json["name"] == "Alice Liddell"


def test_a_program_changes_its_name_by_patch(visitor):
    visitor.register("alice")
    answer = visitor.app.patch_json("/account", {"name": "A. L."}, headers=JSON)
    assert answer.json["name"] == "A. L."
    wrong = visitor.app.patch_json("/account", {"rôle": "admin"}, headers=JSON, expect_errors=True)
    assert wrong.status_int == 422


def test_an_admin_is_offered_the_roles_of_others_alone(visitor):
    visitor.register("alice")
    admin = Writer(visitor.shop, "root", "admin").browser()
    own = admin.get("/people/root/edit").html.main
    assert "You can't change your own role. Ask another admin." in own.text
    assert (own.find("form"), "logged out" in own.text) == (None, False)
    assert admin.get("/people/alice/edit").html.main.find("form")


def test_the_profile_is_public_and_shows_no_address(visitor):
    visitor.register("alice")
    for page in (Visitor(visitor.shop).get("/people/alice"), visitor.json("/people/alice")):
        assert "example.com" not in page.text
    assert Visitor(visitor.shop).get("/people/alice").html.find(class_="avatar").text == "A"


UNCONFIRMED = {
    "nothing": "alice cannot log in before",
    "read": "alice reads, and writes once confirmed",
    "write": "alice writes at once",
}


@pytest.mark.slow
@pytest.mark.parametrize("may", UNCONFIRMED, ids=UNCONFIRMED.values())
def test_the_ini_says_what_an_unconfirmed_account_may_do(tmp_path, may):
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
