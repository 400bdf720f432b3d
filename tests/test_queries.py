"""What a page costs in queries, and that it does not grow with the rows."""

from __future__ import annotations

import pytest

COUNTS = [
    ("/courses/course-0", "text/html", 4),
    ("/courses/course-0", "application/json", 2),
    ("/courses", "text/html", 3),
    ("/courses", "application/json", 3),
    ("/courses/course-0/reviews", "application/json", 3),
    ("/categories", "application/json", 2),
    ("/categories/things", "application/json", 4),
    ("/people/ann", "application/json", 4),
    ("/", "text/html", 5),
    ("/livez", "*/*", 0),
    ("/openapi.json", "*/*", 0),
    ("/account/login", "text/html", 0),
    ("/nothing", "text/html", 0),
]


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


def fill(shop, first, last):
    """Add courses with an instructor each, the first of them with a review by each new person."""
    for n in range(first, last):
        course_id = shop.add_course(f"course-{n}", instructors=["ann", f"teacher-{n}"])
        shop.ids = getattr(shop, "ids", {}) if n else {}
        shop.ids[n] = course_id
        shop.add_review(shop.ids[0], shop.add_person(f"student-{n}"), 4, "Good.")
