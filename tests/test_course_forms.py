"""Creating and editing courses in a browser without JavaScript."""

from __future__ import annotations

import pytest
from browsing import Visitor, form_with, text_at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from writers import FULL, WORDS, Writer

from courseshop.domain.text import is_blank
from courseshop.schemas.course import FIELDS, CourseDraft
from courseshop.schemas.writing import CoursePatch
from courseshop.services import category

FORM = {
    "title": "Bread for Two",
    "slug": "",
    "summary": "One small loaf.",
    "about": "## Flour\r\n\r\nMixing *without* kneading.",
    "category": "things",
    "level": "beginner",
    "language": "pt",
    "duration_minutes": "95",
    "price": "12,5",
    "tags": "Bread, by hand,,",
    "outcomes": "Bake a loaf\r\n\r\n",
    "requirements": "An oven\r\n  A pot  ",
    "audience": "Whoever eats",
    "outline": "# Flour\r\nMixing | 20\r\nWhy | not? | 5\r\n\r\n# Fire\r\n",
}


@pytest.fixture
def instructor(shop):
    return Writer(shop, "ann")


@pytest.fixture
def browser(instructor):
    return instructor.browser()


def test_browser_can_create_a_course(instructor, browser):
    page = browser.get("/courses/new")
    assert page.html.find("form", class_="writing")["action"] == "http://localhost/courses"
    done = browser.submit(page, "Create course", **FORM)
    assert (done.status_int, done.location) == (303, "http://localhost/courses/bread-for-two")
    shown = done.follow()
    assert (
        "Only its instructors and the shop's moderators can see it"
        in shown.html.find(role="status").text
    )
    made = instructor.get("/courses/bread-for-two").json
    expected = {**FULL, "language": "pt", "about": made["about"], "category": made["category"]}
    expected["outline"] = [
        {
            "title": "Flour",
            "lessons": [
                {"id": None, "title": "Mixing", "minutes": 20},
                {"id": None, "title": "Why | not?", "minutes": 5},
            ],
        },
        {"title": "Fire", "lessons": []},
    ]
    assert {key: made[key] for key in FULL} == expected
    assert made["about"]["markdown"] == "## Flour\n\nMixing *without* kneading."


def test_unchanged_form_changes_nothing(instructor, browser):
    before = instructor.write(**FULL)
    done = browser.submit(browser.get("/courses/bread-for-two/edit"), "Save")
    assert (done.status_int, done.location) == (303, "http://localhost/courses/bread-for-two")
    assert instructor.get(before["url"]).json == before


def test_error_in_a_tag_says_which_tag(browser):
    form = {**FORM, "tags": "sewing, " + "x" * 99}
    page = browser.submit(browser.get("/courses/new"), "Create course", **form)
    assert text_at(page, "tags").strip().startswith("Tag 2: ")
    assert "Tag 2" in page.html.find(role="alert").text


def test_page_without_permission_says_whom_to_ask(shop):
    page = Writer(shop, "sue", "student").browser().get("/courses/new")
    assert (page.status_int, page.html.h1.text) == (403, "You don't have access")
    assert "ask an administrator" in page.html.main.text


def test_refused_form_keeps_input_and_shows_each_error_at_its_field(instructor, browser):
    wrong = {**FORM, "title": "", "price": "12.345", "level": "beginner", "category": "",
             "tags": ",".join("abcdefghijklmnopqrstuvwxyz"), "outline": "Lost\r\n# Found", "slug": "A!",
             "outcomes": "fine\r\n" + "x" * 301, "duration_minutes": ""}  # fmt: skip
    page = browser.submit(browser.get("/courses/new"), "Create course", **wrong)
    assert page.status_int == 422
    assert page.html.h1.text == "Create a course"
    assert page.html.find(role="alert")
    assert "This field is required." in text_at(page, "title")
    assert "such as 19.90" in text_at(page, "price")
    assert "This field is required." in text_at(page, "category")
    assert "Use at most 20 entries; there are 26." in text_at(page, "tags")
    assert "Start with a section" in text_at(page, "outline")
    assert "Item 2: Use at most 300 characters." in text_at(page, "outcomes")
    assert "Use lowercase letters" in text_at(page, "slug")
    assert "Use a whole number." in text_at(page, "duration_minutes")
    again = form_with(page, "Create course")
    assert again["summary"].value == FORM["summary"]
    assert again["about"].value.replace("\r\n", "\n") == FORM["about"].replace("\r\n", "\n")
    assert again["language"].value == "pt"
    fixed = {name: FORM[name] for name in wrong}
    assert browser.submit(page, "Create course", **fixed).status_int == 303


def test_taken_slug_is_an_error_at_its_field(instructor, browser):
    instructor.write(slug="mine")
    page = browser.submit(browser.get("/courses/new"), "Create course", **{**FORM, "slug": "mine"})
    assert page.status_int == 409
    assert "has this address" in text_at(page, "slug")
    instructor.write(slug="other")
    edited = browser.fill("/courses/other/edit", "Save", slug="mine", title="Mine")
    assert edited.status_int == 409
    assert "has this address" in text_at(edited, "slug")
    assert form_with(edited, "Save")["title"].value == "Mine"
    assert form_with(edited, "Save")["slug"].value == "mine"


