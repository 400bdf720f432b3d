"""The status of a course: who may change it, and who sees the course in which status."""

from __future__ import annotations

import itertools

import pytest
from browsing import form_with, link_with, primary_buttons
from helpers import Shop, write_ini
from sqlalchemy import func, select, update
from writers import WORDS, Writer, fault_of

from courseshop.domain.events import Committed, CoursePublished, StatusChanged
from courseshop.models import Course, StatusChange

STATUSES = ("draft", "submitted", "published", "archived")
# Who may make which move (from one status to another) if moderators publish.
MOVES = {
    ("draft", "submitted"): "both",
    ("draft", "published"): "moderator",
    ("draft", "archived"): "both",
    ("submitted", "draft"): "both",
    ("submitted", "published"): "moderator",
    ("submitted", "archived"): "both",
    ("published", "archived"): "both",
    ("archived", "draft"): "both",
    ("archived", "published"): "moderator",
}
URL = "/courses/backend-with-python"


@pytest.fixture
def instructor(shop):
    return Writer(shop, "ann")


@pytest.fixture
def mira(shop):
    return Writer(shop, "mira", "moderator")


@pytest.fixture(scope="module")
def unmoderated_shop(tmp_path_factory):
    """Return a shop whose instructors may publish."""
    folder = tmp_path_factory.mktemp("free")
    settings = {"courseshop.publishing": "instructors"}
    shop = Shop.open(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))
    shop.init()
    yield shop
    shop.close()


def put_into(shop, status):
    with shop.writing() as request:
        request.db.execute(update(Course).values(status=status))


def expected(old, new, role):
    if old == new:
        return 200
    who = MOVES.get((old, new))
    if who is None:
        return 409
    return 200 if who == "both" or role == "moderator" else 403


@pytest.mark.parametrize("role", ["instructor", "moderator"])
def test_each_role_can_make_only_its_own_moves(shop, instructor, mira, role):
    instructor.write()
    who = instructor if role == "instructor" else mira
    for old, new in itertools.product(STATUSES, repeat=2):
        put_into(shop, old)
        answer = who.patch(URL, {"status": new})
        assert answer.status_int == expected(old, new, role), (old, new)
        after = new if answer.status_int == 200 else old
        assert instructor.get(URL).json["status"] == after
        if answer.status_int != 200:
            assert fault_of(answer)[0] == "status"
        put_into(shop, old)
        moves = who.get(f"{URL}/status").json["moves"]
        assert (new in moves) == (old != new and expected(old, new, role) == 200)


def test_instructors_who_may_publish_can_make_moderators_moves(unmoderated_shop):
    unmoderated_shop.clear()
    instructor = Writer(unmoderated_shop, "ann")
    instructor.write()
    for old, new in itertools.product(STATUSES, repeat=2):
        put_into(unmoderated_shop, old)
        assert instructor.patch(URL, {"status": new}).status_int == expected(old, new, "moderator")


@pytest.mark.databases
def test_instructor_sees_comments_of_moderator(shop, instructor, mira):
    instructor.write()
    submitted = instructor.patch(URL, {"status": "submitted", "comment": "Please look."})
    assert submitted.json["status"] == "submitted"
    (task,) = mira.get("/moderation").json["items"]
    assert (task["kind"], task["course"]["slug"]) == ("course", "backend-with-python")
    back = mira.post(task["links"]["status"], {"status": "draft", "comment": "Say more."})
    assert back.json["moves"] == ["submitted", "published", "archived"]
    assert mira.get("/moderation").json["items"] == []
    instructor.patch(URL, {"status": "submitted", "summary": "More."})
    approved = mira.post(task["links"]["status"], {"status": "published", "comment": "Good."})
    assert approved.status_int == 200
    history = instructor.get(f"{URL}/status").json["history"]
    assert [(one["old"], one["new"], one["comment"], one["by"]["username"]) for one in history] == [
        ("submitted", "published", "Good.", "mira"),
        ("draft", "submitted", "", "ann"),
        ("submitted", "draft", "Say more.", "mira"),
        ("draft", "submitted", "Please look.", "ann"),
    ]
    assert "Good." in instructor.browser().get(f"{URL}/status").text
    course = shop.json(URL).json
    assert course["status"] == "published"
    assert course["published_at"] == course["updated_at"]
    assert shop.json(f"{URL}/status").status_int == 401


def test_comment_without_move_is_refused(instructor):
    instructor.write()
    answer = instructor.patch(URL, {"comment": "Hello?", "title": "New"})
    assert (answer.status_int, fault_of(answer)) == (409, ("comment", "no_move"))
    assert instructor.get(URL).json["title"] == WORDS["title"]


def test_refused_move_stores_nothing_of_its_patch(instructor):
    instructor.write()
    answer = instructor.patch(URL, {"title": "New", "status": "published"})
    assert (answer.status_int, fault_of(answer)) == (403, ("status", "moderators_publish"))
    assert (instructor.get(URL).json["title"], instructor.get(URL).json["version"]) == (
        WORDS["title"],
        1,
    )


