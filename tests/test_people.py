"""The list of all accounts, for admins, and the links of the admin navigation."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from browsing import Visitor, form_with
from writers import Writer

from courseshop.schemas.user import UserDraft
from courseshop.services import people, user

pytestmark = pytest.mark.databases


@pytest.fixture
def ada(shop):
    return Writer(shop, "ada", "admin")


def found(writer, query):
    answer = writer.get(f"/people?{query}")
    assert answer.status_int == 200, answer.text
    return [one["username"] for one in answer.json["items"]]


def test_admin_pages_through_accounts_newest_first(shop, ada):
    for name in ("bob", "cleo", "dora"):
        shop.add_person(name)
    page = ada.get("/people?limit=3").json
    names = [one["username"] for one in page["items"]]
    assert (names, page["total"]) == (["dora", "cleo", "bob"], 4)
    rest = ada.get(page["links"]["next"]).json
    assert [one["username"] for one in rest["items"]] == ["ada"]
    (account,) = rest["items"]
    assert account["role"] == "admin"
    assert account["url"].endswith("/people/ada")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=mar", ["mlopez"]),
        ("q=LOPEZ", ["mlopez"]),
        ("q=mlo", ["mlopez"]),
        ("q=lopez+maria", ["mlopez"]),
        ("q=lopez+bob", []),
        ("q=bob@exam", ["bob"]),
        ("q=opez", []),
        ("role=moderator", ["mlopez"]),
        ("role=student&q=maria", []),
        ("role=&q=bob", ["bob"]),
        ("q=%25", ["mlopez", "bob", "ada"]),
    ],
)
def test_search_matches_start_of_username_name_or_address(shop, ada, query, expected):
    Visitor(shop).register("bob")
    shop.add_person("mlopez", "moderator")
    with shop.storing() as db:
        user.rename(db, user.find(db, "mlopez").id, "María López")
    assert found(ada, query) == expected


@pytest.mark.parametrize(
    "text",
    ["mueller", "müller", "muller-lüd", "Mueller\u2010Luedenscheid", "o'brien", "OBrien", "o brien",
     "müller\u2028o\u02bcbrien"],
)  # fmt: skip
def test_spellings_of_a_name_find_it(shop, ada, text):
    shop.add_person("bob")
    with shop.storing() as db:
        user.rename(db, user.find(db, "bob").id, "Müller-Lüdenscheid O\u2019Brien")
    shop.add_person("other")
    assert found(ada, f"q={quote(text)}") == ["bob"]


def test_renamed_account_is_found_only_by_new_name(shop, ada):
    visitor = Visitor(shop)
    visitor.register("bob")
    visitor.fill("/account/edit", "Save", name="Robert Tables")
    assert found(ada, "q=tables") == ["bob"]
    visitor.fill("/account/edit", "Save", name="Other")
    assert found(ada, "q=tables") == []


def test_list_shows_whether_address_is_confirmed(shop, ada):
    Visitor(shop).register("bob")
    (bob,) = ada.get("/people?q=bob").json["items"]
    assert (bob["email"], bob["confirmed"]) == ("bob@example.com", False)
    page = ada.browser().get("/people?q=bob")
    assert "Not confirmed" in page.html.find("main").text


@pytest.mark.one_database
def test_unknown_role_is_reported_at_choice(shop, ada):
    shop.add_person("bob")
    page = ada.browser().get("/people/bob/edit")
    assert page.html.h1.text == "Change Bob's role"
    form = form_with(page, "Save")
    form["role"].force_value("king")
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    group = refused.html.find("fieldset", {"aria-invalid": "true"})
    assert group.find(id="field-role")["type"] == "radio"
    said = group.find(id=group["aria-describedby"]).text
    assert "Choose one of: Student, Instructor, Moderator, Admin." in said


@pytest.mark.one_database
def test_list_shows_when_accounts_were_created(shop, ada):
    row = ada.browser().get("/people").html.main.select_one(".rows li").get_text(" ", strip=True)
    assert re.search(r"Admin · Joined \w+ \d+, \d{4}$", row)


@pytest.fixture
def frequent(monkeypatch):
    """Make every word frequent, and count two matches at most."""
    monkeypatch.setattr(people, "MAX_TERMS", 2)
    monkeypatch.setattr(people, "MAX_COUNTED", 2)


def total(writer, query):
    page = writer.get(f"/people?{query}").json
    return page["total"], page["total_exact"]


def test_frequent_word_is_paged_and_total_is_lower_bound(shop, ada, frequent):
    for n in range(5):
        shop.add_person(f"user-{n}")
    assert total(ada, "q=user&limit=2") == (2, False)
    page = ada.get("/people?q=user&limit=2").json
    names = [one["username"] for one in page["items"]]
    while page["links"]["next"]:
        page = ada.get(page["links"]["next"]).json
        names += [one["username"] for one in page["items"]]
    assert names == [f"user-{n}" for n in (4, 3, 2, 1, 0)]


def test_the_total_of_several_frequent_words_or_of_a_role_counts_only_matches(shop, ada, frequent):
    for n in range(4):
        shop.add_person(f"red-{n}")
        shop.add_person(f"blue-{n}")
    shop.add_person("red-blue", "moderator")
    assert found(ada, "q=red+blue") == ["red-blue"]
    assert total(ada, "q=red+blue") == (1, True)
    assert total(ada, "q=red&role=moderator") == (1, True)
    assert total(ada, "q=red") == (2, False)


def test_the_total_counts_accounts_not_their_words(shop, ada):
    names = ["Ann Anna"] * 120 + ["Annette"] * 60
    with shop.storing() as db:
        for n, name in enumerate(names):
            user.add(db, UserDraft(username=f"user-{n}", name=name))
    assert total(ada, "q=ann") == (180, True)


@pytest.mark.one_database
def test_guest_must_log_in_and_non_admins_get_404(shop):
    assert Visitor(shop).json("/people").status_int == 401
    assert "/account/login?next=" in Visitor(shop).get("/people").location
    for role in ("student", "instructor", "moderator"):
        assert Writer(shop, f"a-{role}", role).get("/people").status_int == 404
    assert Visitor(shop).json("/people/a-student").status_int == 200


@pytest.mark.one_database
def test_admin_navigation_links_to_people_log_and_cache(shop, ada):
    browser = ada.browser()
    menu = browser.get("/").html.find(id="account-menu")
    links = [one["href"] for one in menu.find_all("a")][-3:]
    assert [one.rpartition("/")[2] for one in links] == ["people", "audit", "kept"]
    for url in links:
        page = browser.get(url)
        assert page.status_int == 200
        assert page.html.select_one(".side-nav [aria-current=page]")["href"] == url
    mo = Writer(shop, "mo", "moderator").browser()
    assert "People" not in mo.get("/").html.find(id="account-menu").text


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/account/edit", "Profile"),
        ("/account/password", "Security"),
        ("/account/audit", "Security"),
        ("/account/invitations", "Teaching"),
        ("/audit", "All security events"),
    ],
)
def test_navigation_marks_the_area_of_pages_without_a_link(ada, path, label):
    marked = ada.browser().get(path).html.select(".side-nav [aria-current]")
    assert [one.text.strip() for one in marked] == [label]
