"""Faults that a tester found in the writing of courses, each held down by a test."""

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
def test_a_refused_form_is_still_of_the_version_that_it_was_made_of(author):
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    form["price"] = "1.999"
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    author.patch(URL, {"summary": "Theirs."})
    again = form_with(refused, "Save")
    again["price"] = "1.99"
    assert again.submit(expect_errors=True).status_int == 412
    assert author.get(URL).json["summary"] == "Theirs."


def test_a_form_is_stale_before_it_is_wrong(author):
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


def test_who_is_made_an_instructor_by_a_file_is_invited_no_more(shop, author, bob, tmp_path):
    author.post(PEOPLE, {"username": "bob"})
    facts = {"title": WORDS["title"], "slug": "backend-with-python", "category": "things",
             "instructors": ["ann", "bob"]}  # fmt: skip
    assert (
        load(shop, tmp_path / "x.json", json.dumps({**facts, "status": "draft"})).outcome
        == "changed"
    )
    assert [one["invited"] for one in author.get(PEOPLE).json["items"]] == [False, False]
    assert bob.ask("PUT", INVITED).status_int == 200


def test_inviting_and_accepting_at_once_makes_nobody_both(author, bob):
    for _ in range(5):
        author.post(PEOPLE, {"username": "bob"})
        with ThreadPoolExecutor(2) as pool:
            accepted = pool.submit(bob.ask, "PUT", INVITED)
            again = pool.submit(author.post, PEOPLE, {"username": "bob"})
        assert (accepted.result().status_int, again.result().status_int) == (200, 409)
        assert [one["username"] for one in author.get(PEOPLE).json["items"]] == ["ann", "bob"]
        assert bob.ask("DELETE", f"{PEOPLE}/bob").status_int == 204


def test_of_accepting_and_taking_back_at_once_the_answers_are_true(author, bob):
    for _ in range(8):
        author.post(PEOPLE, {"username": "bob"})
        with ThreadPoolExecutor(2) as pool:
            accepting = pool.submit(bob.ask, "PUT", INVITED)
            taking = pool.submit(author.ask, "DELETE", f"{PEOPLE}/bob")
        accepted, taken = accepting.result().status_int, taking.result().status_int
        gives = "bob" in [one["username"] for one in author.get(URL).json["instructors"]]
        assert (accepted == 200) == gives
        assert accepted in {200, 404, 409}
        assert (taken == 204) == (not gives)
        assert taken in {204, 403, 404, 409}
        if gives:
            bob.ask("DELETE", f"{PEOPLE}/bob")


def test_the_longest_text_outlives_a_log_in(shop, author):
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
    led = form.submit()
    assert "begun=" in led.location
    page = visitor.log_in("nora", PASSWORD, led.location)
    assert (page.status_int, page.location) == (303, f"http://localhost{URL}")
    assert len(author.get(URL).json["about"]["markdown"]) == 50_000


def test_what_cannot_be_kept_is_said(shop, author):
    publish(shop, URL)
    browser = author.browser()
    form = form_with(browser.get("/account/edit"), "Save")
    browser.app.reset()
    page = form.submit().follow()
    assert "nothing was saved" in page.html.find(role="status").text


def test_a_form_that_was_begun_is_led_to_the_new_name_of_its_course(shop, author):
    publish(shop, URL)
    visitor = Visitor(shop)
    visitor.register("nora")
    visitor.app.reset()
    led = visitor.app.post(f"{URL}/edit", {"title": "Mine"})
    author.patch(URL, {"slug": "moved"})
    page = visitor.log_in("nora", PASSWORD, led.location)
    # Nora may not edit it; but it is the edit that is refused, at its new address.
    assert page.status_int == 403
    assert author.get("/courses/moved").json["title"] == WORDS["title"]


FILE = "---\ntitle: {title}\ncategory: Things\n---\nText."


def test_a_file_that_names_no_status_leaves_the_one_there_is(shop, author, tmp_path):
    text = FILE.format(title="Old Bread")
    assert load(shop, tmp_path / "x.md", text).outcome == "created"
    moderator = Writer(shop, "mira", "moderator")
    assert moderator.ask("DELETE", "/courses/old-bread").status_int == 204
    assert load(shop, tmp_path / "x.md", text).outcome == "unchanged"
    assert shop.json("/courses/old-bread").status_int == 404


def test_files_whose_titles_propose_one_slug_are_two_courses(shop, author, tmp_path):
    for outcome in ("created", "unchanged"):
        for name, title in (("cpp", "Go++"), ("cs", "Go#")):
            assert load(shop, tmp_path / f"{name}.md", FILE.format(title=title)).outcome == outcome
    titles = {one["slug"]: one["title"] for one in shop.json("/courses").json["items"]}
    assert titles == {"go": "Go++", "go-2": "Go#"}


def test_a_file_finds_its_course_by_a_former_slug(shop, author, tmp_path):
    text = FILE.format(title="Bread\nslug: bread")
    load(shop, tmp_path / "x.md", text)
    moderator = Writer(shop, "mira", "moderator")
    moderator.patch("/courses/bread", {"slug": "loaf"})
    report = load(shop, tmp_path / "x.md", text)
    assert (report.outcome, report.detail) == ("unchanged", "/courses/loaf")


def test_no_cache_keeps_where_an_old_slug_leads(shop, author):
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


