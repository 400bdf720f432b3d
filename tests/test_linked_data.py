"""JSON-LD with the vocabulary of schema.org, parsed by extruct, as Google requires it."""

from __future__ import annotations

import re

import pytest
from machine_readable import linked_data
from writers import FULL, URL

HOST = "http://localhost"
NASTY = "</script><script>alert(1)</script><!-- & ]]> \"'"


def test_list_page_has_an_item_list_in_the_same_order(demo):
    for url in ("/courses", "/categories/upgrade-yourself"):
        page, shown = demo.get(url), demo.json(url).json["items"]
        items = linked_data(page, "ItemList")["itemListElement"]
        assert [one["position"] for one in items] == list(range(1, len(shown) + 1))
        assert [(one["url"], one["name"]) for one in items] == [
            (one["url"], one["title"]) for one in shown
        ]


def test_list_without_courses_has_no_item_list(shop):
    assert linked_data(shop.get("/courses"), "ItemList") is None


def test_breadcrumbs_match_the_visible_ones(demo):
    for url in ("/courses/backend-with-python", "/categories/upgrade-yourself"):
        page = demo.get(url)
        crumbs = linked_data(page, "BreadcrumbList")["itemListElement"]
        seen = page.html.select("nav.crumbs li")
        # The page itself comes last; its title may stand only below the visible ones.
        shown = [(one.text.strip(), one.a["href"]) for one in seen if one.a]
        title = page.html.h1.text.strip()
        assert [(one["name"], one["item"]) for one in crumbs] == [*shown, (title, f"{HOST}{url}")]
        assert [one["position"] for one in crumbs] == list(range(1, len(crumbs) + 1))


def test_home_page_describes_how_to_search_the_site(demo):
    site = linked_data(demo.get("/"), "WebSite")
    assert (site["url"], site["name"]) == (f"{HOST}/", "courseshop")
    action = site["potentialAction"]
    (variable,) = re.findall(r"\{(\w+)\}", action["target"]["urlTemplate"])
    assert action["query-input"] == f"required name={variable}"
    url = action["target"]["urlTemplate"].removeprefix(HOST).replace(f"{{{variable}}}", "python")
    assert "python" in demo.get(url).html.h1.text


def test_course_has_the_properties_that_google_requires_and_more(shop, teacher):
    facts = {name: value for name, value in FULL.items() if name != "slug"}
    assert teacher.patch(URL, facts).status_int == 200
    course = linked_data(shop.get(URL), "Course")
    assert course["name"] == "Bread for Two"
    assert course["description"] == "One small loaf."
    assert course["inLanguage"] == "pt-BR"
    assert course["provider"] == {
        "@type": "Organization", "name": "courseshop", "url": HOST,
    }  # fmt: skip
    offer = course["offers"]
    assert (offer["price"], offer["priceCurrency"], offer["category"]) == ("12.50", "USD", "Paid")
    assert course["hasCourseInstance"] == {
        "@type": "CourseInstance", "courseMode": "Online", "courseWorkload": "PT1H35M",
    }  # fmt: skip
    assert course["educationalLevel"] == "Beginner"
    assert course["teaches"] == ["Bake a loaf"]
    assert course["coursePrerequisites"] == ["An oven", "A pot"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", course["datePublished"])


def test_unknown_facts_of_a_course_are_left_out(shop):
    shop.add_course("bare")
    course = linked_data(shop.get("/courses/bare"), "Course")
    unknown = {"hasCourseInstance", "educationalLevel", "teaches", "coursePrerequisites"}
    assert not (unknown | {"keywords", "aggregateRating"}) & set(course)


@pytest.mark.parametrize("url", ["/courses/x", "/courses", "/categories/things", "/"])
def test_title_cannot_close_the_script_element(shop, url):
    shop.add_course("x", title=NASTY, summary=NASTY)
    page = shop.get(url)
    assert "<script>alert" not in page.text
    scripts = page.html.find_all("script", src=False)
    assert scripts
    assert {one["type"] for one in scripts} == {"application/ld+json"}
    if url != "/":
        found = linked_data(page, "BreadcrumbList" if url == "/courses/x" else "ItemList")
        assert found["itemListElement"][-1]["name"] == NASTY
