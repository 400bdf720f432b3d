"""Optimistic locking and change counters: no edit is lost, and no page is out of date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import form_with
from sqlalchemy import insert, update
from writers import FULL, WORDS, Writer, publish

from courseshop.models import Course, Enrolment
from courseshop.services import category, user

pytestmark = pytest.mark.databases

URL = "/courses/backend-with-python"
EDITORS = 12


@pytest.fixture
def author(shop):
    writer = Writer(shop, "ann")
    writer.write()
    return writer


def test_a_stale_if_match_is_412_and_changes_nothing(author):
    tag = author.get(URL).headers["ETag"]
    assert author.patch(URL, {"title": "First"}, If_Match=tag).status_int == 200
    stale = author.patch(URL, {"title": "Second"}, If_Match=tag)
    assert stale.status_int == 412
    assert author.ask("DELETE", URL, If_Match=tag).status_int == 412
    assert (author.get(URL).json["title"], author.get(URL).json["version"]) == ("First", 2)


def test_review_or_enrolment_does_not_make_an_edit_stale(shop, author):
    tag = author.get(URL).headers["ETag"]
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    with shop.reading() as request:
        course_id = request.db.scalar(Course.__table__.select().with_only_columns(Course.id))
    reader = shop.add_person("rita")
    shop.add_review(course_id, reader, 5)
    with shop.writing() as request:
        request.db.execute(insert(Enrolment).values(course_id=course_id, user_id=reader.id))
        counted = {"enrolled_count": Course.enrolled_count + 1, "stamp": Course.stamp + 1}
        request.db.execute(update(Course).values(counted))
    assert author.get(URL).headers["ETag"] != tag
    assert author.patch(URL, {"title": "By program"}, If_Match=tag).status_int == 200
    # Only that edit makes the form stale.
    assert form.submit(expect_errors=True).status_int == 412


def test_form_can_be_saved_after_a_new_review(shop, author):
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    with shop.reading() as request:
        course_id = request.db.scalar(Course.__table__.select().with_only_columns(Course.id))
    shop.add_review(course_id, shop.add_person("rita"), 5)
    form["title"] = "Saved"
    assert form.submit().status_int == 303
    assert author.get(URL).json["title"] == "Saved"


def test_stale_form_shows_both_versions_and_can_then_be_saved(shop, author):
    browser = author.browser()
    form = form_with(browser.get(f"{URL}/edit"), "Save")
    form["title"], form["summary"] = "Mine", "Written by me."
    # Another spelling of the stored value is not a change.
    form["price"], form["duration_minutes"] = "0", "00"
    author.patch(URL, {"title": "Theirs", "outcomes": ["Theirs, too"]})
    stale = form.submit(expect_errors=True)
    assert stale.status_int == 412
    assert "This was changed after you opened the page" in stale.html.find(role="alert").text
    versions = stale.html.find(class_="versions")
    assert [heading.text for heading in versions.find_all("h3")] == [
        "Title",
        "Summary",
        "What you will learn",
    ]
    assert [text.text for text in versions.find_all(class_="stored")] == [
        "Theirs",
        "",
        "Theirs, too",
    ]
    assert [text.text for text in versions.find_all(class_="mine")] == [
        "Mine",
        "Written by me.",
        "",
    ]
    assert author.get(URL).json["title"] == "Theirs"
    again = form_with(stale, "Save")
    assert again["title"].value == "Mine"
    assert again["version"].value == "2"
    again["outcomes"] = "Theirs, too"
    assert again.submit().status_int == 303
    saved = author.get(URL).json
    assert (saved["title"], saved["summary"], saved["outcomes"]) == (
        "Mine",
        "Written by me.",
        ["Theirs, too"],
    )


def test_form_is_redirected_to_the_new_slug_of_its_course(author):
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    form["title"] = "Mine"
    author.patch(URL, {"slug": "moved"})
    redirect = form.submit(expect_errors=True)
    assert (redirect.status_int, redirect.location) == (308, "http://localhost/courses/moved/edit")


def test_only_one_of_concurrent_edits_of_a_version_succeeds(author):
    """Even a retried transaction compares the version that the client read."""
    tag = author.get(URL).headers["ETag"]

    def save(number):
        return author.patch(URL, {"title": f"Title {number}"}, If_Match=tag)

    with ThreadPoolExecutor(EDITORS) as pool:
        answers = list(pool.map(save, range(EDITORS)))
    won = [answer for answer in answers if answer.status_int == 200]
    assert len(won) == 1
    assert {answer.status_int for answer in answers} <= {200, 412, 503}
    after = author.get(URL).json
    assert (after["title"], after["version"]) == (won[0].json["title"], 2)


def test_only_one_of_concurrent_forms_of_a_version_is_saved(author):
    browsers = [author.browser() for _ in range(4)]
    forms = [form_with(browser.get(f"{URL}/edit"), "Save") for browser in browsers]
    for number, form in enumerate(forms):
        form["title"] = f"Title {number}"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda form: form.submit(expect_errors=True), forms))
    assert sorted(answer.status_int for answer in answers) == [303, 412, 412, 412]
    assert author.get(URL).json["version"] == 2


def test_concurrent_edits_of_different_fields_are_all_saved(author):
    """Without If-Match, a PATCH changes only its own fields."""
    patches = [
        {"title": "New"},
        {"summary": "New"},
        {"level": "advanced"},
        {"tags": ["new"]},
        {"duration_minutes": 7},
    ]
    with ThreadPoolExecutor(len(patches)) as pool:
        answers = list(pool.map(lambda patch: author.patch(URL, patch), patches))
    stored = [
        patch for patch, answer in zip(patches, answers, strict=True) if answer.status_int == 200
    ]
    assert {answer.status_int for answer in answers} <= {200, 503}
    after = author.get(URL).json
    for patch in stored:
        assert after | patch == after
    assert after["version"] == 1 + len(stored)


def test_edit_without_changes_keeps_version_and_etag(author):
    before = author.get(URL)
    assert author.patch(URL, {}).json == before.json
    assert (
        author.patch(URL, {"title": WORDS["title"], "slug": "backend-with-python"}).json
        == before.json
    )
    form = form_with(author.browser().get(f"{URL}/edit"), "Save")
    assert form.submit().status_int == 303
    assert author.get(URL).headers["ETag"] == before.headers["ETag"]


def pages_of(shop, course_id):
    review_id = shop.add_review(course_id, shop.add_person("rita"), 5, "Good.")
    return [
        URL,
        f"{URL}/reviews",
        f"{URL}/reviews/{review_id}",
        "/courses",
        "/categories/things",
        "/people/ann",
    ]


@pytest.fixture
def shown(shop, author):
    """Return the pages that show a published course, its reviewer's name and its category."""
    publish(shop, URL)
    with shop.reading() as request:
        course_id = request.db.scalar(Course.__table__.select().with_only_columns(Course.id))
    return pages_of(shop, course_id)