def test_below_an_old_slug_there_is_what_is_below_the_new_one(author):
    author.patch(URL, {"slug": "moved"})
    assert author.get(f"{URL}/status").location == "http://localhost/courses/moved/status"
    assert author.get(f"{URL}/instructors/ann").location.endswith("/moved/instructors/ann")
    for rest in ("/edit/garbage", "/nothing", "/instructors/nobody"):
        assert author.get(f"{URL}{rest}").status_int == 404
    options = author.ask("OPTIONS", URL)
    assert (options.status_int, "PATCH" in options.headers["Allow"]) == (204, True)


def test_a_moderator_approves_what_they_have_seen_and_nothing_else(shop, author):
    author.patch(URL, {"status": "submitted"})
    mira = Writer(shop, "mira", "moderator")
    form = form_with(mira.browser().get(f"{URL}/status"), "Publish")
    version = mira.get(f"{URL}/status").json["version"]
    author.patch(URL, {"title": "Buy pills"})
    stale = form.submit("status", value="published", expect_errors=True)
    assert stale.status_int == 412
    assert "After you opened this page" in stale.html.find(role="alert").text
    by_program = mira.post(f"{URL}/status", {"status": "published", "version": version})
    assert by_program.status_int == 412
    assert author.get(URL).json["status"] == "submitted"
    again = form_with(stale, "Publish")
    assert again.submit("status", value="published").status_int == 303


def test_an_untouched_form_keeps_every_blank_of_the_summary(author):
    summary = "Deux\u00a0: un  deux\u3000trois"
    before = author.patch(URL, {"summary": summary}).json
    assert form_with(author.browser().get(f"{URL}/edit"), "Save").submit().status_int == 303
    assert author.get(URL).json == before


@pytest.mark.one_database
def test_the_longest_text_of_many_lines_passes_the_form(author):
    text = f"{'x' * 48}\n" * 1_020
    before = author.patch(URL, {"about": {"markdown": text}}).json
    assert form_with(author.browser().get(f"{URL}/edit"), "Save").submit().status_int == 303
    assert author.get(URL).json == before


def test_a_comment_has_the_line_ends_of_programs(author):
    author.patch(URL, {"status": "submitted", "comment": "one\r\ntwo"})
    assert author.get(f"{URL}/status").json["history"][0]["comment"] == "one\ntwo"


@pytest.mark.one_database
@pytest.mark.parametrize(
    "url", [f"{PEOPLE}/bob", "/account/invitations/backend-with-python", "/account"]
)
def test_if_match_knows_the_tag_of_places_without_a_version(author, bob, url):
    author.post(PEOPLE, {"username": "bob"})
    who = author if url == f"{PEOPLE}/bob" else bob
    method, body = ("PATCH", {"name": "Bobby"}) if url == "/account" else ("DELETE", None)
    tag = who.get(url).headers["ETag"]
    assert who.ask(method, url, body, If_Match='"other"').status_int == 412
    assert who.ask(method, url, body, If_Match=tag).status_int in {200, 204}


@pytest.mark.one_database
def test_a_course_keeps_its_category_however_many_there_are(shop, author):
    with shop.writing() as request:
        for number in range(105):
            category.add(
                request.db, CategoryDraft(slug=f"shelf-{number}", title=f"CategoryNode {number}")
            )
    before = author.patch(URL, {"category": "shelf-104"}).json
    assert form_with(author.browser().get(f"{URL}/edit"), "Save").submit().status_int == 303
    assert author.get(URL).json == before


def test_an_invitation_is_found_by_the_old_slug_too(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    author.patch(URL, {"slug": "moved"})
    led = bob.ask("PUT", INVITED)
    assert (led.status_int, urlsplit(led.location).path) == (308, "/account/invitations/moved")
    assert bob.ask("PUT", led.location).status_int == 200


def test_an_account_without_a_confirmed_address_becomes_no_instructor(tmp_path):
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


def test_a_field_that_is_sent_twice_is_told_in_words(author):
    browser = author.browser()
    form = form_with(browser.get(f"{URL}/edit"), "Save")
    fields = [*form.submit_fields(), ("about", "b"), ("price", "2"), ("category", "x")]
    page = browser.app.post(f"{URL}/edit", fields, expect_errors=True)
    assert page.status_int == 422
    for name in ("About", "Money", "Category"):
        assert f"{name}In" not in page.text


def test_what_is_wrong_with_no_field_of_the_form_is_said_above_it(author):
    browser = author.browser()
    form = form_with(browser.get(f"{URL}/edit"), "Save")
    page = browser.app.post(
        f"{URL}/edit", [*form.submit_fields(), ("colour", "red")], expect_errors=True
    )
    assert (page.status_int, page.html.find(role="alert").text.strip()) == (
        422,
        "Colour: Unknown field.",
    )


def test_json_that_is_nested_too_deep_is_malformed(shop, author):
    body = b'{"title": ' + b"[" * 400 + b"]" * 400 + b"}"
    headers = {
        "Authorization": f"Bearer {author.token}",
        "Content-Type": "application/json",
        **JSON,
    }
    assert shop.app.post("/courses", body, headers=headers, expect_errors=True).status_int == 400


def test_an_older_version_in_json_is_stale_and_one_that_never_was_is_refused(author):
    author.patch(URL, {"title": "Two"})
    assert author.patch(URL, {"title": "Three", "version": 1}).status_int == 412
    assert fault_of(author.patch(URL, {"title": "Three", "version": 9})) == ("version", "read_only")
    assert author.patch(URL, {"title": "Three", "version": 2}).status_int == 200
