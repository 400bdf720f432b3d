"""The comparison of up to four courses, as HTML and JSON, without JavaScript."""

from __future__ import annotations

import pytest

from courseshop.domain.actor import Actor
from courseshop.domain.shop import shop_of
from courseshop.schemas.compare import MOST_COMPARED

COMPARE = "/courses/compare"
FACTS = {
    "outcomes": ["Bake a loaf"],
    "requirements": ["An oven", "A pot"],
    "level": "beginner",
    "language": "de",
    "duration_minutes": 95,
    "price": "12.50",
}


def ask(*slugs):
    return f"{COMPARE}?" + "&".join(f"course={slug}" for slug in slugs)


def said_on(page):
    """Return what the page says about its link; no notice says it again."""
    assert page.html.find(id="notice").text.strip() == ""
    return page.html.find(class_="banner").text.strip()


@pytest.mark.databases
def test_courses_are_compared_in_the_requested_order(shop):
    for slug in ("one", "two", "three"):
        shop.add_course(slug)
    answer = shop.json(ask("three", "one"))
    assert [one["slug"] for one in answer.json["items"]] == ["three", "one"]
    table = shop.get(ask("three", "one")).html.table
    heads = table.thead.find_all("th", scope="col")
    assert [head.a.text for head in heads[1:]] == ["Three", "One"]
    assert [row.th["scope"] for row in table.tbody.find_all("tr")] == ["row"] * 12


def test_rows_show_the_facts_of_the_courses(shop):
    course = shop.add_course("one", **FACTS)
    shop.add_course("two")
    shop.add_review(course, shop.add_person("sam"), 4)
    table = shop.get(ask("one", "two")).html.table
    rows = {row.th.text: row.td.get_text(" ", strip=True) for row in table.tbody.find_all("tr")}
    update = rows.pop("Last updated")
    assert update
    assert rows == {
        "Price": "$12.50",
        "Rating": "4.0 (1 rating)",
        "Level": "Beginner",
        "Duration": "1 h 35 min",
        "Language": "German",
        "Students": "–",  # noqa: RUF001 - as on the page
        "Instructors": "Ann",
        "Category": "Things",
        "What you will learn": "Bake a loaf",
        "Requirements": "An oven A pot",
        "Course page": "View course One",
    }
    (item, _other) = shop.json(ask("one", "two")).json["items"]
    assert (item["outcomes"], item["requirements"]) == (FACTS["outcomes"], FACTS["requirements"])


def test_each_column_has_a_link_to_remove_its_course(shop):
    for slug in ("one", "two", "three"):
        shop.add_course(slug)
    (one, *_others) = shop.json(ask("one", "two", "three")).json["items"]
    assert one["links"]["remove"] == f"http://localhost{ask('two', 'three')}"
    page = shop.get(ask("one", "two", "three"))
    assert page.html.find("a", attrs={"aria-label": "Remove One"})["href"] == one["links"]["remove"]
    (alone,) = shop.json(ask("one")).json["items"]
    assert alone["links"]["remove"] == f"http://localhost{COMPARE}"


def test_long_list_is_folded_after_three_points(shop):
    shop.add_course("one", outcomes=["a", "b", "c", "d", "e"], requirements=["a", "b", "c", "d"])
    shop.add_course("two")
    cells = {
        row.th.text: row.td for row in shop.get(ask("one", "two")).html.table.tbody.find_all("tr")
    }
    folded = cells["What you will learn"].details
    assert folded.summary.text == "2 more"
    assert [point.text for point in folded.find_all("li")] == ["d", "e"]
    assert cells["Requirements"].details is None


@pytest.mark.parametrize("slugs", [(), ("one",), ("one", "one")])
def test_fewer_than_two_courses_show_instructions(shop, slugs):
    shop.add_course("one")
    page = shop.get(ask(*slugs) if slugs else COMPARE)
    assert page.status_int == 200
    assert "then press the “Compare” button" in page
    assert page.html.table is None
    assert len(shop.json(ask(*slugs) if slugs else COMPARE).json["items"]) == len(set(slugs))


def test_title_is_escaped_on_page_of_one_course(shop):
    shop.add_course("one", title="<b>Bold</b> & co")
    page = shop.get(ask("one"))
    assert page.html.main.find("b") is None
    assert "You've selected only <b>Bold</b> & co." in page.html.main.get_text()


@pytest.mark.parametrize(
    ("query", "word"),
    [
        (ask("a", "b", "c", "d", "e"), "You can compare at most 4 courses; this link has 5."),
        (ask("one", "nothing"), "There is no course called nothing."),
        (ask("one", "draft"), "There is no course called draft."),
        (ask("one", "No%20Slug"), "Use lowercase letters and numbers"),
        (ask("one", ""), "Use lowercase letters and numbers"),
    ],
)
def test_invalid_comparison_is_400_and_names_the_parameter(shop, query, word):
    shop.add_course("one")
    shop.add_course("draft", None)
    answer = shop.json(query)
    assert answer.status_int == 400
    assert {fault["field"] for fault in answer.json["errors"]} == {"course"}
    assert word in answer.json["detail"]
    assert shop.get(query).status_int == 200


