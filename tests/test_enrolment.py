"""Enrolment of students in free courses; paid courses cannot be enrolled in yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import PASSWORD, Visitor, form_with
from sqlalchemy import func, select, update
from writers import URL, Writer, fault_of

from courseshop.models import Course, Enrolment

pytestmark = pytest.mark.databases

PLACE = f"{URL}/enrolment"


@pytest.fixture
def student(shop, teacher):
    return Writer(shop, "sam", "student")


def counts(shop):
    """Return the course's counter of students, and the number of enrolments."""
    with shop.reading() as request:
        rows = request.db.scalar(select(func.count()).select_from(Enrolment))
        return request.db.scalar(select(Course.enrolled_count)), rows


def test_enrolling_and_leaving_twice_counts_once(shop, student):
    assert student.get(PLACE).json["enrolled"] is False
    first = student.ask("PUT", PLACE)
    assert (first.status_int, first.json["enrolled"]) == (201, True)
    assert first.json["since"].endswith("Z")
    assert student.ask("PUT", PLACE).status_int == 200
    assert counts(shop) == (1, 1)
    assert student.get(URL).json["enrolled_count"] == 1
    assert [one["slug"] for one in student.get("/account").json["attends"]] == [
        "backend-with-python"
    ]
    for _ in range(2):
        assert student.ask("DELETE", PLACE).status_int == 204
    assert counts(shop) == (0, 0)
    assert student.get("/account").json["attends"] == []


def test_concurrent_students_are_each_counted_once(shop, teacher):
    students = [Writer(shop, f"student-{n}", "student") for n in range(8)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda who: who.ask("PUT", PLACE), students * 2))
    assert {answer.status_int for answer in answers} <= {200, 201}
    assert [answer.status_int for answer in answers].count(201) == 8
    assert counts(shop) == (8, 8)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda who: who.ask("DELETE", PLACE), students * 2))
    assert counts(shop) == (0, 0)


def test_concurrent_enrolling_and_leaving_leaves_one_row_or_none(shop, student):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: student.ask(("PUT", "DELETE")[n % 2], PLACE), range(24)))
    assert {answer.status_int for answer in answers} <= {200, 201, 204}
    counted, rows = counts(shop)
    assert counted == rows
    assert rows in {0, 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [({"price": {"amount": "5.00"}}, "paid"), ({}, "own_course")],
)
def test_refused_enrolment_says_why(shop, teacher, student, change, code):
    teacher.patch(URL, change)
    who = student if change else teacher
    answer = who.ask("PUT", PLACE)
    assert (answer.status_int, fault_of(answer)) == (409, ("", code))
    assert counts(shop) == (0, 0)
    page = who.browser().get(PLACE)
    assert page.html.main.find("form") is None


def test_enrolment_in_unpublished_course_is_404(teacher, student):
    teacher.ask("DELETE", URL)
    assert student.ask("PUT", PLACE).status_int == 404


def test_guest_is_enrolled_after_login(shop, teacher):
    assert shop.json(PLACE).json["enrolled"] is None
    assert shop.request("PUT", PLACE, Accept="application/json").status_int == 401
    visitor = Visitor(shop)
    visitor.register("nora")
    visitor.app.reset()
    form = form_with(visitor.get(URL), "Enrol for free")
    redirect = form.submit("on", value="1")
    assert "begun=" in redirect.location
    page = visitor.log_in("nora", PASSWORD, redirect.location)
    assert page.location == f"http://localhost{URL}#enrolment"
    shown = page.follow()
    assert "You're now enrolled in this course." in shown.html.find(role="status").text
    assert counts(shop) == (1, 1)


def test_browser_can_enrol_and_leave(shop, student):
    browser = student.browser()
    page = form_with(browser.get(URL), "Enrol for free").submit("on", value="1").follow()
    assert "You're enrolled in this course." in page.html.aside.text
    assert "Enrol for free" not in page.html.aside.text
    assert page.html.aside.find(class_="price") is None
    place = browser.get(PLACE)
    gone = form_with(place, "Leave course").submit("on", value="0").follow()
    assert "left the course" in gone.html.find(role="status").text
    assert counts(shop) == (0, 0)


