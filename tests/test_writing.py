"""Writing and editing courses by the API; the forms are in test_course_forms.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import TypeAdapter
from sqlalchemy import func, select
from writers import FULL, WORDS, Writer, fault_of, publish

from courseshop.models import Course, CourseSlug
from courseshop.schemas.course_page import CourseOut

pytestmark = pytest.mark.databases

SCRIPT = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"


@pytest.fixture
def instructor(shop):
    return Writer(shop, "ann")


def count(shop, model=Course):
    with shop.reading() as request:
        return request.db.scalar(select(func.count()).select_from(model))


def test_a_course_needs_a_title_and_a_category(instructor):
    answer = instructor.post("/courses", WORDS)
    assert answer.status_int == 201
    assert answer.headers["Location"] == "http://localhost/courses/backend-with-python"
    made = answer.json
    TypeAdapter(CourseOut).validate_json(answer.body)
    assert (made["slug"], made["status"], made["version"]) == ("backend-with-python", "draft", 1)
    assert [one["username"] for one in made["instructors"]] == ["ann"]
    assert made["published_at"] is None
    assert instructor.get(made["url"]).json == made
    missing = instructor.post("/courses", {})
    assert missing.status_int == 422
    assert [fault["field"] for fault in missing.json["errors"]] == ["title", "category"]


def test_subtitle_is_on_page_and_card_and_found_by_search(shop, instructor):
    made = instructor.write(title="Bread", subtitle="For two hungry people")
    publish(shop, made["url"])
    assert made["subtitle"] == "For two hungry people"
    assert shop.get(made["url"]).html.find("p", "subtitle").text == "For two hungry people"
    card = shop.get("/courses?q=hungry").html.find("article", "card")
    assert card.find("p", "subtitle").text == "For two hungry people"
    assert shop.json("/courses").json["items"][0]["subtitle"] == "For two hungry people"
    answer = instructor.patch(made["url"], {"subtitle": "x" * 151})
    assert fault_of(answer) == ("subtitle", "string_too_long")


def test_all_fields_are_in_json_and_on_the_page(shop, instructor):
    made = instructor.write(**FULL)
    for key, value in FULL.items():
        if key == "category":
            assert made[key]["slug"] == value
        elif key == "about":
            assert made[key]["markdown"] == value["markdown"]
            assert "<em>without</em>" in made[key]["html"]
        else:
            assert made[key] == value
    publish(shop, made["url"])
    page = shop.get("/courses/bread-for-two").html
    text = page.get_text(" ")
    for words in ("One small loaf.", "Flour", "Mixing", "20 min", "Fire", "Bake a loaf", "An oven", "A pot",
                  "Whoever eats", "Bread", "by hand", "$12.50", "1 h 35 min", "Beginner", "Portuguese"):  # fmt: skip
        assert words in text, words
    headings = [heading.text for heading in page.find_all("h2")]
    assert headings.index("What you will learn") < headings.index("About Course")
    assert {"Outline", "Requirements", "Who this course is for", "Tags"} <= set(headings)


@pytest.mark.parametrize("category", ["things", {"slug": "things"}])
def test_category_can_be_a_slug_or_an_object(instructor, category):
    assert instructor.write(category=category)["category"]["title"] == "Things"


@pytest.mark.parametrize(
    ("patch", "shown"),
    [
        ({"title": "New"}, {"title": "New"}),
        ({"summary": ""}, {"summary": ""}),
        ({"level": "advanced"}, {"level": "advanced"}),
        ({"language": "de"}, {"language": "de"}),
        ({"duration_minutes": 0}, {"duration_minutes": 0}),
        ({"price": {"amount": "0"}}, {"price": {"amount": "0.00", "currency": "USD"}}),
        ({"price": {"amount": "3.5"}}, {"price": {"amount": "3.50", "currency": "USD"}}),
        ({"tags": []}, {"tags": []}),
        ({"tags": ["a", "A", "b"]}, {"tags": ["a", "b"]}),
        ({"outcomes": ["  Tidy  "]}, {"outcomes": ["Tidy"]}),
        ({"outline": [{"title": "S"}]}, {"outline": [{"title": "S", "lessons": []}]}),
    ],
)
def test_patch_changes_only_its_fields(instructor, patch, shown):
    before = instructor.write(**FULL)
    answer = instructor.patch(before["url"], patch)
    assert answer.status_int == 200
    changing = {"version", "updated_at"}
    same = {key: value for key, value in before.items() if key not in {*shown, *changing}}
    after = answer.json
    assert {key: after[key] for key in shown} == shown
    assert {key: after[key] for key in same} == same
    assert (after["version"], after["updated_at"] > before["updated_at"]) == (2, True)


def test_text_is_changed_by_its_markdown(instructor):
    url = instructor.write(**FULL)["url"]
    after = instructor.patch(url, {"about": {"markdown": "*New*\r\nline"}}).json["about"]
    assert after == {"markdown": "*New*\nline", "html": "<p><em>New</em>\nline</p>\n"}


def test_get_body_can_be_sent_back_and_changes_nothing(shop, instructor):
    """This includes read-only fields, which equal the stored ones."""
    url = instructor.write(**FULL)["url"]
    publish(shop, url)
    before = instructor.get(url)
    answer = instructor.patch(url, before.json, Content_Type="application/merge-patch+json")
    assert (answer.status_int, answer.json) == (200, before.json)
    assert instructor.get(url).headers["ETag"] == before.headers["ETag"]
    edited = {
        **before.json,
        "title": "Bread for Three",
        "about": {**before.json["about"], "markdown": "New"},
    }
    after = instructor.patch(url, edited).json
    assert (after["title"], after["about"]["markdown"], after["version"]) == (
        "Bread for Three",
        "New",
        3,
    )


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("key", "value"),
    [("url", "http://localhost/courses/x"), ("instructors", []), ("instructor_facts", []), ("rating", None), ("enrolled_count", 999),
     ("published_at", "2026-01-01T00:00:00Z"), ("updated_at", None), ("version", 9), ("wished", True),
     ("links", {}), ("after_login", None), ("panels", {}), ("about.html", "<p>x</p>"),
     ("category.title", "Others"), ("category.url", None)],
)  # fmt: skip
def test_changed_read_only_field_is_refused(instructor, key, value):
    made = instructor.write()
    whole, _, part = key.partition(".")
    sent = {**made[whole], part: value} if part else value
    answer = instructor.patch(made["url"], {whole: sent, "title": "Other"})
    assert answer.status_int == 422
    assert fault_of(answer) == (key, "read_only")
    assert instructor.get(made["url"]).json["title"] == made["title"]


def test_all_errors_are_reported_at_once_and_nothing_is_stored(instructor):
    url = instructor.write(**FULL)["url"]
    before = instructor.get(url).json
    answer = instructor.patch(
        url,
        {
            "title": " ",
            "level": "expert",
            "price": {"amount": "1.001", "currency": "EUR"},
            "duration_minutes": -1,
            "outline": [{"title": "", "lessons": [{"title": "x", "minutes": 1.5}]}],
            "colour": "red",
            "summary": "Fine.",
        },
    )
    assert answer.status_int == 422
    fields = {fault["field"]: fault["code"] for fault in answer.json["errors"]}
    assert fields == {
        "title": "string_pattern_mismatch",
        "level": "literal_error",
        "price.amount": "string_pattern_mismatch",
        "price.currency": "currency",
        "duration_minutes": "greater_than_equal",
        "outline.0.title": "string_pattern_mismatch",
        "outline.0.lessons.0.minutes": "int_type",
        "colour": "extra_forbidden",
    }
    assert instructor.get(url).json == before


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("words", "status", "field", "message"),
    [
        ({"price": {"amount": "19.999"}}, 422, "price.amount", "at most two decimal places"),
        ({"price": {"amount": "1e3"}}, 422, "price.amount", "such as 19.90"),
        ({"price": {"amount": "-1"}}, 422, "price.amount", "such as 19.90"),
        ({"price": {"amount": 19.9}}, 422, "price.amount", "string"),
        ({"price": {"amount": "1", "currency": "EUR"}}, 422, "price.currency", "of this shop is USD"),
        ({"price": "19.90"}, 422, "price", "an object"),
        ({"price": None}, 422, "price", "an object"),
        ({"tags": [f"t{n}" for n in range(10_000)]}, 422, "tags", "Use at most 20 entries; there are 10000"),
        ({"tags": "a, b"}, 422, "tags", "list"),
        ({"tags": None}, 422, "tags", "list"),
        ({"tags": ["x" * 41]}, 422, "tags.0", "Use at most 40"),
        ({"tags": ["a,b"]}, 422, "tags.0", "comma"),
        ({"title": "x" * 201}, 422, "title", "Use at most 200"),
        ({"title": ""}, 422, "title", "is required"),
        ({"title": "a\u0000b"}, 422, "title", "no invisible characters"),
        ({"about": {"markdown": "a\u0000b"}}, 422, "about.markdown", "no invisible characters"),
        ({"title": "!?"}, 409, "title", "one letter or number"),
        ({"about": {"markdown": "x" * 50_001}}, 422, "about.markdown", "Use at most 50000"),
        ({"category": "nowhere"}, 409, "category", "This category doesn't exist"),
        ({"category": "No Where"}, 422, "category.slug", "Use lowercase letters"),
        ({"slug": "A b"}, 422, "slug", "Use lowercase letters"),
        ({"slug": ""}, 422, "slug", "Use lowercase letters"),
        ({"category": ""}, 422, "category.slug", "is required"),
        ({"slug": "x" * 81}, 422, "slug", "Use at most 80"),
        ({"slug": "new"}, 422, "slug", "reserved for a page"),
        ({"slug": "preview"}, 422, "slug", "reserved for a page"),
        ({"language": "english"}, 422, "language", "such as en"),
        ({"outline": [{"title": "x"}] * 51}, 422, "outline", "Use at most 50"),
        ({"instructors": []}, 422, "instructors", "Unknown field"),
    ],
)  # fmt: skip
def test_invalid_field_is_named_and_creates_no_course(
    shop, instructor, words, status, field, message
):
    answer = instructor.post("/courses", {**WORDS, **words})
    assert answer.status_int == status, answer.text
    (fault,) = answer.json["errors"]
    assert fault["field"] == field
    assert message in fault["message"]
    assert (count(shop), count(shop, CourseSlug)) == (0, 0)


def test_lone_surrogate_is_refused(shop, instructor):
    body = b'{"title": "\\ud800", "category": "things"}'
    headers = {"Authorization": f"Bearer {instructor.token}", "Content-Type": "application/json"}
    answer = shop.app.post("/courses", body, headers=headers, expect_errors=True)
    assert 400 <= answer.status_int < 500
    assert count(shop) == 0


def test_scripts_in_markdown_are_escaped(shop, instructor):
    url = instructor.write(about={"markdown": SCRIPT}, title=SCRIPT[:60], outcomes=[SCRIPT])["url"]
    publish(shop, url)
    page = shop.get(url.removeprefix("http://localhost"))
    assert "alert(1)" in page.html.find(class_="text").text
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert 'href="javascript:' not in page.text


def test_titles_with_same_slug_get_a_number(instructor):
    titles = ["C++", "C#", "C", "\N{ROCKET} 1", "Ça"]
    assert [instructor.write(title=title)["slug"] for title in titles] == [
        "c",
        "c-2",
        "c-3",
        "1",
        "ca",
    ]
    assert instructor.write(title="漢")["slug"] == "han"
    assert instructor.write(title="New")["slug"] == "new-2"


def test_title_without_latin_letters_gets_a_slug(instructor):
    assert instructor.write(title="①")["slug"] == "1"
    assert len(instructor.write(title="word " * 40)["slug"]) <= 80


def test_concurrent_courses_with_same_title_get_different_slugs(shop, instructor):
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda _n: instructor.post("/courses", {**WORDS, "title": "C++"}), range(8))
        )
    assert {answer.status_int for answer in made} == {201}
    assert len({answer.json["slug"] for answer in made}) == 8
    assert count(shop) == count(shop, CourseSlug) == 8


def test_taken_slug_gets_409(instructor):
    instructor.write(slug="mine")
    assert fault_of(instructor.post("/courses", {**WORDS, "slug": "mine"})) == ("slug", "taken")
    other = instructor.write(slug="other")["url"]
    answer = instructor.patch(other, {"slug": "mine", "title": "Lost?"})
    assert (answer.status_int, fault_of(answer)) == (409, ("slug", "taken"))
    assert instructor.get(other).json["version"] == 1


def test_slug_of_plugin_child_is_refused(tmp_path):
    from helpers import Shop, write_ini

    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/s.sqlite", **{"pyramid.includes": "featured"})
    shop = Shop.open(ini)
    shop.init()
    instructor = Writer(shop, "ann")
    answer = instructor.post("/courses", {**WORDS, "slug": "featured"})
    assert (answer.status_int, fault_of(answer)) == (422, ("slug", "reserved"))
    assert instructor.write(title="Featured")["slug"] == "featured-2"
    names = instructor.get("/openapi.json").json["components"]["schemas"]["CoursePost"][
        "properties"
    ]
    assert "featured" in names["slug"]["not"]["enum"]
    shop.close()


@pytest.mark.one_database
def test_api_description_contains_rules_of_this_shop(demo):
    schemas = demo.json("/openapi.json").json["components"]["schemas"]
    assert schemas["MoneyIn"]["properties"]["currency"]["const"] == "USD"
    assert {"new", "preview"} <= set(schemas["CoursePost"]["properties"]["slug"]["not"]["enum"])
    assert schemas["CoursePatch"]["properties"]["rating"]["readOnly"] is True
    assert "x-shop" not in demo.json("/openapi.json").text


def test_old_slug_redirects_permanently(shop, instructor):
    url = instructor.write(slug="old")["url"]
    publish(shop, url)
    assert instructor.patch(url, {"slug": "newer"}).json["url"] == "http://localhost/courses/newer"
    assert instructor.patch("/courses/newer", {"slug": "newest"}).status_int == 200
    for old in ("old", "newer"):
        for rest in ("", "/reviews", "/share", "/", "?x=1"):
            for answer in (shop.get(f"/courses/{old}{rest}"), shop.json(f"/courses/{old}{rest}")):
                assert answer.status_int == 308
                assert answer.location == f"http://localhost/courses/newest{rest.rstrip('/')}"
    assert shop.get("/courses/older").status_int == 404


def test_write_to_old_slug_is_redirected_and_loses_nothing(instructor):
    url = instructor.write(slug="old")["url"]
    instructor.patch(url, {"slug": "new-one"})
    answer = instructor.patch(url, {"title": "Kept"})
    assert (answer.status_int, answer.location) == (308, "http://localhost/courses/new-one")
    assert instructor.patch(answer.location, {"title": "Kept"}).json["title"] == "Kept"


def test_old_slug_stays_reserved_for_its_course(instructor):
    url = instructor.write(slug="first")["url"]
    second = instructor.patch(url, {"slug": "second"}).json["url"]
    assert fault_of(instructor.post("/courses", {**WORDS, "slug": "first"})) == ("slug", "taken")
    assert instructor.write(title="First")["slug"] == "first-2"
    back = instructor.patch(second, {"slug": "first"})
    assert (back.status_int, back.json["slug"]) == (200, "first")
    assert instructor.get("/courses/second").status_int == 308


def test_old_slug_of_draft_gets_404_for_others(shop, instructor):
    url = instructor.write(slug="secret")["url"]
    instructor.patch(url, {"slug": "more-secret"})
    stranger = Writer(shop, "eve")
    for reader in (shop.json, stranger.get):
        assert reader("/courses/secret").status_int == 404
        assert reader("/courses/secret/reviews").status_int == 404
    assert stranger.patch("/courses/secret", {"title": "x"}).status_int == 404


def test_delete_archives_and_may_be_repeated(shop, instructor):
    url = instructor.write()["url"]
    publish(shop, url)
    for _ in range(2):
        answer = instructor.ask("DELETE", url)
        assert (answer.status_int, answer.body) == (204, b"")
    assert shop.json("/courses/backend-with-python").status_int == 404
    assert instructor.get(url).json["status"] == "archived"


def test_text_can_be_previewed_without_storing_it(shop, instructor):
    answer = instructor.post("/courses/preview", {"about": {"markdown": f"# Hi\n\n{SCRIPT}"}})
    assert answer.status_int == 200
    assert answer.json["about"]["html"].startswith("<h3>Hi</h3>")
    assert "<script" not in answer.json["about"]["html"]
    url = instructor.write()["url"]
    shown = instructor.post(f"{url}/preview", {"about": {"markdown": "*x*"}}).json
    assert shown == {"about": {"markdown": "*x*", "html": "<p><em>x</em></p>\n"}}
    assert instructor.post(f"{url}/preview", {}).status_int == 422
    assert instructor.get(url).json["about"]["markdown"] == ""


@pytest.mark.parametrize("role", ["student", "moderator"])
def test_student_or_moderator_cannot_create_course(shop, role):
    answer = Writer(shop, "bob", role).post("/courses", WORDS)
    assert answer.status_int == 403
    assert count(shop) == 0


def test_guest_cannot_create_course(shop):
    answer = shop.app.post_json(
        "/courses", WORDS, headers={"Accept": "application/json"}, status=401
    )
    assert "WWW-Authenticate" in answer.headers
    assert count(shop) == 0