def test_new_course_can_be_submitted_but_not_published(shop, instructor):
    assert instructor.write(status="submitted")["status"] == "submitted"
    answer = instructor.post("/courses", {**WORDS, "title": "Other", "status": "published"})
    assert answer.status_int == 403
    assert instructor.get("/courses/other").status_int == 404
    assert Writer(shop, "root", "admin").write(title="Root", status="published")["published_at"]


@pytest.mark.databases
def test_republishing_keeps_first_publication_time(instructor, mira):
    instructor.write()
    first = mira.patch(URL, {"status": "published"}).json["published_at"]
    instructor.ask("DELETE", URL)
    instructor.patch(URL, {"status": "draft"})
    instructor.patch(URL, {"status": "submitted"})
    assert mira.patch(URL, {"status": "published"}).json["published_at"] == first


@pytest.mark.databases
def test_queue_is_paged_oldest_first(instructor, mira):
    for title in ("One", "Two", "Three"):
        instructor.write(title=title)
    for slug in ("two", "three", "one"):
        instructor.patch(f"/courses/{slug}", {"status": "submitted"})
    page = mira.get("/moderation?limit=2").json
    assert [task["course"]["slug"] for task in page["items"]] == ["two", "three"]
    rest = mira.get(page["links"]["next"]).json
    assert [task["course"]["slug"] for task in rest["items"]] == ["one"]
    assert page["total"] == 3


def test_only_moderators_and_admins_see_queue(shop, instructor):
    assert shop.json("/moderation").status_int == 401
    assert instructor.get("/moderation").status_int == 404
    assert "Moderation" not in instructor.browser().get("/").html.find("header").text
    assert "Moderation" in Writer(shop, "root", "admin").browser().get("/").html.find("header").text


@pytest.mark.databases
@pytest.mark.parametrize("status", ["draft", "submitted", "archived"])
def test_unpublished_course_is_hidden_from_others(shop, instructor, mira, status):
    instructor.write(title="Hidden Gem", slug="gem")
    put_into(shop, status)
    eve = Writer(shop, "eve")
    paths = ["", "/reviews", "/share", "/qr.svg", "/status", "/edit", "/delete", "/instructors"]
    for rest in paths:
        for reader in (shop.json, shop.get, eve.get, eve.browser().get):
            answer = reader(f"/courses/gem{rest}")
            assert answer.status_int == 404, rest
            assert "Hidden Gem" not in answer.text
        for reader in (instructor, mira):
            assert reader.get(f"/courses/gem{rest}", Accept="*/*").status_int == 200
    same, other = eve.get("/courses/gem").json, eve.get("/courses/nothing").json
    assert {**same, "instance": ""} == {**other, "instance": ""}
    for path in ("/courses", "/courses?q=gem", "/categories/things", "/people/ann", "/"):
        assert "Hidden Gem" not in shop.get(path).text
        assert "Hidden Gem" not in eve.browser().get(path).text
    for path in ("/courses", "/courses?q=gem", "/categories/things", "/people/ann"):
        assert "Hidden Gem" in instructor.browser().get(path).text
        assert "Hidden Gem" in mira.browser().get(path).text
    for method in ("PATCH", "DELETE", "PUT", "OPTIONS"):
        assert eve.ask(method, "/courses/gem").status_int == 404


def test_browser_can_make_move_with_comment(shop, instructor, mira):
    instructor.write()
    page = instructor.browser().get(f"{URL}/status")
    buttons = [button.get_text(strip=True) for button in page.html.main.find_all("button")]
    assert buttons == ["Submit for review"]
    form = form_with(page, "Submit for review")
    form["comment"] = "Ready, I think."
    done = form.submit("status", value="submitted").follow()
    assert "A moderator will review it" in done.html.find(role="status").text
    assert "Ready, I think." in done.text
    waiting = "This course is waiting for your decision"
    for url in (URL, f"{URL}/status"):
        assert waiting in mira.browser().get(url).text
        assert waiting not in instructor.browser().get(url).text
    form = form_with(mira.browser().get(f"{URL}/status"), "Publish")
    assert form.submit("status", value="published").status_int == 303
    assert shop.get(URL).status_int == 200


@pytest.mark.parametrize(
    ("status", "primary"),
    [
        ("draft", ["Submit for review"]),
        ("submitted", ["Publish"]),
        ("published", []),
        ("archived", ["Publish"]),
    ],
)
def test_withdrawing_or_archiving_is_never_the_primary_button(
    shop, instructor, mira, status, primary
):
    instructor.write()
    put_into(shop, status)
    assert primary_buttons(mira.browser().get(f"{URL}/status")) == primary


def test_form_explains_impossible_move(shop, instructor):
    instructor.write()
    form = form_with(instructor.browser().get(f"{URL}/status"), "Submit for review")
    put_into(shop, "published")
    refused = form.submit("status", value="submitted", expect_errors=True)
    assert refused.status_int == 409
    assert "can't change from published to submitted" in refused.html.find(role="alert").text


