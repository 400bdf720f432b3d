"""The demo shop is consistent, and shows each feature of the shop."""

from __future__ import annotations

import pytest
from helpers import write_ini
from operating import courseshop
from sqlalchemy import and_, select

from courseshop.demo.activity import actor
from courseshop.models import Course, Enrolment, Review, User, course_instructor


@pytest.fixture
def courses(demo):
    items = demo.json("/courses?limit=100").json["items"]
    return [demo.json(f"/courses/{one['slug']}").json for one in items]


def actor_called(demo, username):
    with demo.reading() as request:
        return actor(request.db, username)


def test_a_course_has_at_least_as_many_students_as_ratings(demo, courses):
    for course in courses:
        assert course["enrolled_count"] >= course["rating"]["count"], course["slug"]
    reviews = demo.json("/courses/sourdough-without-the-fuss/reviews").json["items"]
    assert all(one["verified"] for one in reviews)


def test_nobody_acts_before_having_an_account_and_a_course(demo):
    review = select(Review.id).join(User, User.id == Review.author_id)
    enrolment = select(Enrolment.user_id).join(User, User.id == Enrolment.user_id)
    course = select(Course.slug).join(course_instructor).join(User)
    early = {
        "review": review.where(Review.created_at < User.created_at),
        "enrolment": enrolment.where(Enrolment.created_at < User.created_at),
        "course": course.where(Course.published_at < User.created_at),
        "review of a course": select(Review.id)
        .join(Course, Course.id == Review.course_id)
        .where(Review.created_at < Course.published_at),
        "enrolment in a course": select(Enrolment.user_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.created_at < Course.published_at),
        "enrolment and review": select(Review.id)
        .join(
            Enrolment,
            and_(Enrolment.course_id == Review.course_id, Enrolment.user_id == Review.author_id),
        )
        .where(Review.created_at < Enrolment.created_at),
    }
    # The demo instructor joined courses that others had published.
    early["course"] = early["course"].where(User.username != "demo-instructor")
    with demo.reading() as request:
        found = {name: list(request.db.scalars(rows)) for name, rows in early.items()}
    assert not any(found.values()), found


def test_most_courses_have_an_outline_outcomes_and_tags(courses):
    for field in ("outline", "outcomes", "tags"):
        assert sum(bool(course[field]) for course in courses) > len(courses) * 3 / 4, field


def test_lesson_minutes_add_up_to_the_duration_of_the_course(courses):
    for course in courses:
        lessons = [one for section in course["outline"] for one in section["lessons"]]
        minutes = sum(lesson["minutes"] for lesson in lessons)
        assert not lessons or minutes == course["duration_minutes"], course["slug"]


def test_seed_course_is_free_and_new(courses):
    (seed,) = [one for one in courses if one["slug"] == "backend-with-python"]
    assert seed["price"]["amount"] == "0.00"
    assert (seed["rating"]["count"], seed["enrolled_count"]) == (0, 0)
    assert seed["category"]["title"] == "Upgrade Yourself"


def test_demo_accounts_have_content(demo):
    student, instructor = actor_called(demo, "demo-student"), actor_called(demo, "demo-instructor")
    assert len(demo.json("/account/courses", student).json["items"]) >= 3
    assert len(demo.json("/account/teaching", instructor).json["items"]) >= 2
    assert len(demo.json("/wishlists/default", student).json["items"]) >= 3
    assert demo.json("/moderation", actor_called(demo, "demo-moderator")).json["items"]


@pytest.mark.slow
def test_init_prints_progress_and_then_the_accounts_and_the_url(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    first = courseshop("init", ini, "--demo").stdout.splitlines()
    assert any(line.startswith("Loading the demo") for line in first)
    names = [line.split()[0] for line in first[-5:-1]]
    assert names == ["demo-student", "demo-instructor", "demo-moderator", "demo-admin"]
    assert "http://" in first[-1]
    second = courseshop("init", ini, "--demo").stdout
    assert "already exist" in second
    assert f"courseshop user password {ini} demo-student" in second
    assert "http://" in second.splitlines()[-1]