def tags_of(shop, pages):
    return {
        (page, accept): shop.get(page, Accept=accept).headers["ETag"]
        for page in pages
        for accept in ("text/html", "application/json")
    }


def test_every_edit_changes_the_etags_of_the_page(shop, author, shown):
    for change in (
        {"title": "New"},
        {"price": {"amount": "5"}},
        {"about": {"markdown": "New"}},
        {"tags": ["x"]},
    ):
        before = tags_of(shop, [URL])
        author.patch(URL, change)
        after = tags_of(shop, [URL])
        assert not set(before.items()) & set(after.items())


@pytest.mark.parametrize("who", ["ann", "rita"])
def test_new_name_of_a_user_shows_on_the_next_request_everywhere(shop, author, shown, who):
    old = {"ann": "Ann", "rita": "Rita"}[who]
    pages = [page for page in shown if old in shop.get(page).text]
    assert len(pages) >= 2
    before = tags_of(shop, shown)
    with shop.writing() as request:
        user.rename(request.db, user.find(request.db, who).id, "Zoe New")
    for page in pages:
        for accept in ("text/html", "application/json"):
            again = shop.get(page, Accept=accept, If_None_Match=before[page, accept])
            assert again.status_int == 200, (page, accept)
        assert "Zoe New" in shop.get(page).text
        assert old not in shop.get(page).text


def test_new_title_of_a_category_shows_on_the_next_request_everywhere(shop, author, shown):
    pages = [page for page in [*shown, "/categories", "/"] if ">Things<" in shop.get(page).text]
    assert {URL, "/courses", "/categories/things", "/categories"} <= set(pages)
    before = tags_of(shop, pages)
    version = shop.json(URL).json["version"]
    with shop.writing() as request:
        assert category.rename(request.db, category.find(request.db, "things"), "Stuff")
    for page in pages:
        for accept in ("text/html", "application/json"):
            again = shop.get(page, Accept=accept, If_None_Match=before[page, accept])
            assert again.status_int == 200, (page, accept)
            assert "Stuff" in again.text
    assert shop.json(URL).json["version"] == version


def test_importer_follows_the_rules_of_the_web_pages(shop, author, tmp_path):
    import json

    from courseshop import importing

    url = author.write(**FULL)["url"]
    publish(shop, url)
    path = tmp_path / "bread.json"

    def load(**changes):
        path.write_text(json.dumps({**shop.json("/courses/bread-for-two").json, **changes}))
        with shop.writing() as request:
            (report,) = importing.run(request, [path])
            if report.outcome == "refused":
                request.tm.doom()
        return report

    before = shop.json("/courses/bread-for-two").json
    assert load().outcome == "unchanged"
    assert shop.json("/courses/bread-for-two").json == before
    assert load(outline=[{"title": "New", "lessons": []}], tags=["x"]).outcome == "changed"
    after = shop.json("/courses/bread-for-two").json
    assert (after["tags"], after["version"]) == (["x"], before["version"] + 1)
    assert "tags" in load(tags=["x"] * 21).detail
    assert "can't change from" in load(status="draft").detail
    assert "title: Use at least one letter" in load(title="!").detail
    assert "slug: This name is reserved" in load(slug="new").detail
    assert load(status="archived").outcome == "changed"
    assert shop.json("/courses/bread-for-two").status_int == 404
