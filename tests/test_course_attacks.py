"""Regression tests for bugs that a tester found in course editing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from browsing import PASSWORD, Visitor, form_with
from helpers import JSON, Shop, write_ini
from sqlalchemy import select
from writers import WORDS, Writer, fault_of, publish

from courseshop import importing
from courseshop.models import Course
from courseshop.schemas.category import CategoryDraft
from courseshop.services import category, instructor, user

pytestmark = pytest.mark.databases

URL = "/courses/backend-with-python"
PEOPLE = f"{URL}/instructors"
INVITED = "/account/invitations/backend-with-python"


@pytest.fixture
def author(shop):
    writer = Writer(shop, "ann")
    writer.write()
    return writer


@pytest.fixture
def bob(shop):
    return Writer(shop, "bob", "student")


def load(shop, path, text):
    path.write_text(text)
    with shop.writing() as request:
        (report,) = importing.run(request, [path])
        if report.outcome == "refused":
            request.tm.doom()
    return report


@pytest.mark.one_database
def test_refused_form_keeps_its_version(author):
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    form["price"] = "1.999"
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    author.patch(URL, {"summary": "Theirs."})
    again = form_with(refused, "Save")
    again["price"] = "1.99"
    assert again.submit(expect_errors=True).status_int == 412
    assert author.get(URL).json["summary"] == "Theirs."


def test_stale_form_is_412_even_if_it_is_invalid(author):
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    form["price"] = "1.999"
    author.patch(URL, {"summary": "Theirs."})
    assert form.submit(expect_errors=True).status_int == 412


def test_a_preview_keeps_the_version_of_its_form(author):
    form = form_with(author.browser().get(f"{URL}/edit"), "Preview")
    author.patch(URL, {"summary": "Theirs."})
    form.action = f"{URL}/preview"
    shown = form.submit()
    assert form_with(shown, "Save")["version"].value == "1"
    assert form_with(shown, "Save").submit(expect_errors=True).status_int == 412


def test_instructor_added_by_import_is_no_longer_invited(shop, author, bob, tmp_path):
    author.post(PEOPLE, {"username": "bob"})
    facts = {"title": WORDS["title"], "slug": "backend-with-python", "category": "things",
             "instructors": ["ann", "bob"]}  # fmt: skip
    assert (
        load(shop, tmp_path / "x.json", json.dumps({**facts, "status": "draft"})).outcome
        == "changed"
    )
    assert [one["invited"] for one in author.get(PEOPLE).json["items"]] == [False, False]
    assert bob.ask("PUT", INVITED).status_int == 200


def test_inviting_again_during_acceptance_adds_instructor_once(author, bob):
    for _ in range(5):
        author.post(PEOPLE, {"username": "bob"})
        with ThreadPoolExecutor(2) as pool:
            accepted = pool.submit(bob.ask, "PUT", INVITED)
            again = pool.submit(author.post, PEOPLE, {"username": "bob"})
        assert (accepted.result().status_int, again.result().status_int) == (200, 409)
        assert [one["username"] for one in author.get(PEOPLE).json["items"]] == ["ann", "bob"]
        assert bob.ask("DELETE", f"{PEOPLE}/bob").status_int == 204


def test_concurrent_accept_and_withdraw_give_consistent_responses(author, bob):
    for _ in range(8):
        author.post(PEOPLE, {"username": "bob"})
        with ThreadPoolExecutor(2) as pool:
            accepting = pool.submit(bob.ask, "PUT", INVITED)
            withdrawing = pool.submit(author.ask, "DELETE", f"{PEOPLE}/bob")
        accepted, withdrawn = accepting.result().status_int, withdrawing.result().status_int
        is_instructor = "bob" in [one["username"] for one in author.get(URL).json["instructors"]]
        assert (accepted == 200) == is_instructor
        assert accepted in {200, 404, 409}
        assert (withdrawn == 204) == (not is_instructor)
        assert withdrawn in {204, 403, 404, 409}
        if is_instructor:
            bob.ask("DELETE", f"{PEOPLE}/bob")


def test_longest_text_survives_a_login(shop, author):
    publish(shop, URL)
    visitor = Visitor(shop)
    visitor.register("nora")
    with shop.writing() as request:
        nora = user.find(request.db, "nora")
        course_id = request.db.scalar(select(Course.id))
        instructor.join(request.db, course_id, nora.id)
    form = form_with(visitor.get(f"{URL}/edit"), "Save")
    form["about"] = "\N{CYRILLIC SMALL LETTER ZHE}" * 50_000
    visitor.app.reset()
    redirect = form.submit()
    assert "begun=" in redirect.location
    page = visitor.log_in("nora", PASSWORD, redirect.location)
    assert (page.status_int, page.location) == (303, f"http://localhost{URL}")
    assert len(author.get(URL).json["about"]["markdown"]) == 50_000


def test_user_is_told_that_a_form_was_not_saved(shop, author):
    publish(shop, URL)
    browser = author.browser()
    form = form_with(browser.get("/account/edit"), "Save")
    browser.app.reset()
    page = form.submit().follow()
    assert "nothing was saved" in page.html.find(role="status").text


def test_pending_form_follows_the_new_slug_of_its_course(shop, author):
    publish(shop, URL)
    visitor = Visitor(shop)
    visitor.register("nora")
    visitor.app.reset()
    redirect = visitor.app.post(f"{URL}/edit", {"title": "Mine"})
    author.patch(URL, {"slug": "moved"})
    page = visitor.log_in("nora", PASSWORD, redirect.location)
    # Nora may not edit the course: the edit was sent to its new URL, and refused there.
    assert page.status_int == 403
    assert author.get("/courses/moved").json["title"] == WORDS["title"]


FILE = "---\ntitle: {title}\ncategory: Things\n---\nText."


def test_import_without_status_keeps_the_current_status(shop, author, tmp_path):
    text = FILE.format(title="Old Bread")
    assert load(shop, tmp_path / "x.md", text).outcome == "created"
    moderator = Writer(shop, "mira", "moderator")
    assert moderator.ask("DELETE", "/courses/old-bread").status_int == 204
    assert load(shop, tmp_path / "x.md", text).outcome == "unchanged"
    assert shop.json("/courses/old-bread").status_int == 404


def test_files_with_the_same_proposed_slug_become_two_courses(shop, author, tmp_path):
    for outcome in ("created", "unchanged"):
        for name, title in (("cpp", "Go++"), ("cs", "Go#")):
            assert load(shop, tmp_path / f"{name}.md", FILE.format(title=title)).outcome == outcome
    titles = {one["slug"]: one["title"] for one in shop.json("/courses").json["items"]}
    assert titles == {"go": "Go++", "go-2": "Go#"}


def test_import_finds_a_course_by_its_former_slug(shop, author, tmp_path):
    text = FILE.format(title="Bread\nslug: bread")
    load(shop, tmp_path / "x.md", text)
    moderator = Writer(shop, "mira", "moderator")
    moderator.patch("/courses/bread", {"slug": "loaf"})
    report = load(shop, tmp_path / "x.md", text)
    assert (report.outcome, report.detail) == ("unchanged", "/courses/loaf")


def test_redirect_from_an_old_slug_is_no_cache(shop, author):
    author.patch(URL, {"slug": "moved"})
    answer = author.get(URL)
    assert (answer.status_int, answer.headers["Cache-Control"]) == (308, "no-cache")


@pytest.mark.one_database
@pytest.mark.parametrize(
    "spelling", ["/courses/@@old", "/courses//old", "/courses/old/", "/courses/./old"]
)
def test_a_write_to_another_spelling_of_an_old_slug_is_404(author, spelling):
    author.write(slug="old")
    author.patch("/courses/old", {"slug": "moved"})
    for method in ("PATCH", "DELETE"):
        assert author.ask(method, spelling).status_int == 404
    assert author.get(spelling).status_int == 308
    assert author.get("/courses/moved").json["status"] == "draft"


def test_subpages_of_an_old_slug_redirect_to_the_new_one(author):
    author.patch(URL, {"slug": "moved"})
    assert author.get(f"{URL}/status").location == "http://localhost/courses/moved/status"
    assert author.get(f"{URL}/instructors/ann").location.endswith("/moved/instructors/ann")
    for rest in ("/edit/garbage", "/nothing", "/instructors/nobody"):
        assert author.get(f"{URL}{rest}").status_int == 404
    options = author.ask("OPTIONS", URL)
    assert (options.status_int, "PATCH" in options.headers["Allow"]) == (204, True)


def test_moderator_can_approve_only_the_version_they_have_seen(shop, author):
    author.patch(URL, {"status": "submitted"})
    mira = Writer(shop, "mira", "moderator")
    form = form_with(mira.browser().get(f"{URL}/status"), "Publish")
    version = mira.get(f"{URL}/status").json["version"]
    author.patch(URL, {"title": "Buy pills"})
    stale = form.submit("status", value="published", expect_errors=True)
    assert stale.status_int == 412
    assert (
        "The course was changed after you opened this page." in stale.html.find(role="alert").text
    )
    by_program = mira.post(f"{URL}/status", {"status": "published", "version": version})
    assert by_program.status_int == 412
    assert author.get(URL).json["status"] == "submitted"
    again = form_with(stale, "Publish")
    assert again.submit("status", value="published").status_int == 303


def test_unchanged_form_keeps_all_whitespace_of_the_summary(author):
    summary = "Deux\u00a0: un  deux\u3000trois"
    before = author.patch(URL, {"summary": summary}).json
    assert form_with(author.browser().get(f"{URL}/edit"), "Save").submit().status_int == 303
    assert author.get(URL).json == before


@pytest.mark.one_database
def test_longest_text_with_many_lines_can_be_saved(author):
    text = f"{'x' * 48}\n" * 1_020
    before = author.patch(URL, {"about": {"markdown": text}}).json
    assert form_with(author.browser().get(f"{URL}/edit"), "Save").submit().status_int == 303
    assert author.get(URL).json == before


def test_line_endings_of_a_comment_are_normalized(author):
    author.patch(URL, {"status": "submitted", "comment": "one\r\ntwo"})
    assert author.get(f"{URL}/status").json["history"][0]["comment"] == "one\ntwo"


@pytest.mark.one_database
@pytest.mark.parametrize(
    "url", [f"{PEOPLE}/bob", "/account/invitations/backend-with-python", "/account"]
)
def test_if_match_works_for_resources_without_a_version(author, bob, url):
    author.post(PEOPLE, {"username": "bob"})
    who = author if url == f"{PEOPLE}/bob" else bob
    method, body = ("PATCH", {"name": "Bobby"}) if url == "/account" else ("DELETE", None)
    tag = who.get(url).headers["ETag"]
    assert who.ask(method, url, body, If_Match='"other"').status_int == 412
    assert who.ask(method, url, body, If_Match=tag).status_int in {200, 204}


@pytest.mark.one_database
def test_unchanged_form_keeps_the_category_among_over_a_hundred(shop, author):
    with shop.writing() as request:
        for number in range(105):
            category.add(
                request.db, CategoryDraft(slug=f"shelf-{number}", title=f"CategoryNode {number}")
            )
    before = author.patch(URL, {"category": "shelf-104"}).json
    assert form_with(author.browser().get(f"{URL}/edit"), "Save").submit().status_int == 303
    assert author.get(URL).json == before


def test_invitation_redirects_from_the_old_slug(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    author.patch(URL, {"slug": "moved"})
    redirect = bob.ask("PUT", INVITED)
    assert (redirect.status_int, urlsplit(redirect.location).path) == (
        308,
        "/account/invitations/moved",
    )
    assert bob.ask("PUT", redirect.location).status_int == 200


def test_unconfirmed_account_cannot_become_an_instructor(tmp_path):
    settings = {"courseshop.unconfirmed": "read"}
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/s.sqlite", **settings))
    shop.init()
    author = Writer(shop, "ann")
    author.write()
    visitor = Visitor(shop)
    visitor.register("nora")
    author.post(PEOPLE, {"username": "nora"})
    answer = visitor.app.put(INVITED, headers=JSON, expect_errors=True)
    assert answer.status_int == 403
    assert "Confirm" in answer.json["detail"]
    shop.close()


def test_error_about_repeated_fields_shows_no_class_names(author):
    browser = author.browser()
    form = form_with(browser.get(f"{URL}/edit"), "Save")
    fields = [*form.submit_fields(), ("about", "b"), ("price", "2"), ("category", "x")]
    page = browser.app.post(f"{URL}/edit", fields, expect_errors=True)
    assert page.status_int == 422
    for name in ("About", "Money", "Category"):
        assert f"{name}In" not in page.text


def test_error_about_an_unknown_field_is_shown_above_the_form(author):
    browser = author.browser()
    form = form_with(browser.get(f"{URL}/edit"), "Save")
    page = browser.app.post(
        f"{URL}/edit", [*form.submit_fields(), ("colour", "red")], expect_errors=True
    )
    assert (page.status_int, page.html.find(role="alert").text.strip()) == (
        422,
        "Colour: Unknown field.",
    )


def test_json_that_is_nested_too_deeply_is_400(shop, author):
    body = b'{"title": ' + b"[" * 400 + b"]" * 400 + b"}"
    headers = {
        "Authorization": f"Bearer {author.token}",
        "Content-Type": "application/json",
        **JSON,
    }
    assert shop.app.post("/courses", body, headers=headers, expect_errors=True).status_int == 400


def test_old_version_in_json_is_412_and_future_version_is_refused(author):
    author.patch(URL, {"title": "Two"})
    assert author.patch(URL, {"title": "Three", "version": 1}).status_int == 412
    assert fault_of(author.patch(URL, {"title": "Three", "version": 9})) == ("version", "read_only")
    assert author.patch(URL, {"title": "Three", "version": 2}).status_int == 200
