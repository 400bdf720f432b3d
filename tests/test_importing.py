"""`courseshop import`: courses from Markdown, JSON and scraped pages; all or nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from helpers import Shop, write_ini
from operating import COMMAND, courseshop

from courseshop import importing
from courseshop.importing import scraped
from courseshop.importing.markdown import read as read_markdown

PAGE = """Upgrade Yourself

Backend With Python

Wishlist Share
Share Course
Page Link
Share On Social Media

About Course

Python is popular. Here are the details:

1. What is it?
It handles requests.

2. Key Components:
  • Web Frameworks:
    They streamline *development*:

    • Django: A full-stack framework.
    • Flask: A micro-framework.
  • Databases:
    • SQLite
3. Steps:
1. First
2. Second
Show More

Student Ratings & Reviews

No Review Yet
No Review Yet
"""
MARKDOWN = """---
title: A Course
slug: a-course
category: Things
instructors: [ann]
price: "19.90"
published: 2026-01-02T03:04:05Z
reviews:
  - {by: bob, rating: 4, at: 2026-02-01T00:00:00Z, text: "Good."}
---
# Hello

World.
"""


@pytest.fixture
def shop(shop):
    for username in ("ann", "bob"):
        shop.add_person(username)
    return shop


def load(shop, *paths, **options):
    """Import files as the command does; return the reports."""
    with shop.writing() as request:
        reports = importing.run(request, paths, importing.Options(**options))
        if any(report.outcome == "refused" for report in reports):
            request.tm.doom()
    return reports


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_scraped_page_gets_headings_and_lists():
    facts = scraped.read(PAGE)
    assert (facts["category"], facts["title"]) == ("Upgrade Yourself", "Backend With Python")
    assert facts["summary"] == "Python is popular."
    assert facts["about"] == (
        "Python is popular. Here are the details:\n\n"
        "## 1. What is it?\n\n"
        "It handles requests.\n\n"
        "## 2. Key Components:\n\n"
        "- Web Frameworks:\n\n  They streamline \\*development\\*:\n\n"
        "  - Django: A full-stack framework.\n  - Flask: A micro-framework.\n"
        "- Databases:\n  - SQLite\n\n"
        "## 3. Steps:\n\n"
        "1. First\n\n2. Second"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no line 'About Course'"),
        ("About Course\n\ntext", "category and the title"),
        ("Just a text.", "About Course"),
    ],
)
def test_text_that_is_no_course_page_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        scraped.read(text)


def test_a_scraped_page_becomes_a_course_in_a_new_category(shop, tmp_path):
    path = write(tmp_path, "page.txt", PAGE)
    (report,) = load(shop, path, publish=True)
    assert (report.outcome, report.detail) == ("created", "/courses/backend-with-python")
    course = shop.json("/courses/backend-with-python").json
    assert course["category"]["slug"] == "upgrade-yourself"
    assert course["instructors"] == []
    page = shop.get("/courses/backend-with-python").html
    assert page.find(class_="text").h3.text == "1. What is it?"
    assert len(page.select(".text ul ul li")) == 3


@pytest.mark.databases
@pytest.mark.parametrize(("name", "text"), [("a-course.md", MARKDOWN), ("page.txt", PAGE)])
def test_importing_twice_changes_nothing(shop, tmp_path, name, text):
    path = write(tmp_path, name, text)
    assert [report.outcome for report in load(shop, path)] == ["created"]
    before = shop.json("/courses").json
    assert [report.outcome for report in load(shop, path)] == ["unchanged"]
    assert shop.json("/courses").json == before


def test_markdown_imports_facts_text_and_reviews(shop, tmp_path):
    load(shop, write(tmp_path, "a-course.md", MARKDOWN))
    course = shop.json("/courses/a-course").json
    assert course["price"]["amount"] == "19.90"
    assert course["published_at"] == "2026-01-02T03:04:05Z"
    assert course["about"]["html"] == "<h3>Hello</h3>\n<p>World.</p>\n"
    assert course["rating"]["average"] == 4.0
    assert shop.json("/courses/a-course/reviews").json["items"][0]["author"]["username"] == "bob"


@pytest.mark.databases
def test_changed_file_changes_the_course_and_its_version(shop, tmp_path):
    load(shop, write(tmp_path, "a-course.md", MARKDOWN))
    changed = MARKDOWN.replace("A Course", "A Better Course").replace("[ann]", "[bob, ann]")
    assert load(shop, write(tmp_path, "a-course.md", changed))[0].outcome == "changed"
    course = shop.json("/courses/a-course").json
    assert (course["title"], course["version"]) == ("A Better Course", 2)
    assert [one["username"] for one in course["instructors"]] == ["bob", "ann"]
    assert course["updated_at"] > course["published_at"]
    assert course["rating"]["count"] == 1


def test_json_of_a_course_can_be_imported_again(shop, tmp_path):
    load(shop, write(tmp_path, "a-course.md", MARKDOWN))
    body = shop.json("/courses/a-course").body.decode()
    assert load(shop, write(tmp_path, "course.json", body))[0].outcome == "unchanged"
    copy = {**json.loads(body), "slug": "a-copy"}
    assert load(shop, write(tmp_path, "copy.json", json.dumps(copy)))[0].outcome == "created"
    assert shop.json("/courses/a-copy").json["about"]["markdown"] == "# Hello\n\nWorld."


def test_imported_draft_stays_a_draft(shop, tmp_path):
    load(shop, write(tmp_path, "d.md", MARKDOWN.replace("price:", "status: draft\nprice:")))
    assert shop.json("/courses/a-course").status_int == 404


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("x.md", "no front matter", "no front matter"),
        ("x.md", "---\ntitle: [\n---\n", "not YAML: line 3"),
        ("x.md", "---\ntitle: X\n---\n", "category: This field is required."),
        ("x.md", MARKDOWN.replace("19.90", "19.999"), "price: "),
        ("x.md", MARKDOWN.replace("19.90", "-1"), "price: "),
        (
            "x.md",
            MARKDOWN.replace("[ann]", "[nobody]"),
            "instructors: there is no user called nobody",
        ),
        (
            "x.md",
            MARKDOWN.replace("by: bob", "by: nobody"),
            "reviews: there is no user called nobody",
        ),
        ("x.md", MARKDOWN.replace("rating: 4", "rating: 6"), "reviews.0.rating: "),
        ("x.md", MARKDOWN.replace("a-course", "A Course!"), "slug: "),
        ("x.md", MARKDOWN.replace("price:", "colour: red\nprice:"), "colour: "),
        ("x.md", MARKDOWN.replace("price:", "5: 6\nprice:"), "5: Unknown field."),
        ("x.md", MARKDOWN.replace("price:", "status: gone\nprice:"), "status: "),
        (
            "x.md",
            MARKDOWN.replace("2026-01-02T03:04:05Z", "'9999-12-31T23:59:59-12:00'"),
            "published: ",
        ),
        (
            "x.md",
            MARKDOWN.replace("2026-01-02T03:04:05Z", "'2990-01-01T00:00:00Z'"),
            "published: This time is in the future.",
        ),
        ("x.md", MARKDOWN.replace("2026-01-02T03:04:05Z", "5"), "published: Enter a date and time"),
        ("x.md", MARKDOWN.replace("A Course", "'   '"), "title: "),
        ("x.md", MARKDOWN.replace("A Course", '"a\\u202Eb"'), "title: "),
        ("x.md", MARKDOWN.replace("Things", '"..."'), "category: has neither letters nor digits"),
        (
            "x.md",
            MARKDOWN.replace(
                "---\n# Hello", "  - {by: bob, rating: 4, at: 2026-02-01T00:00:00Z}\n---\n# Hello"
            ),
            "bob reviews the course 2 times",
        ),
        ("x.json", "[" * 100_000, "nested too deeply"),
        (
            "x.json",
            '{"title": "x", "category": "y", "price": {"amount": "1.00", "currency": "EUR"}}',
            "price: in EUR, but the shop's currency is USD",
        ),
        ("x.json", "{", "not JSON"),
        ("x.json", "[]", "not a JSON object"),
        ("x.txt", "nothing", "About Course"),
        ("x.docx", "nothing", "expected one of .md, .json, .txt"),
    ],
)
def test_invalid_file_is_refused_and_its_field_is_named(shop, tmp_path, name, text, why):
    (report,) = load(shop, write(tmp_path, name, text))
    assert report.outcome == "refused"
    assert why in report.detail


@pytest.mark.databases
def test_one_refused_file_rolls_back_all_files(shop, tmp_path):
    good = write(tmp_path, "good.md", MARKDOWN)
    bad = write(tmp_path, "bad.md", "nothing")
    assert [report.outcome for report in load(shop, good, bad)] == ["ready", "refused"]
    assert shop.json("/courses").json["items"] == []
    assert shop.json("/categories").json["items"] == []


def test_reserved_slug_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path}/shop.sqlite"
    shop = Shop.open(write_ini(tmp_path, url, **{"pyramid.includes": "featured"}))
    shop.init()
    shop.add_person("ann")
    shop.add_person("bob")
    (report,) = load(
        shop, write(tmp_path, "x.md", MARKDOWN.replace("slug: a-course", "slug: featured"))
    )
    assert report.detail == "slug: This name is reserved for a page of the shop."
    shop.close()


def test_command_reports_each_file_and_exits_with_1_if_one_is_refused(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    good, bad = write(tmp_path, "good.txt", PAGE), write(tmp_path, "bad.txt", "")
    assert courseshop("init", ini).returncode == 0
    done = courseshop("import", ini, good, bad)
    assert done.returncode == 1
    assert f"ready     {good}" in done.stdout
    assert f"refused   {bad}" in done.stderr
    assert "1 of 2 refused; nothing was stored" in done.stderr
    assert courseshop("import", ini, good).stdout.startswith("created")
    assert courseshop("import", ini, good).stdout.startswith("unchanged")
    assert courseshop("import", ini).returncode == 2


def test_demo_files_are_named_by_slug_and_the_catalogue_is_diverse(demo):
    courses = demo.json("/courses?limit=100").json["items"]
    folder = Path(importing.__file__).parent.parent / "demo" / "courses"
    slugs = {path.stem: read_markdown(path.read_text())["slug"] for path in folder.iterdir()}
    assert all(stem == slug for stem, slug in slugs.items())
    assert set(slugs) == {course["slug"] for course in courses}
    assert len(courses) >= 40
    assert len({course["category"]["slug"] for course in courses}) == 8
    assert {course["level"] for course in courses} == {
        "all",
        "beginner",
        "intermediate",
        "advanced",
    }
    assert len({course["language"] for course in courses}) >= 5
    counts = [course["rating"]["count"] for course in courses]
    assert (min(counts), max(counts)) == (0, 60)


@pytest.mark.slow
def test_many_files_show_a_progress_bar_on_a_terminal(tmp_path):
    import os
    import pty

    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    courseshop("init", ini)
    files = [write(tmp_path, f"{n}.txt", PAGE.replace("Backend", f"Backend {n}")) for n in range(5)]
    master, slave = pty.openpty()
    done = subprocess.run(
        [COMMAND, "import", ini, *files], stdout=subprocess.PIPE, stderr=slave, check=True
    )
    os.close(slave)
    assert b"100%" in os.read(master, 10_000)
    os.close(master)
    assert done.stdout.count(b"created") == 5


def test_two_files_of_one_run_cannot_define_the_same_course(shop, tmp_path):
    first = write(tmp_path, "a.md", MARKDOWN)
    second = write(tmp_path, "b.md", MARKDOWN.replace("A Course", "Another"))
    assert [report.outcome for report in load(shop, first, second)] == ["ready", "refused"]
    assert [report.outcome for report in load(shop, first, first)] == ["created", "unchanged"]


@pytest.mark.parametrize(("name", "text"), [("a.md", MARKDOWN), ("b.txt", PAGE)])
def test_byte_order_mark_is_ignored(shop, tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [report.outcome for report in load(shop, path)] == ["created"]


def test_json_keeps_the_slug_of_its_category_in_another_shop(shop, tmp_path):
    facts = {
        "title": "X",
        "category": {"slug": "music-and-more", "title": "Music & More", "url": "x"},
    }
    load(shop, write(tmp_path, "x.json", json.dumps(facts)))
    assert shop.json("/courses/x").json["category"]["slug"] == "music-and-more"


def test_fields_that_a_file_does_not_name_stay_unchanged(shop, tmp_path):
    load(shop, write(tmp_path, "a-course.md", MARKDOWN))
    less = "---\ntitle: A Course\nslug: a-course\ncategory: Things\n---\n# Hello\n\nWorld."
    assert load(shop, write(tmp_path, "a-course.md", less))[0].outcome == "unchanged"
    assert shop.json("/courses/a-course").json["price"]["amount"] == "19.90"
