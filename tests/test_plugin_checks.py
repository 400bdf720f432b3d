"""Checks of a plugin: they may refuse new values of a course, in forms, JSON and files."""

from __future__ import annotations

import listening
import pytest
from browsing import text_at
from helpers import JSON
from import_files import load, markdown
from sqlalchemy import select
from writers import URL, WORDS, Writer, write_course

from courseshop.models import Course

pytestmark = pytest.mark.databases
EXAM = [{"title": "End", "lessons": [{"id": None, "title": "Exam", "minutes": 60}]}]
OUTLINE_FAULT = {"field": "outline", "code": "exam", "message": "Exams are in another course."}
PRICE_FAULT = {"field": "price", "code": "odd", "message": "Prices end in 0 or 5, not in 1."}


@pytest.fixture(scope="module")
def checking_shop(shop_with):
    return shop_with("listening")


@pytest.fixture
def shop(checking_shop):
    checking_shop.clear()
    return checking_shop


@pytest.fixture
def ann(shop):
    """Return the instructor of a draft course."""
    writer = write_course(shop, published=False)
    listening.CHECKED.clear()
    return writer


def faults_of(answer):
    return sorted(answer.json["errors"], key=lambda fault: fault["field"])


def test_a_check_refuses_an_edit_in_json(ann):
    answer = ann.patch(URL, {"outline": EXAM, "title": "New"})
    assert (answer.status_int, faults_of(answer)) == (409, [OUTLINE_FAULT])
    assert ann.get(URL).json["title"] == WORDS["title"]


def test_refusals_of_several_checks_come_together_as_422_if_one_is_of_the_input(ann):
    answer = ann.patch(URL, {"outline": EXAM, "price": {"amount": "11.00"}})
    assert (answer.status_int, faults_of(answer)) == (422, [OUTLINE_FAULT, PRICE_FAULT])


def test_checks_come_together_with_the_schema_and_the_rules_of_the_shop(ann):
    sent = {"outline": EXAM, "category": "nowhere", "level": "wizard"}
    answer = ann.patch(URL, sent)
    assert answer.status_int == 422
    assert [fault["field"] for fault in faults_of(answer)] == ["category", "level", "outline"]


def test_a_form_shows_the_message_at_its_field_with_all_others(ann):
    browser = ann.browser()
    wrong = {"title": "", "price": "11.00", "outline": "# End\nExam | 60"}
    page = browser.submit(browser.get(f"{URL}/edit"), "Save", **wrong)
    assert page.status_int == 422
    assert "Prices end in 0 or 5, not in 1." in text_at(page, "price")
    assert "Exams are in another course." in text_at(page, "outline")
    assert "This field is required." in text_at(page, "title")
    assert page.html.find("textarea", attrs={"name": "outline"}).text.strip().endswith("Exam | 60")


def test_a_check_refuses_a_new_course(shop, ann):
    answer = ann.post("/courses", {**WORDS, "title": "Other", "outline": EXAM})
    assert (answer.status_int, faults_of(answer)) == (409, [OUTLINE_FAULT])
    with shop.reading() as request:
        assert len(request.db.scalars(select(Course.id)).all()) == 1


def test_a_check_is_called_with_the_fields_that_change_and_with_no_others(ann):
    ann.patch(URL, {"title": "New"})
    assert listening.CHECKED == []
    ok = [{"title": "End", "lessons": []}]
    ann.patch(URL, {"outline": ok, "title": "New", "level": "beginner"})
    course_id = listening.CHECKED[0][0]
    # Before the transaction, for all messages at once, and in it.
    assert [(course_id, ["level", "outline"], True)] * 2 == listening.CHECKED
    listening.CHECKED.clear()
    ann.patch(URL, {"outline": ok})
    assert listening.CHECKED == []


def test_a_new_course_with_default_values_is_not_checked(ann):
    ann.write(title="Other", outline=[], price={"amount": "0.00"})
    assert listening.CHECKED == []


def test_a_body_that_was_read_is_accepted_when_it_is_sent_back(ann):
    body = ann.get(URL).json
    assert ann.ask("PATCH", URL, body).status_int == 200


def test_an_import_reports_every_refusal(shop, ann, tmp_path):
    more = 'price: "11.00"\noutline: [{title: End, lessons: [{title: Exam, minutes: 60}]}]\n'
    (report,) = load(shop, markdown(tmp_path, more=more))
    assert report.outcome == "refused"
    assert "Exams are in another course." in report.detail
    assert "Prices end in 0 or 5" in report.detail
    assert shop.app.get("/courses?q=weaving", headers=JSON).json["items"] == []


def test_an_import_that_breaks_no_check_is_stored(shop, tmp_path):
    Writer(shop, "bob")
    (report,) = load(shop, markdown(tmp_path, more='price: "15.00"\n'))
    assert report.outcome == "created"