def test_browser_compares_only_the_first_four_courses_and_says_so(shop):
    slugs = ("one", "two", "three", "four", "five", "six")
    for slug in slugs:
        shop.add_course(slug)
    page = shop.get(ask(*slugs))
    assert page.status_int == 200
    heads = page.html.table.thead.find_all("th", scope="col")[1:]
    assert [head.a.text for head in heads] == ["One", "Two", "Three", "Four"]
    assert (
        said_on(page) == "You can compare up to 4 courses, so these are the first 4 in this link."
    )
    assert shop.json(ask(*slugs)).status_int == 400


def test_missing_course_does_not_hide_the_others(shop):
    shop.add_course("one")
    shop.add_course("two")
    page = shop.get(ask("one", "gone", "No%20Slug", "two", ""))
    heads = page.html.table.thead.find_all("th", scope="col")[1:]
    assert [head.a.text for head in heads] == ["One", "Two"]
    assert said_on(page) == (
        "You can compare up to 4 courses, and some of the first 4 in this link aren't available."
    )


def test_missing_course_is_left_out_in_one_sentence(shop):
    shop.add_course("one")
    shop.add_course("two")
    page = shop.get(ask("one", "gone", "No%20Slug", "two"))
    assert said_on(page) == "Some courses in this link aren't available, so they're left out."


@pytest.mark.parametrize(
    ("slugs", "title"),
    [
        (("a", "b", "c", "d", "e"), "The courses in this link aren't available."),
        (("draft", "No%20Slug"), "The courses in this link aren't available."),
        (("one", "gone"), "Of the courses in this link, only One is available."),
        (("one", *"abcd"), "Of the courses in this link, only One is available."),
    ],
)
def test_page_without_comparison_says_which_courses_are_missing(shop, slugs, title):
    shop.add_course("one")
    shop.add_course("draft", None)
    page = shop.get(ask(*slugs))
    assert page.html.table is None
    assert page.html.find(class_="empty").strong.text == title
    assert page.html.find(class_="banner") is None
    assert page.html.find(id="notice").text.strip() == ""


def test_unknown_parameter_of_a_comparison_is_still_a_notice(shop):
    for slug in ("one", "two"):
        shop.add_course(slug)
    page = shop.get(f"{ask('one', 'two')}&color=red")
    assert "We ignored a part of this link" in page.html.find(id="notice").text
    assert page.html.find(class_="banner") is None


def test_unknown_parameter_is_400(shop):
    answer = shop.json(f"{COMPARE}?course=a&color=red")
    assert answer.status_int == 400
    assert "color" in {fault["field"] for fault in answer.json["errors"]}


@pytest.mark.databases
def test_instructor_can_compare_their_draft(shop):
    draft = shop.add_course("draft", None)
    shop.add_course("one")
    teacher = Actor(id=1, role="instructor", teaches=frozenset({draft}))
    assert len(shop.json(ask("one", "draft"), teacher).json["items"]) == 2


@pytest.mark.parametrize("url", ["/", "/courses", "/categories/things", "/people/ann"])
def test_cards_of_a_list_share_one_compare_form(shop, url):
    for slug in ("one", "two", "three"):
        shop.add_course(slug)
    page = shop.get(url)
    boxes = page.html.find_all("input", attrs={"name": "course", "form": "compare"})
    assert sorted(box["value"] for box in boxes) == ["one", "three", "two"]
    assert {box.find_parent("form") for box in boxes} == {None}
    (form,) = page.html.find_all("form", id="compare")
    assert form["action"] == f"http://localhost{COMPARE}"
    assert form.get("method", "get") == "get"
    assert form["data-most"] == str(MOST_COMPARED)
    assert "Compare" in form.find("button", type="submit").text


def test_empty_list_has_no_compare_form(shop):
    assert shop.get("/courses").html.find(id="compare") is None
    assert shop.get("/").html.find(id="compare") is None


def test_api_description_documents_the_course_parameter(shop):
    found = shop.json("/openapi.json").json["paths"]["/courses/compare"]["get"]["parameters"]
    (parameter,) = [one for one in found if "name" in one]
    schema = parameter["schema"]
    assert (parameter["in"], parameter["name"]) == ("query", "course")
    assert (schema["type"], schema["maxItems"]) == ("array", 4)
    assert schema["items"]["pattern"]


def test_compare_is_a_reserved_slug(shop):
    assert "compare" in shop_of(shop.registry).reserved_slugs
