"""The services that plugins call, as they import them from `courseshop.plugin`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import listening
import pytest
from sqlalchemy import select
from writers import REVIEWS, SLUG, URL, Writer, enrolled, write_course

from courseshop.models import PriceChange
from courseshop.plugin import (
    CourseEdited,
    Enrolled,
    Left,
    courses,
    enrolments,
    jobs,
    render_markdown,
    touch,
    users,
    writing,
)
from courseshop.resources import Category, Course, Person, Review

pytestmark = pytest.mark.databases
OUTLINE = [
    {"title": "Flour", "lessons": [{"id": 12, "title": "Mixing", "minutes": 20}]},
    {"title": "Fire", "lessons": [{"id": None, "title": "Baking", "minutes": 5}]},
]


@pytest.fixture(scope="module")
def plugged_shop(shop_with):
    return shop_with("listening")


@pytest.fixture
def shop(plugged_shop):
    plugged_shop.clear()
    return plugged_shop


@pytest.fixture
def ann(shop):
    """Return the instructor of a published course at URL."""
    writer = write_course(shop, published=True)
    listening.HEARD.clear()
    return writer


def call(shop, function, *args):
    """Return what the function returns in a transaction of its own."""
    with writing(shop.registry) as request:
        return function(request.db, *args)


def found(shop, name=SLUG):
    with shop.reading() as request:
        return courses.find(request.db, name)


def test_a_course_is_found_by_id_and_slug_whatever_its_status(shop):
    write_course(shop, published=False)
    row = found(shop)
    assert (row.title, row.status) == ("Backend With Python", "draft")
    assert found(shop, row.id) == row
    assert (found(shop, 999), found(shop, "nothing")) == (None, None)


def test_a_user_is_found_by_id_and_username(shop, ann):
    with shop.reading() as request:
        row = users.find(request.db, "ann")
        assert row.id == ann.id
        assert users.find(request.db, ann.id) == row
        assert (users.find(request.db, 999), users.find(request.db, "x")) == (None, None)


def test_a_grant_enrols_another_user_in_a_paid_course_once(shop, ann):
    ann.patch(URL, {"price": {"amount": "20.00"}})
    sam, course_id = Writer(shop, "sam", "student"), found(shop).id
    assert sam.ask("PUT", f"{URL}/enrolment", {}).status_int == 409
    before = shop.json(URL)
    listening.HEARD.clear()
    granted = [call(shop, enrolments.grant, course_id, sam.id, "order") for _ in range(2)]
    assert granted == [True, False]
    assert [Enrolled(course_id, sam.id, "order")] == listening.HEARD
    after = shop.json(URL)
    assert after.json["enrolled_count"] == 1
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.json["version"] == before.json["version"]
    assert after.json["instructor_facts"][0]["students"] == 1
    assert sam.get(f"{URL}/enrolment").json["enrolled"] is True


def test_a_grant_works_for_a_course_that_is_not_published(shop):
    write_course(shop, published=False)
    sam = Writer(shop, "sam", "student")
    assert call(shop, enrolments.grant, found(shop).id, sam.id, "order")


def test_an_enrolment_is_revoked_once(shop, ann):
    sam, course_id = enrolled(shop), found(shop).id
    listening.HEARD.clear()
    revoked = [call(shop, enrolments.revoke, course_id, sam.id, "refund") for _ in range(2)]
    assert revoked == [True, False]
    assert [Left(course_id, sam.id, "refund")] == listening.HEARD
    assert shop.json(URL).json["enrolled_count"] == 0
    assert sam.get(f"{URL}/enrolment").json["enrolled"] is False


def test_six_concurrent_grants_enrol_once(shop, ann):
    sam, course_id = Writer(shop, "sam", "student"), found(shop).id

    def grant(_number):
        return jobs_transaction(shop, lambda db: enrolments.grant(db, course_id, sam.id, "order"))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(grant, range(6))) == [False] * 5 + [True]
    assert shop.json(URL).json["enrolled_count"] == 1


def jobs_transaction(shop, do):
    """Return the result of `do(db)` in the transaction of a job."""
    return jobs.RunningJob(shop.registry, JOB, jobs.Connections()).in_transaction(do)


class JOB:
    id, created_at, payload = 1, None, {}


@pytest.mark.parametrize("missing", ["course", "user"])
def test_a_grant_names_what_does_not_exist(shop, ann, missing):
    course_id = 999 if missing == "course" else found(shop).id
    with pytest.raises(LookupError, match=f"no {missing} 999"):
        call(shop, enrolments.grant, course_id, 999, "order")


def test_writing_an_outline_is_an_edit_once(shop, ann):
    before, course_id = ann.get(URL).json, found(shop).id
    written = [call(shop, courses.write_outline, course_id, OUTLINE) for _ in range(2)]
    assert written == [True, False]
    after = ann.get(URL).json
    assert after["outline"] == OUTLINE
    assert after["version"] == before["version"] + 1
    assert after["updated_at"] > before["updated_at"]
    assert [CourseEdited(course_id, ("outline",))] == listening.HEARD


def test_an_outline_is_written_in_the_transaction_of_a_job(shop, ann):
    course_id = found(shop).id
    assert jobs_transaction(shop, lambda db: courses.write_outline(db, course_id, OUTLINE))
    assert ann.get(URL).json["outline"] == OUTLINE


def test_two_plugins_that_write_at_once_both_succeed(shop, ann):
    course_id = found(shop).id

    def price(number):
        amount = Decimal(number)
        return jobs_transaction(shop, lambda db: courses.set_price(db, course_id, amount))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(price, range(1, 5))) == [True] * 4
    assert found(shop).version == 6


def test_writing_an_outline_skips_the_checks_of_plugins(shop, ann):
    exam = [{"title": "End", "lessons": [{"id": None, "title": "Exam", "minutes": 1}]}]
    assert ann.patch(URL, {"outline": exam}).status_int == 409
    assert call(shop, courses.write_outline, found(shop).id, exam)


@pytest.mark.parametrize(
    "outline",
    [
        [{"title": "", "lessons": []}],
        [{"title": "A", "lessons": [{"id": 0, "title": "x", "minutes": 1}]}],
        [{"title": "A", "lessons": [{"id": None, "title": "x", "minutes": -1}]}],
        [{"title": "A", "lessons": [], "more": 1}],
    ],
)
def test_an_invalid_outline_is_no_outline(shop, ann, outline):
    with pytest.raises(ValueError, match="validation error"):
        call(shop, courses.write_outline, found(shop).id, outline)
    with pytest.raises(LookupError, match="no course 999"):
        call(shop, courses.write_outline, 999, OUTLINE)


def test_ids_of_lessons_survive_edits_of_clients_that_do_not_know_them(shop, ann):
    call(shop, courses.write_outline, found(shop).id, OUTLINE)
    version = ann.get(URL).json["version"]
    body = ann.get(URL).json
    plain = [
        {"title": one["title"], "lessons": [{"title": lesson["title"], "minutes": lesson["minutes"]}
                                            for lesson in one["lessons"]]}
        for one in OUTLINE
    ]  # fmt: skip
    for sent in (body, {"outline": OUTLINE}, {"outline": plain}):
        assert ann.patch(URL, sent).json["version"] == version
    browser = ann.browser()
    browser.submit(browser.get(f"{URL}/edit"), "Save")
    assert ann.get(URL).json == body


def test_a_moved_or_edited_lesson_keeps_its_id_if_it_is_sent(shop, ann):
    call(shop, courses.write_outline, found(shop).id, OUTLINE)
    moved = [{"title": "Fire", "lessons": [{"id": 12, "title": "Kneading", "minutes": 20}]}]
    assert ann.patch(URL, {"outline": moved}).json["outline"] == moved


def test_lessons_of_equal_titles_keep_their_ids_in_order(shop, ann):
    twice = [{"title": "A", "lessons": [{"id": n, "title": "x", "minutes": n} for n in (7, 8)]}]
    call(shop, courses.write_outline, found(shop).id, twice)
    sent = [{"title": "A", "lessons": [{"title": "x", "minutes": n} for n in (1, 2, 3)]}]
    answer = ann.patch(URL, {"outline": sent})
    assert [one["id"] for one in answer.json["outline"][0]["lessons"]] == [7, 8, None]


def test_a_price_is_an_edit_that_is_recorded_once(shop, ann):
    before, course_id = shop.json(URL), found(shop).id
    changed = [call(shop, courses.set_price, course_id, Decimal("11.50")) for _ in range(2)]
    assert changed == [True, False]
    after = shop.json(URL)
    assert after.json["price"]["amount"] == "11.50"
    assert after.json["version"] == before.json["version"] + 1
    assert after.headers["ETag"] != before.headers["ETag"]
    assert [CourseEdited(course_id, ("price",))] == listening.HEARD
    with shop.reading() as request:
        prices = request.db.execute(select(PriceChange.old, PriceChange.new)).all()
    assert prices == [(Decimal(0), Decimal("11.50"))]
    assert [one["slug"] for one in shop.json("/courses?price=paid").json["items"]] == [SLUG]


@pytest.mark.parametrize("price", ["-1", "1.005", "100000000"])
def test_an_invalid_price_is_no_price(shop, ann, price):
    with pytest.raises(ValueError, match="validation error"):
        call(shop, courses.set_price, found(shop).id, Decimal(price))


@pytest.mark.parametrize("kind", ["Course", "Review", "Person"])
def test_touching_a_row_changes_its_page(shop, ann, kind):
    sam = enrolled(shop)
    review = sam.post(REVIEWS, {"rating": 5}).json
    noun, one, url = {
        "Course": (Course, found(shop).id, URL),
        "Review": (Review, review["id"], f"{REVIEWS}/{review['id']}"),
        # The ETag of a person's own page is a hash of its body.
        "Person": (Person, ann.id, URL),
    }[kind]
    before = [shop.json(page).headers["ETag"] for page in (url, URL)]
    call(shop, touch, noun, [one, one])
    after = [shop.json(page) for page in (url, URL)]
    assert all(page.headers["ETag"] != old for page, old in zip(after, before, strict=True))
    assert after[1].json["version"] == found(shop).version
    call(shop, touch, noun, [])


def test_only_rows_with_stamps_can_be_touched(shop):
    with pytest.raises(ValueError, match="touch takes Course, Review, Person, not Category"):
        call(shop, touch, Category, [1])


@pytest.mark.one_database
def test_markdown_is_rendered_as_the_shop_renders_it():
    assert render_markdown("# *Hi* <b>") == "<h3><em>Hi</em> &lt;b&gt;</h3>\n"
