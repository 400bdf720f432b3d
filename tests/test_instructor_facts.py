"""Instructors on a course page and on their profiles, with the totals of their published courses."""

from __future__ import annotations

import pytest
from test_course import text_of
from writers import REVIEWS, SLUG, URL, Writer, enrolled

from courseshop.services import course, instructor


@pytest.fixture
def duo(shop, teacher):
    """Return a student who has rated two courses: one by Bob and Ann, one by Bob."""
    shop.add_course("two", instructors=["bob"])
    with shop.storing() as db:
        row = course.find_written(db, SLUG)
        instructor.set_all(db, row.id, instructor.ids_of(db, ["bob", "ann"]))
    student = enrolled(shop)
    student.ask("PUT", "/courses/two/enrolment")
    student.post(REVIEWS, {"rating": 5})
    student.post("/courses/two/reviews", {"rating": 4})
    return student


def test_json_has_the_totals_of_each_instructor_in_order(shop, duo):
    page = shop.json(URL).json
    assert page["instructors"] == [
        {"username": name, "name": name.title(), "url": f"http://localhost/people/{name}"}
        for name in ("bob", "ann")
    ]
    bob, ann = page["instructor_facts"]
    assert ann == {
        **page["instructors"][1],
        "courses": 1,
        "students": 1,
        "rating": {"average": 5.0, "count": 1},
    }
    # A student of two courses counts twice.
    assert bob == {
        **page["instructors"][0],
        "courses": 2,
        "students": 2,
        "rating": {"average": 4.5, "count": 2},
    }


def test_page_shows_the_totals_and_links_to_the_profiles(shop, duo):
    page = shop.get(URL).html
    section = page.find(id="teachers").find_parent("section")
    assert section["aria-labelledby"] == "teachers"
    bob, ann = section.find_all("article")
    assert bob.h3.a["href"] == "http://localhost/people/bob"
    assert text_of(bob).endswith("Bob 4.5 (2 ratings) 2 students 2 courses")
    assert text_of(ann).endswith("Ann 5.0 (1 rating) 1 student 1 course")
    assert bob.find("svg", class_="avatar-large")


def test_totals_of_zero_are_not_shown(shop, teacher):
    article = shop.get(URL).html.find(class_="teacher")
    assert text_of(article) == "A Ann 1 course"
    assert shop.json(URL).json["instructor_facts"][0]["rating"] == {"average": None, "count": 0}
    draft = teacher.write(title="Draft")["url"]
    teacher.ask("DELETE", URL)
    page = teacher.browser().get(draft)
    assert text_of(page.html.find(class_="teacher")) == "A Ann"


def test_profile_has_the_same_facts_as_the_course_page(shop, duo):
    facts = shop.json(URL).json["instructor_facts"]
    for one in facts:
        assert shop.json(f"/people/{one['username']}").json["instructor_facts"] == one
    head = shop.get("/people/bob").html.find(class_="person")
    assert text_of(head).endswith("@bob 4.5 (2 ratings) 2 students 2 courses")


@pytest.mark.databases
def test_profile_without_published_courses_has_no_facts(shop, teacher):
    shop.add_person("sam")
    teacher.ask("DELETE", URL)
    for name in ("sam", "ann"):
        assert shop.json(f"/people/{name}").json["instructor_facts"] is None
        assert shop.get(f"/people/{name}").html.find(class_="course-meta") is None


def test_facts_on_a_profile_are_read_only(shop, teacher):
    admin = Writer(shop, "ada", "admin")
    before = admin.get("/people/ann").json
    assert before["instructor_facts"]["courses"] == 1
    assert admin.patch("/people/ann", before).status_int == 200
    assert admin.patch("/people/ann", {"instructor_facts": None}).status_int == 422


def test_course_without_instructors_has_no_section_for_them(shop):
    shop.add_course("alone", instructors=[])
    assert shop.get("/courses/alone").html.find(id="teachers") is None
    assert shop.json("/courses/alone").json["instructor_facts"] == []


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_etag_changes_with_another_course_of_an_instructor(shop, duo, accept):
    def ask(**headers):
        return duo.get(URL, Accept=accept, **headers)

    tag = ask().headers["ETag"]
    assert ask(If_None_Match=tag).status_int == 304
    other = Writer(shop, "tim", "student")
    other.ask("PUT", "/courses/two/enrolment")
    again = ask(If_None_Match=tag)
    assert again.status_int == 200
    assert again.headers["ETag"].partition(".")[0] == tag.partition(".")[0]
    # The page of a review does not show the totals.
    (review,) = shop.json(REVIEWS).json["items"]
    path = review["url"].removeprefix("http://localhost")
    tag = shop.json(path).headers["ETag"]
    other.ask("DELETE", "/courses/two/enrolment")
    assert shop.json(path).headers["ETag"] == tag


def test_instructor_facts_are_read_only(teacher):
    before = teacher.get(URL).json
    assert teacher.patch(URL, before).status_int == 200
    assert teacher.patch(URL, {"instructor_facts": []}).status_int == 422
