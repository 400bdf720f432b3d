"""What a page costs in queries, and that it does not grow with the rows."""

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
    # One for the course that might be called so.
    ("/courses/compare?course=course-0", "text/html", 3),
    ("/courses", "text/html", 5),
    ("/courses", "application/json", 5),
    ("/courses/course-0/reviews", "application/json", 3),
    ("/categories", "application/json", 4),
    ("/categories/things", "application/json", 7),
    ("/people/ann", "application/json", 5),
    ("/", "text/html", 7),
    ("/livez", "*/*", 0),
    ("/openapi.json", "*/*", 0),
    ("/api", "text/html", 0),
    ("/account/login", "text/html", 0),
    ("/nothing", "text/html", 0),
]


@pytest.mark.slow
@pytest.mark.parametrize(("url", "accept", "expected"), COUNTS)
def test_the_number_of_queries_is_known_and_does_not_grow(shop, url, accept, expected):
    def cost():
        with shop.queries() as sent:
            shop.get(url, Accept=accept)
        return len(sent)

    fill(shop, 0, 1)
    assert cost() == expected
    fill(shop, 1, 12)
    assert cost() == expected


# One for the session and whose it is, one for the courses that they teach and attend.
WHO_ASKS = 2
# A write reads the session or token and whose it is once more, under its lock.
WHO_STILL_MAY = 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "accept", "expected"),
    [("/courses/course-0", "text/html", 8), ("/courses/course-0", "application/json", 5), ("/static/shop.css", "*/*", -2),
     ("/account", "application/json", 7), ("/account/courses", "application/json", 2), ("/account/sessions", "application/json", 3),
     ("/account/tokens", "application/json", 2), ("/account/audit", "text/html", 2),
     ("/account/invitations", "application/json", 2)],
)  # fmt: skip
def test_who_asks_costs_two_queries_however_much_they_have(shop, url, accept, expected):
    shop_of(shop.registry).throttles.reset()
    fill(shop, 0, 1)
    visitor = Visitor(shop)
    visitor.register("alice")

    def cost():
        with shop.queries() as sent:
            assert visitor.get(url, headers={"Accept": accept}).status_int == 200
        return len(sent)

    assert cost() == WHO_ASKS + expected
    fill(shop, 1, 6)
    for number in range(5):
        visitor.post_json("/account/tokens", {"name": f"token {number}"})
        Visitor(shop).log_in("alice")
    assert cost() == WHO_ASKS + expected


def test_to_wish_costs_as_many_queries_however_many_wishes_there_are(shop):
    fill(shop, 0, 6)
    sam = Writer(shop, "sam", "student")

    def cost(number):
        with shop.queries() as sent:
            made = sam.ask("PUT", f"/wishlists/default/course-{number}", {})
        assert made.status_int == 201
        return len(sent)

    # The first use of a token is stored.
    cost(0)
    assert {cost(number) for number in range(1, 6)} == {WHO_ASKS + WHO_STILL_MAY + 9}


def fill(shop, first, last):
    """Add courses with an instructor each, the first of them with a review by each new person."""
    for n in range(first, last):
        course_id = shop.add_course(f"course-{n}", instructors=["ann", f"teacher-{n}"])
        shop.ids = getattr(shop, "ids", {}) if n else {}
        shop.ids[n] = course_id
        shop.add_review(shop.ids[0], shop.add_person(f"student-{n}"), 4, "Good.")
    relate_all(shop.registry)


@pytest.mark.parametrize("role", ["guest", "moderator"])
@pytest.mark.parametrize("url", ["/courses", "the next page", "/categories/things"])
def test_sqlite_walks_an_index_and_sorts_nothing(shop, backend, role, url, monkeypatch):
    if backend != "sqlite":
        pytest.skip("a planner with statistics chooses otherwise on few rows")
    # What few courses have is looked up and sorted.
    monkeypatch.setattr(catalogue, "CAP", 1)
    fill(shop, 0, 3)
    if url == "the next page":
        url = shop.json("/courses?limit=1", Actor(id=1, role=role)).json["links"]["next"]
    plans = plans_of(shop, "ORDER BY course.listed_at", url, Actor(id=1, role=role))
    assert plans
    assert not [step for step in plans if "TEMP B-TREE" in step]


@pytest.mark.parametrize("value", ["language=fr", "level=advanced", "category=music"])
def test_sqlite_looks_up_what_filters_leave_by_a_value_in_one_index(shop, backend, value):
    if backend != "sqlite":
        pytest.skip("a planner with statistics chooses otherwise on few rows")
    fill(shop, 0, 3)
    shop.add_course("rare", language="fr", level="advanced", category="music")
    # First, what has both: then, what else there is to filter by.
    plans = plans_of(shop, "coalesce(course.price", f"/courses?price=free&{value}", Actor())
    name = value.partition("=")[0].replace("category", "category_id")
    index = f"ix_course_lists_{name} ({name}=? AND status=?)"
    assert plans[0] == f"SEARCH course USING COVERING INDEX {index}"


def plans_of(shop, words, url, actor):
    """Return the steps by which SQLite looks for what the statements with these words ask."""
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
