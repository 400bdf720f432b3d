"""Public profiles of users who teach no courses: their public reviews, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from writers import REVIEWS, Writer, enrolled

from courseshop.schemas.review import ReviewDraft
from courseshop.services import review

SAM = "/people/sam"
pytestmark = pytest.mark.databases


def reviews_on(page):
    return [one["review"]["text"]["markdown"] for one in page.json["reviews"]]


def test_profile_shows_the_last_five_reviews_with_their_courses(shop):
    sam = shop.add_person("sam")
    for n in range(6):
        shop.add_review(shop.add_course(f"course-{n}"), sam, 4, f"Text {n}")
    page = shop.json(SAM)
    assert reviews_on(page) == [f"Text {n}" for n in (5, 4, 3, 2, 1)]
    first = page.json["reviews"][0]
    assert first["course"] == {"title": "Course 5", "url": "http://localhost/courses/course-5"}
    path = first["review"]["url"].removeprefix("http://localhost")
    assert shop.json(path).json == first["review"]
    section = shop.get(SAM).html.find(id="reviews").find_parent("section")
    assert section.h2.text == "Latest reviews by Sam"
    (shown, *others) = section.find_all("article")
    assert len(others) == 4
    assert shown.h3.a["href"] == first["course"]["url"]
    assert shown.find("svg", class_="stars")["aria-label"] == "4 out of 5 stars"
    assert "Text 5" in shown.text


def test_reviews_on_a_profile_are_sorted_by_their_dates(shop):
    sam = shop.add_person("sam")
    courses = {n: shop.add_course(f"course-{n}") for n in (2, 3, 1)}
    with shop.storing() as db:
        for n, course_id in courses.items():
            draft = ReviewDraft(rating=4, text=f"Day {n}")
            review.add(db, course_id, sam.id, draft, datetime(2026, 1, n, tzinfo=UTC))
    assert reviews_on(shop.json(SAM)) == ["Day 3", "Day 2", "Day 1"]


@pytest.mark.parametrize("hidden", ["pending", "hidden", "deleted", "archived"])
def test_profile_shows_no_review_that_guests_cannot_read(shop, teacher, hidden):
    sam = enrolled(shop, "sam")
    sam.post(REVIEWS, {"rating": 2, "text": "Secret"})
    assert reviews_on(shop.json(SAM)) == ["Secret"]
    if hidden == "archived":
        teacher.patch("/courses/backend-with-python", {"status": "archived"})
    elif hidden == "deleted":
        (one,) = shop.json(REVIEWS).json["items"]
        sam.ask("DELETE", one["url"].removeprefix("http://localhost"))
    else:
        with shop.storing() as db:
            (row,) = review.public_of(db, sam.id, 1)
            review.change(db, row, "hidden", status=hidden)
    moderator = Writer(shop, "mo", "moderator")
    for page in (shop.json(SAM), sam.get(SAM), moderator.get(SAM)):
        assert page.json["reviews"] == []
    assert "Secret" not in sam.browser().get(SAM).text


def test_profile_of_an_instructor_shows_courses_instead(shop, teacher):
    other = shop.add_course("other", instructors=["bob"])
    shop.add_review(other, teacher, 5, "By a colleague")
    assert shop.json("/people/ann").json["reviews"] == []
    assert "By a colleague" not in shop.get("/people/ann").text


@pytest.mark.one_database
def test_empty_profile_leads_to_courses_and_categories(shop):
    shop.add_person("sam")
    main = shop.get(SAM).html.main
    assert "Sam has no public courses or reviews yet." in main.text
    links = [link["href"] for link in main.find(class_="empty").find_all("a")]
    assert links == ["http://localhost/courses", "http://localhost/categories"]


@pytest.mark.one_database
def test_profile_keeps_the_role_and_the_date_of_registration_private(shop):
    shop.add_review(shop.add_course("one"), shop.add_person("sam", "moderator"), 4)
    page = shop.json(SAM)
    assert set(page.json) == {
        *("username", "name", "url", "instructor_facts", "courses", "reviews"),
        *("wishlists", "links"),
    }
    assert "moderator" not in page.text
    assert "Member since" not in shop.get(SAM).text


@pytest.mark.one_database
def test_profile_with_reviews_is_not_indexed(shop):
    shop.add_review(shop.add_course("one"), shop.add_person("sam"), 4)
    assert shop.get(SAM).html.find("meta", attrs={"name": "robots"})["content"] == "noindex"


@pytest.mark.one_database
def test_reviews_on_a_profile_are_read_only(shop):
    shop.add_review(shop.add_course("one"), shop.add_person("sam"), 4)
    admin = Writer(shop, "ada", "admin")
    before = admin.get(SAM).json
    assert admin.patch(SAM, before).status_int == 200
    assert admin.patch(SAM, {"reviews": []}).status_int == 422


@pytest.mark.one_database
def test_number_of_queries_does_not_grow_with_the_reviews(shop):
    sam = shop.add_person("sam")

    def cost():
        with shop.queries() as sent:
            shop.json(SAM)
        return len(sent)

    shop.add_review(shop.add_course("course-0"), sam, 4)
    first = cost()
    for n in range(1, 5):
        shop.add_review(shop.add_course(f"course-{n}"), sam, 4)
    assert cost() == first == 5
