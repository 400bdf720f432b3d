"""Compare courses: up to four, in both forms, without a script."""

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


@pytest.mark.databases
def test_courses_stand_side_by_side_in_the_order_that_is_asked_for(shop):
    for slug in ("one", "two", "three"):
        shop.add_course(slug)
    answer = shop.json(ask("three", "one"))
    assert [one["slug"] for one in answer.json["items"]] == ["three", "one"]
    table = shop.get(ask("three", "one")).html.table
    heads = table.thead.find_all("th", scope="col")
    assert [head.a.text for head in heads[1:]] == ["Three", "One"]
    assert [row.th["scope"] for row in table.tbody.find_all("tr")] == ["row"] * 12


def test_each_row_says_what_the_courses_are(shop):
    course = shop.add_course("one", **FACTS)
    shop.add_course("two")
    shop.add_review(course, shop.add_person("sam"), 4)
    table = shop.get(ask("one", "two")).html.table
    rows = {row.th.text: row.td.get_text(" ", strip=True) for row in table.tbody.find_all("tr")}
    update = rows.pop("Last update")
    assert update
    assert rows == {
        "Remove": "Remove",
        "Price": "$12.50",
        "Rating": "4.0 (1 rating)",
        "Level": "Beginner",
        "Duration": "1 h 35 min",
        "Language": "German",
        "Students": "0",
        "Instructors": "Ann",
        "Category": "Things",
        "What you will learn": "Bake a loaf",
        "Requirements": "An oven A pot",
    }
    (item, _other) = shop.json(ask("one", "two")).json["items"]
    assert (item["outcomes"], item["requirements"]) == (FACTS["outcomes"], FACTS["requirements"])


def test_a_column_leads_to_the_page_without_it(shop):
    for slug in ("one", "two", "three"):
        shop.add_course(slug)
    (one, *_others) = shop.json(ask("one", "two", "three")).json["items"]
    assert one["links"]["remove"] == f"http://localhost{ask('two', 'three')}"
    page = shop.get(ask("one", "two", "three"))
    assert page.html.find("a", attrs={"aria-label": "Remove One"})["href"] == one["links"]["remove"]
    (alone,) = shop.json(ask("one")).json["items"]
    assert alone["links"]["remove"] == f"http://localhost{COMPARE}"


@pytest.mark.parametrize("slugs", [(), ("one",), ("one", "one")])
def test_one_course_or_none_is_a_page_that_helps(shop, slugs):
    shop.add_course("one")
    page = shop.get(ask(*slugs) if slugs else COMPARE)
    assert page.status_int == 200
    assert "then press “Compare” below the list" in page
    assert page.html.table is None
    assert len(shop.json(ask(*slugs) if slugs else COMPARE).json["items"]) == len(set(slugs))


def test_a_title_is_text_on_the_page_of_one_course_too(shop):
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
        (ask("one", ""), "is required"),
    ],
)
def test_what_cannot_be_compared_is_400_and_names_the_parameter(shop, query, word):
    shop.add_course("one")
    shop.add_course("draft", None)
    answer = shop.json(query)
    assert answer.status_int == 400
    assert {fault["field"] for fault in answer.json["errors"]} == {"course"}
    assert word in answer.json["detail"]
    assert shop.get(query).status_int == 200


def test_of_more_than_four_courses_a_browser_compares_the_first_and_says_so(shop):
    slugs = ("one", "two", "three", "four", "five", "six")
    for slug in slugs:
        shop.add_course(slug)
    page = shop.get(ask(*slugs))
    assert page.status_int == 200
    heads = page.html.table.thead.find_all("th", scope="col")[1:]
    assert [head.a.text for head in heads] == ["One", "Two", "Three", "Four"]
    assert page.html.find(id="notice").text.strip() == "Only the first 4 are shown."
    assert shop.json(ask(*slugs)).status_int == 400


def test_a_course_that_is_gone_does_not_hide_the_others(shop):
    shop.add_course("one")
    shop.add_course("two")
    page = shop.get(ask("one", "gone", "No%20Slug", "two", ""))
    heads = page.html.table.thead.find_all("th", scope="col")[1:]
    assert [head.a.text for head in heads] == ["One", "Two"]
    assert "We ignored a part of this link" in page.html.find(id="notice").text


def test_another_parameter_is_400_too(shop):
    answer = shop.json(f"{COMPARE}?course=a&color=red")
    assert answer.status_int == 400
    assert "color" in {fault["field"] for fault in answer.json["errors"]}


@pytest.mark.databases
def test_whoever_sees_a_draft_compares_it(shop):
    draft = shop.add_course("draft", None)
    shop.add_course("one")
    teacher = Actor(id=1, role="instructor", teaches=frozenset({draft}))
    assert len(shop.json(ask("one", "draft"), teacher).json["items"]) == 2


@pytest.mark.parametrize("url", ["/", "/courses", "/categories/things", "/people/ann"])
def test_the_cards_of_a_list_are_compared_by_one_form(shop, url):
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
    assert "Compare" in form.button.text


def test_where_there_are_no_courses_nothing_is_compared(shop):
    assert shop.get("/courses").html.find(id="compare") is None
    assert shop.get("/").html.find(id="compare") is None


def test_the_description_tells_programs_of_it(shop):
    found = shop.json("/openapi.json").json["paths"]["/courses/compare"]["get"]["parameters"]
    (parameter,) = [one for one in found if "name" in one]
    schema = parameter["schema"]
    assert (parameter["in"], parameter["name"]) == ("query", "course")
    assert (schema["type"], schema["maxItems"]) == ("array", 4)
    assert schema["items"]["pattern"]


def test_no_course_is_called_so(shop):
    assert "compare" in shop_of(shop.registry).reserved_slugs