def test_status_page_links_to_confirmation_of_archiving(shop, instructor, mira):
    instructor.write()
    browser = instructor.browser()
    asked = browser.get(link_with(browser.get(f"{URL}/status"), "Archive course"))
    assert instructor.get(URL).json["status"] == "draft"
    assert browser.submit(asked, "Archive", comment="x" * 2_001).status_int == 422
    done = browser.submit(asked, "Archive", comment="It is out of date.")
    assert done.location == f"http://localhost{URL}"
    shown = browser.get(f"{URL}/status")
    assert "It is out of date." in shown.html.main.text
    with pytest.raises(AssertionError, match="no link"):
        link_with(shown, "Archive course")


def test_decision_on_course_edited_meanwhile_has_own_message(shop, instructor, mira):
    instructor.write()
    page = mira.browser().get(f"{URL}/status")
    instructor.patch(URL, {"summary": "Another one."})
    refused = form_with(page, "Publish").submit("status", value="published", expect_errors=True)
    assert refused.status_int == 412
    said = refused.html.find(role="alert").get_text(" ", strip=True)
    assert said == (
        "The course was changed after you opened this page. Look at it again, then choose."
    )


def test_archiving_asks_first_and_can_be_undone(shop, instructor, mira):
    instructor.write()
    mira.patch(URL, {"status": "published"})
    browser = instructor.browser()
    asked = browser.get(f"{URL}/delete")
    assert "Its content, reviews and enrolments are kept" in asked.text
    done = browser.submit(asked, "Archive").follow()
    assert "is archived" in done.html.find(role="status").text
    assert shop.get(URL).status_int == 404
    assert "is already archived" in browser.get(f"{URL}/delete").text
    assert instructor.patch(URL, {"status": "draft"}).status_int == 200


def test_events_are_sent_in_transaction_and_after_commit(shop, instructor, mira):
    heard, committed = [], []
    shop.registry.registerHandler(heard.append, [StatusChanged])
    shop.registry.registerHandler(heard.append, [CoursePublished])
    shop.registry.registerHandler(committed.append, [Committed])
    instructor.write()
    instructor.patch(URL, {"status": "published"})
    assert heard == []
    mira.patch(URL, {"status": "published"})
    with shop.reading() as request:
        course_id = request.db.scalar(select(Course.id))
        assert request.db.scalar(select(func.count()).select_from(StatusChange)) == 1
    assert heard == [StatusChanged(course_id, "draft", "published"), CoursePublished(course_id)]
    assert [one.event for one in committed][-2:] == heard
    for handled, kind in ((heard, StatusChanged), (heard, CoursePublished), (committed, Committed)):
        shop.registry.unregisterHandler(handled.append, [kind])


def next_buttons(browser, url=URL):
    return [one.text.strip() for one in browser.get(url).html.select(".staff form button")]


@pytest.mark.parametrize(
    ("status", "of_instructor", "of_moderator"),
    [
        ("draft", ["Submit for review"], ["Submit for review"]),
        ("submitted", [], ["Publish"]),
        ("published", [], []),
        ("archived", ["Return to draft"], ["Publish"]),
    ],
)
def test_course_page_has_a_button_for_the_next_step(
    shop, instructor, mira, status, of_instructor, of_moderator
):
    instructor.write()
    put_into(shop, status)
    assert next_buttons(instructor.browser()) == of_instructor
    assert next_buttons(mira.browser()) == of_moderator


def test_draft_can_be_published_at_once_if_instructors_publish(unmoderated_shop):
    unmoderated_shop.clear()
    browser = Writer(unmoderated_shop, "ann")
    browser.write()
    page = browser.browser().get(URL)
    assert next_buttons(browser.browser()) == ["Publish"]
    assert "Publish it when it's ready." in page.html.find(class_="staff").text


def test_next_step_is_taken_without_javascript_and_leads_back(shop, instructor, mira):
    instructor.write()
    browser = instructor.browser()
    form = form_with(browser.get(URL), "Submit for review")
    done = form.submit("status", value="submitted")
    assert (done.status_int, done.location) == (303, f"http://localhost{URL}")
    assert "Course submitted." in done.follow().html.find(role="status").text
    form = form_with(mira.browser().get(URL), "Publish")
    assert form.submit("status", value="published").location == f"http://localhost{URL}"
    assert shop.get(URL).html.find(class_="staff") is None


def test_next_step_for_a_course_edited_meanwhile_is_refused(instructor, mira):
    instructor.write()
    instructor.patch(URL, {"status": "submitted"})
    form = form_with(mira.browser().get(URL), "Publish")
    instructor.patch(URL, {"summary": "Another one."})
    refused = form.submit("status", value="published", expect_errors=True)
    assert refused.status_int == 412
    assert "changed after you opened this page" in refused.html.find(role="alert").text