def test_page_sums_the_course_up_before_and_after_enrolling(shop, student):
    browser = student.browser()
    for enrolled in (False, True):
        course = browser.get(PLACE).html.find(class_="entry")
        facts = ("Backend With Python", "Ann", "For all levels", "Free")
        assert [one for one in facts if one not in course.get_text()] == [], enrolled
        assert course.h2.a["href"] == f"http://localhost{URL}"
        assert course.find(class_="cover").svg
        student.ask("PUT", PLACE)


def test_page_says_that_one_can_leave_again(student):
    page = student.browser().get(PLACE)
    assert "This course is free, and you can leave it at any time." in page.html.main.get_text()


def test_page_of_a_paid_course_shows_its_price_and_why_one_cannot_enrol(shop, teacher, student):
    teacher.patch(URL, {"price": {"amount": "49.00"}})
    main = student.browser().get(PLACE).html.main
    assert main.find(class_="price").get_text() == "$49.00"
    assert "checkout isn't available yet" in main.get_text()
    assert "leave it at any time" not in main.get_text()


def test_leave_page_says_what_is_lost_and_what_stays(shop, student):
    student.ask("PUT", PLACE)
    browser = student.browser()
    text = " ".join(browser.get(PLACE).html.main.text.split())
    assert "If you leave, you lose access to this course." in text
    assert "review" not in text
    assert "enrol again" not in text
    student.post(f"{URL}/reviews", {"rating": 4})
    with shop.storing() as db:
        db.execute(update(Course).values(price=20))
    text = " ".join(browser.get(PLACE).html.main.text.split())
    assert "You can't enrol again yet. Your review stays." in text
    student.ask("DELETE", student.get(f"{URL}/reviews").json["items"][0]["url"])
    assert "Your review stays." not in browser.get(PLACE).text


def test_enrolling_changes_the_etag_but_not_the_version(teacher, student):
    before = teacher.get(URL)
    student.ask("PUT", PLACE)
    after = teacher.get(URL)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert (after.json["version"], after.json["updated_at"]) == (
        before.json["version"],
        before.json["updated_at"],
    )


NOT_ON_SALE = "Not on sale yet. Save it to your wishlist."


@pytest.fixture
def paid(shop, teacher, student):
    """Return the course's instructor, who set a price after the student had enrolled."""
    student.ask("PUT", PLACE)
    teacher.patch(URL, {"price": {"amount": "49.00"}})
    return teacher


def offer(page):
    """Return the text of the offer, and the labels of its buttons, without the share dialog."""
    aside = page.html.find(class_="offer")
    buttons = [one.get_text(" ", strip=True) for one in aside.select("form:not(dialog *) button")]
    return aside.get_text(" ", strip=True), buttons


@pytest.mark.parametrize("who", ["guest", "member"])
def test_paid_course_is_not_on_sale_and_offers_the_wishlist(shop, paid, who):
    reader = Visitor(shop) if who == "guest" else Writer(shop, "nora", "student").browser()
    page = reader.get(URL)
    text, buttons = offer(page)
    assert "$49.00" in text
    assert NOT_ON_SALE in text
    assert buttons == ["Wishlist"]
    assert page.html.find(class_="phone-bar") is None
    saved = form_with(page, "Wishlist").submit()
    assert saved.status_int == 303
    assert ("/account/login" in saved.location) == (who == "guest")


def test_after_login_a_paid_course_can_only_be_wished(shop, paid):
    course = shop.json(URL).json
    assert list(course["after_login"]) == ["wish"]


def test_offer_to_enrolled_student_does_not_say_not_on_sale(paid, student):
    text, buttons = offer(student.browser().get(URL))
    assert "You're enrolled in this course." in text
    assert NOT_ON_SALE not in text
    assert buttons == ["Wishlist"]


def test_offer_to_instructor_and_moderator_does_not_say_not_on_sale(shop, paid):
    for reader in (paid, Writer(shop, "mo", "moderator")):
        text, buttons = offer(reader.browser().get(URL))
        assert "$49.00" in text
        assert NOT_ON_SALE not in text
        assert buttons == ["Wishlist"]


def test_paid_draft_and_free_course_do_not_say_not_on_sale(shop, teacher, student):
    assert NOT_ON_SALE not in offer(student.browser().get(URL))[0]
    draft = teacher.write(title="Draft", price={"amount": "9.00"})["url"]
    text, buttons = offer(teacher.browser().get(draft))
    assert NOT_ON_SALE not in text
    assert buttons == []
