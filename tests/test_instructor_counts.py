"""The stored totals of instructors equal the sums over their published courses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import factories
import pytest
from alembic import command
from sqlalchemy import delete, select, update
from writers import REVIEWS, SLUG, URL, Writer, enrolled

from courseshop.database import migrations
from courseshop.domain.actor import OPERATOR
from courseshop.models import Course, InstructorCount, User
from courseshop.services import course, doctor, instructor, instructor_count, status, user

pytestmark = pytest.mark.databases


def totals(shop, username):
    """Return the number of courses, students and ratings, and the sum of the stars."""
    counters = (getattr(InstructorCount, name) for name in instructor_count.COUNTERS)
    rows = select(*counters).join(User).where(User.username == username)
    with shop.reading() as request:
        assert doctor.faults(request.db) == []
        row = request.db.execute(rows).one_or_none()
    return tuple(row) if row else None


def change_status(shop, slug, new):
    with shop.storing() as db:
        row = course.find_written(db, slug)
        status.move(db, status.Rules(OPERATOR, "moderators"), row, new)


def set_instructors(shop, slug, *usernames):
    with shop.storing() as db:
        row = course.find_written(db, slug)
        instructor.set_all(db, row.id, instructor.ids_of(db, list(usernames)))


def test_enrolments_and_reviews_are_counted(shop, teacher):
    assert totals(shop, "ann") == (1, 0, 0, 0)
    sam, tom = enrolled(shop), enrolled(shop, "tom")
    assert totals(shop, "ann") == (1, 2, 0, 0)
    review = sam.post(REVIEWS, {"rating": 5}).json["url"]
    tom.post(REVIEWS, {"rating": 2})
    assert totals(shop, "ann") == (1, 2, 2, 7)
    sam.patch(review, {"rating": 4})
    assert totals(shop, "ann") == (1, 2, 2, 6)
    sam.ask("DELETE", review)
    tom.ask("DELETE", f"{URL}/enrolment")
    assert totals(shop, "ann") == (1, 1, 1, 2)


def test_only_published_courses_are_counted(shop, teacher):
    enrolled(shop).post(REVIEWS, {"rating": 4})
    shop.add_course("draft", published=None)
    assert totals(shop, "ann") == (1, 1, 1, 4)
    change_status(shop, SLUG, "archived")
    assert totals(shop, "ann") == (0, 0, 0, 0)
    sue = Writer(shop, "sue", "student")
    shop.add_review(id_of(shop, SLUG), shop.add_person("tim"), 1)
    assert totals(shop, "ann") == (0, 0, 0, 0)
    change_status(shop, SLUG, "published")
    assert totals(shop, "ann") == (1, 1, 2, 5)
    sue.ask("PUT", f"{URL}/enrolment")
    assert totals(shop, "ann") == (1, 2, 2, 5)


def id_of(shop, slug):
    with shop.reading() as request:
        return request.db.scalar(select(Course.id).where(Course.slug == slug))


def test_totals_change_when_instructors_join_and_leave(shop, teacher):
    enrolled(shop).post(REVIEWS, {"rating": 4})
    shop.add_course("two", instructors=["bob"])
    set_instructors(shop, SLUG, "ann", "bob")
    assert (totals(shop, "ann"), totals(shop, "bob")) == ((1, 1, 1, 4), (2, 1, 1, 4))
    assert teacher.ask("DELETE", f"{URL}/instructors/ann").status_int == 204
    assert (totals(shop, "ann"), totals(shop, "bob")) == ((0, 0, 0, 0), (2, 1, 1, 4))
    with shop.storing() as db:
        instructor.join(db, id_of(shop, "two"), user.find(db, "ann").id)
    assert totals(shop, "ann") == (1, 0, 0, 0)
    set_instructors(shop, "two", "bob", "ann")
    assert (totals(shop, "ann"), totals(shop, "bob")) == ((1, 0, 0, 0), (2, 1, 1, 4))


def test_concurrent_writes_are_all_counted(shop, teacher):
    set_instructors(shop, SLUG, "ann")
    urls = [URL]
    for n in range(3):
        shop.add_course(f"course-{n}", instructors=["bob", "ann"])
        urls.append(f"/courses/course-{n}")
    # The previous release creates no rows, so the first writes must.
    with shop.storing() as db:
        db.execute(delete(InstructorCount))
    students = [Writer(shop, f"student-{n}", "student") for n in range(6)]

    def attend(number):
        student, url = students[number % 6], urls[number % 4]
        answers = [student.ask("PUT", f"{url}/enrolment")]
        answers.append(student.post(f"{url}/reviews", {"rating": 1 + number % 5}))
        return {one.status_int for one in answers}

    with ThreadPoolExecutor(6) as pool:
        statuses = set().union(*pool.map(attend, range(12)))
    assert statuses == {201}
    assert totals(shop, "ann")[:3] == (4, 12, 12)
    assert totals(shop, "bob")[0] == 3


def test_doctor_mends_totals_and_the_counters_they_add_up(shop, teacher):
    enrolled(shop).post(REVIEWS, {"rating": 4})
    with shop.storing() as db:
        db.execute(update(InstructorCount).values(courses=9, students=9))
        db.execute(update(Course).values(enrolled_count=7))
        factories.add_account(db, "idle")
        db.execute(InstructorCount.__table__.insert().values(user_id=user.find(db, "idle").id))
        db.execute(update(InstructorCount).values(rating_count=3))
    with shop.storing() as db:
        faults = doctor.faults(db)
        assert [one.where for one in faults] == [URL, "/people/ann", "/people/idle"]
        for one in faults:
            one.mend(db)
    assert totals(shop, "ann") == (1, 1, 1, 4)
    assert totals(shop, "idle") == (0, 0, 0, 0)


@pytest.mark.slow
def test_migration_counts_existing_courses(shop, teacher):
    enrolled(shop).post(REVIEWS, {"rating": 4})
    shop.add_course("draft", published=None, instructors=["dora"])
    core, *_rest = migrations.environments(shop.registry)
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0023")
        command.upgrade(core.config(connection), "head")
    assert (totals(shop, "ann"), totals(shop, "dora")) == ((1, 1, 1, 4), (0, 0, 0, 0))