def test_empty_slug_keeps_the_current_slug(instructor, browser):
    instructor.write(slug="mine")
    assert browser.fill("/courses/mine/edit", "Save", slug="").location.endswith("/courses/mine")


def test_new_slug_redirects_the_browser(instructor, browser):
    instructor.write(slug="mine")
    done = browser.fill("/courses/mine/edit", "Save", slug="ours")
    assert done.location == "http://localhost/courses/ours"
    assert browser.get("/courses/mine").location == "http://localhost/courses/ours"


@pytest.mark.parametrize("url", ["/courses/new", "/courses/mine/edit"])
def test_preview_shows_the_text_and_saves_nothing(instructor, browser, url):
    instructor.write(slug="mine")
    before = instructor.get("/courses/mine").json
    page = browser.get(url)
    button = page.html.find("button", attrs={"formaction": True})
    # Without JavaScript, the browser shows that part of the page that comes back.
    assert button["formaction"].endswith("/preview#preview")
    form = form_with(page, "Preview")
    form["about"], form["title"] = "# Hi\n\n<script>alert(1)</script>", ""
    form.action = button["formaction"]
    shown = form.submit(expect_errors=True)
    assert shown.status_int == 200
    preview = shown.html.find(id="preview")
    assert preview.h3.text == "Hi"
    assert "<script>alert" not in str(preview)
    again = form_with(shown, "Preview")
    assert again["title"].value == ""
    assert again["about"].value.strip().startswith("# Hi")
    assert instructor.get("/courses/mine").json == before


def test_page_says_so_if_there_are_no_categories(shop, browser):
    with shop.writing() as request:
        table = category.Category.__table__
        request.db.execute(table.delete())
    page = browser.get("/courses/new")
    assert "no categories yet" in page.text
    assert page.html.find("form", class_="writing") is None


def test_only_instructors_see_links_to_create_and_edit_courses(shop, instructor, browser):
    for url in ("/courses", "/account"):
        assert "Create a course" in browser.get(url).html.main.text
    student = Writer(shop, "sam", "student").browser()
    for page in (student.get("/courses"), student.get("/account"), shop.get("/courses")):
        assert "Create a course" not in page.html.main.text
    instructor.write()
    for word in ("Edit", "Status", "Instructors", "Archive…"):
        links = browser.get("/courses/backend-with-python").html.select(".staff a")
        link = next(one for one in links if one.text == word)
        assert browser.get(link["href"]).status_int == 200


def test_guest_is_redirected_to_login(shop):
    redirect = Visitor(shop).get("/courses/new")
    assert redirect.status_int == 303
    assert "/account/login?next=" in redirect.location


def test_forged_form_creates_no_course(instructor, browser):
    assert browser.app.post("/courses", FORM, expect_errors=True).status_int == 403
    headers = {"Origin": "http://elsewhere.example"}
    page = form_with(browser.get("/courses/new"), "Create course")
    for name, value in FORM.items():
        page[name] = value
    assert page.submit(headers=headers, expect_errors=True).status_int == 403
    assert instructor.get("/courses/bread-for-two").status_int == 404


def test_json_does_not_accept_the_notation_of_forms(instructor):
    answer = instructor.post(
        "/courses", {**WORDS, "outline": "# One", "about": "text", "price": "1.00"}
    )
    assert answer.status_int == 422
    assert {fault["field"] for fault in answer.json["errors"]} == {"outline", "about", "price"}


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
).filter(lambda text: not is_blank(text))
lessons = st.fixed_dictionaries(
    {"id": st.none(), "title": words, "minutes": st.integers(0, 10_000)}
)
sections = st.fixed_dictionaries({"title": words, "lessons": st.lists(lessons, max_size=3)})


# On a busy machine, it may be slow to generate examples.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(sections, max_size=3), st.lists(words, max_size=4))
def test_form_fields_round_trip(outline, points):
    course = {"outcomes": points, "outline": outline}
    course |= {"category": {"slug": "x"}, "tags": [str(n) for n in range(len(points))]}
    texts = {name: FIELDS[name].widget.text(value) for name, value in course.items()}
    sent = {name: text if name == "category" else [text] for name, text in texts.items()}
    read = CoursePatch.model_validate(sent).facts()
    assert read["outline"] == outline
    assert read["outcomes"] == points
    assert read["tags"] == course["tags"]


@pytest.mark.parametrize(
    ("text", "title", "lessons"),
    [
        ("## Two", "Two", []),
        ("#One", "One", []),
        ("# #1", "#1", []),
        ("# A\n\\#1 rule | 5", "A", [("#1 rule", 5)]),
        ("# A\nb | c\nd|7\ne |", "A", [("b | c", 0), ("d", 7), ("e |", 0)]),
    ],
)
def test_outline_notation_is_parsed(text, title, lessons):
    (section,) = CoursePatch.model_validate({"outline": [text]}).facts()["outline"]
    assert section["title"] == title
    assert [(one["title"], one["minutes"]) for one in section["lessons"]] == lessons


def test_line_breaks_in_a_summary_become_spaces(instructor, browser):
    instructor.write(slug="mine")
    browser.fill("/courses/mine/edit", "Save", summary="One.\r\nTwo.")
    assert instructor.get("/courses/mine").json["summary"] == "One. Two."


def test_blank_title_is_invalid():
    with pytest.raises(ValidationError):
        CourseDraft(title="\u2003\u00a0", category="things")
