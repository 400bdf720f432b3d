"""How many queries a page needs; the number does not grow with the rows."""

from __future__ import annotations

import pytest
from browsing import Visitor
from sqlalchemy import event
from writers import Writer

from courseshop.domain.actor import Actor
from courseshop.domain.shop import shop_of
from courseshop.scripts.relate import relate_all
from courseshop.services import catalogue

COUNTS = [
    ("/courses/course-0", "text/html", 5),
    ("/courses/course-0", "application/json", 4),
    ("/courses/compare?course=course-0", "text/html", 2),
    ("/courses", "text/html", 5),
    ("/courses", "application/json", 5),
    ("/courses/course-0/reviews", "application/json", 3),
    ("/categories", "application/json", 4),
    ("/categories/things", "application/json", 7),
    ("/people/ann", "application/json", 5),
    ("/", "text/html", 6),
    ("/livez", "*/*", 0),
    ("/openapi.json", "*/*", 0),
    ("/api", "text/html", 0),
    ("/account/login", "text/html", 0),
    ("/nothing", "text/html", 0),
]


@pytest.mark.slow
@pytest.mark.parametrize(("url", "accept", "expected"), COUNTS)
def test_page_needs_fixed_number_of_queries(shop, url, accept, expected):
    def cost():
        with shop.queries() as sent:
            shop.get(url, Accept=accept)
        return len(sent)

    fill(shop, 0, 1)
    assert cost() == expected
    fill(shop, 1, 12)
    assert cost() == expected


# One query for the session and its user, one for the courses that they teach and attend.
AUTHENTICATION = 2
# A write reads the session or token and its user again, under the write lock.
REAUTHORIZATION = 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "accept", "expected"),
    [("/courses/course-0", "text/html", 8), ("/courses/course-0", "application/json", 5), ("/static/shop.css", "*/*", -2),
     ("/account", "application/json", 7), ("/account/courses", "application/json", 2), ("/account/sessions", "application/json", 3),
     ("/account/tokens", "application/json", 2), ("/account/audit", "text/html", 2),
     ("/account/invitations", "application/json", 2)],
)  # fmt: skip
def test_logged_in_user_costs_two_more_queries(shop, url, accept, expected):
    shop_of(shop.registry).throttles.reset()
    fill(shop, 0, 1)
    visitor = Visitor(shop)
    visitor.register("alice")

    def cost():
        with shop.queries() as sent:
            assert visitor.get(url, headers={"Accept": accept}).status_int == 200
        return len(sent)

    assert cost() == AUTHENTICATION + expected
    fill(shop, 1, 6)
    for number in range(5):
        visitor.post_json("/account/tokens", {"name": f"token {number}"})
        Visitor(shop).log_in("alice")
    assert cost() == AUTHENTICATION + expected


def test_adding_wish_needs_fixed_number_of_queries(shop):
    fill(shop, 0, 6)
    sam = Writer(shop, "sam", "student")

    def cost(number):
        with shop.queries() as sent:
            made = sam.ask("PUT", f"/wishlists/default/course-{number}", {})
        assert made.status_int == 201
        return len(sent)

    # The first use of a token is recorded.
    cost(0)
    assert {cost(number) for number in range(1, 6)} == {AUTHENTICATION + REAUTHORIZATION + 9}


def test_home_page_of_a_member_needs_fixed_number_of_queries(shop):
    fill(shop, 0, 3)
    sam = Writer(shop, "sam", "student")
    browser = sam.browser()

    def cost():
        with shop.queries() as sent:
            page = browser.get("/").html
        assert page.find(id="your-courses")
        assert page.find(id="your-wishes")
        assert page.find(id="new-for-you")
        return len(sent)

    sam.ask("PUT", "/courses/course-0/enrolment")
    sam.ask("PUT", "/wishlists/default/course-1")
    assert cost() == AUTHENTICATION + 12
    fill(shop, 3, 12)
    for n in range(3, 6):
        sam.ask("PUT", f"/courses/course-{n}/enrolment")
        sam.ask("PUT", f"/wishlists/default/course-{n + 3}")
    assert cost() == AUTHENTICATION + 12


def fill(shop, first, last):
    """Add courses with instructors, and a review of the first course for each of them."""
    for n in range(first, last):
        course_id = shop.add_course(f"course-{n}", instructors=["ann", f"teacher-{n}"])
        shop.ids = getattr(shop, "ids", {}) if n else {}
        shop.ids[n] = course_id
        shop.add_review(shop.ids[0], shop.add_person(f"student-{n}"), 4, "Good.")
    relate_all(shop.registry)


@pytest.mark.parametrize("role", ["guest", "moderator"])
@pytest.mark.parametrize("url", ["/courses", "the next page", "/categories/things"])
def test_sqlite_lists_courses_by_index_without_sorting(shop, backend, role, url, monkeypatch):
    if backend != "sqlite":
        pytest.skip("a planner with statistics chooses another plan for few rows")
    # With the usual cap, so few courses are looked up and sorted.
    monkeypatch.setattr(catalogue, "CAP", 1)
    fill(shop, 0, 3)
    if url == "the next page":
        url = shop.json("/courses?limit=1", Actor(id=1, role=role)).json["links"]["next"]
    plans = plans_of(shop, "ORDER BY course.listed_at", url, Actor(id=1, role=role))
    assert plans
    assert not [step for step in plans if "TEMP B-TREE" in step]


@pytest.mark.parametrize("value", ["language=fr", "level=advanced", "category=music"])
def test_sqlite_filters_by_value_with_one_covering_index(shop, backend, value):
    if backend != "sqlite":
        pytest.skip("a planner with statistics chooses another plan for few rows")
    fill(shop, 0, 3)
    shop.add_course("rare", language="fr", level="advanced", category="music")
    # The first statement has both filters; the others are for the facets.
    plans = plans_of(shop, "coalesce(course.price", f"/courses?price=free&{value}", Actor())
    name = value.partition("=")[0].replace("category", "category_id")
    index = f"ix_course_lists_{name} ({name}=? AND status=?)"
    assert plans[0] == f"SEARCH course USING COVERING INDEX {index}"


def plans_of(shop, words, url, actor):
    """Return the steps of SQLite's plans for the statements that contain `words`."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if words in statement:
            asked.append((statement, parameters))

    event.listen(shop.engine, "before_cursor_execute", note)
    assert shop.json(url, actor).status_int == 200
    event.remove(shop.engine, "before_cursor_execute", note)
    with shop.engine.connect() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for statement, parameters in asked
        ]
    return [step for plan in plans for *_numbers, step in plan]
