"""A refused form lists all its errors at once: those of its schema and those of the services."""

from __future__ import annotations

from itertools import product

import pytest
from browsers import ACCOUNT_PAGES, admit
from browsing import PASSWORD, Visitor
from helpers import JSON, Shop, write_ini
from writers import SLUG, URL, Writer, write_course

from courseshop.domain.errors import Conflict, NotAllowed, broken
from courseshop.protection.passwords import Passwords


def faults_of(answer):
    """Return the field and code of every error, in the order of the response."""
    assert all(one["message"] for one in answer.json["errors"])
    return [(one["field"], one["code"]) for one in answer.json["errors"]]


def fields_of(page):
    """Return the fields that the error summary links to; check that each exists."""
    targets = [one["href"].removeprefix("#") for one in page.html.select(".faults a")]
    assert all(page.html.find(id=one) for one in targets)
    return [one.removeprefix("field-") for one in targets]


TAKEN = {"username": "alice", "name": "Alice", "email": "nonsense", "password": "password1234"}


def test_registration_reports_name_email_and_password_errors_at_once(shop):
    shop.add_person("alice")
    answer = Visitor(shop).post_json("/account/register", TAKEN)
    assert answer.status_int == 422
    assert faults_of(answer) == [
        ("username", "taken"),
        ("email", "string_pattern_mismatch"),
        ("password", "common_password"),
    ]
    page = Visitor(shop).register(**TAKEN)
    assert page.status_int == 422
    assert fields_of(page) == ["username", "email", "password"]


def test_registration_reports_all_broken_rules_of_valid_body(shop):
    facts = {**TAKEN, "username": "admin", "name": "…", "email": "a@example.com"}
    answer = Visitor(shop).post_json("/account/register", facts)
    assert answer.status_int == 409
    assert faults_of(answer) == [
        ("username", "reserved"),
        ("name", "no_letters"),
        ("password", "common_password"),
    ]
    assert answer.json["detail"] == "Check the form: 3 fields need attention."


WRONG = {"title": "!!!", "slug": SLUG, "category": "nowhere", "level": "expert"}


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("url", ["/courses/new", f"/courses/{SLUG}-2/edit"])
def test_course_reports_schema_errors_and_broken_rules_at_once(shop, url, as_json):
    ann = write_course(shop, published=True)
    ann.write(slug=f"{SLUG}-2")
    if as_json:
        method, place = ("POST", "/courses") if "new" in url else ("PATCH", url[:-5])
        answer = ann.ask(method, place, WRONG)
        found = [field for field, _code in faults_of(answer)]
    else:
        page = ann.browser().get(url)
        form = next(one for one in page.forms.values() if "title" in one.fields)
        form["title"], form["slug"] = WRONG["title"], WRONG["slug"]
        form["category"].force_value("nowhere")
        form["level"].force_value("expert")
        answer = form.submit(expect_errors=True)
        found = fields_of(answer)
    assert answer.status_int == 422
    assert sorted(found) == ["category", "level", "slug", "title"]


def test_course_may_keep_its_own_slug(shop):
    ann = write_course(shop, published=True)
    assert ann.patch(URL, {"slug": SLUG, "title": "Other"}).status_int == 200


def test_password_change_reports_errors_of_both_passwords_at_once(shop):
    visitor = Visitor(shop)
    visitor.register("alice")
    facts = {"current_password": "wrong wrong wrong", "new_password": "password1234"}
    answer = visitor.post_json("/account/password", facts)
    assert answer.status_int == 409
    assert faults_of(answer) == [
        ("current_password", "wrong_credentials"),
        ("new_password", "common_password"),
    ]
    answer = visitor.post_json("/account/password", {**facts, "new_password": "short"})
    assert answer.status_int == 422
    assert [field for field, _code in faults_of(answer)] == ["current_password", "new_password"]


def test_account_reports_name_email_and_password_errors_at_once(shop):
    visitor = Visitor(shop)
    visitor.register("alice")
    page = visitor.fill("/account/edit", "Save", name="…", email="nonsense")
    assert page.status_int == 422
    assert fields_of(page) == ["name", "email"]
    facts = {"name": "…", "email": "nonsense", "current_password": "wrong wrong wrong"}
    answer = visitor.app.patch_json("/account", facts, headers=JSON, expect_errors=True)
    assert [field for field, _code in faults_of(answer)] == ["name", "email", "current_password"]


def test_current_password_is_verified_only_once(shop, monkeypatch):
    visitor, verified = Visitor(shop), []
    visitor.register("alice")
    verify = Passwords.verify
    monkeypatch.setattr(
        Passwords, "verify", lambda *a, **kw: verified.append(a[2]) or verify(*a, **kw)
    )
    facts = {"current_password": PASSWORD, "new_password": "nine dry camels hum"}
    assert visitor.post_json("/account/password", facts).status_int == 204
    assert verified == [PASSWORD]


def test_reset_reports_invalid_link_and_common_password_at_once(shop):
    facts = {"key": "x", "new_password": "password1234"}
    answer = Visitor(shop).post_json("/account/reset/new", facts)
    assert faults_of(answer) == [("key", "outdated"), ("new_password", "common_password")]


def test_wishlist_reports_invalid_name_and_unknown_source_at_once(shop):
    sam = Writer(shop, "sam", "student")
    answer = sam.post("/wishlists", {"name": "a\x07b", "copy_of": "a" * 22})
    assert [field for field, _code in faults_of(answer)] == ["name", "copy_of"]


def test_title_of_refused_form_starts_with_error(shop):
    page = Visitor(shop).register("alice", password="short")
    assert page.html.title.text.startswith("Error: Create an account")
    assert not Visitor(shop).get("/account/register").html.title.text.startswith("Error")


def test_permission_error_takes_precedence():
    def refuse(error):
        raise error

    rules = [
        lambda: refuse(Conflict("title", "taken", "Taken.")),
        lambda: refuse(NotAllowed("", "not_yours", "No.")),
    ]
    with pytest.raises(NotAllowed):
        broken(rules)
    assert [one.field for one in broken(rules[:1])] == ["title"]


# Values that fields refuse: a control character and an empty string.
BAD = ("\x07", "")


@pytest.mark.slow
def test_every_refused_form_has_error_title_and_links_to_its_fields(demo_database, tmp_path):
    shop = Shop.open(write_ini(tmp_path, demo_database()))
    visitor, cookie, refused = Visitor(shop), admit(shop), 0
    visitor.app.set_cookie(cookie["name"], cookie["value"])
    for url, bad in product(ACCOUNT_PAGES.values(), BAD):
        page = visitor.get(url)
        for form in set(page.forms.values()):
            answer = submit_invalid(form, bad)
            if answer is not None and answer.status_int == 422:
                refused += 1
                assert answer.html.title.text.startswith("Error: "), url
                assert answer.html.select_one(".faults[autofocus]"), url
                fields_of(answer)
    shop.close()
    assert refused > 10


def submit_invalid(form, bad):
    """Submit a form with `bad` in all fields; return None if the form has no fields."""
    shown = [
        field
        for fields in form.fields.values()
        for field in fields
        if field.tag in {"textarea", "select"}
        or field.attrs.get("type") in {"text", "email", "password", "number"}
    ]
    if form.method.lower() != "post" or not shown:
        return None
    for field in shown:
        field.force_value(bad)
    return form.submit(expect_errors=True)
