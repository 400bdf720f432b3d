"""Reported reviews, held reviews, and what moderators decide about both."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from browsing import Visitor, form_with, link_with, primary_buttons
from helpers import Shop, write_ini
from sqlalchemy import update
from writers import REVIEWS, URL, Writer, enrolled, fault_of, publish, rating

from courseshop.domain.clock import now
from courseshop.models import Review, User
from courseshop.services import doctor, moderation_rules
from courseshop.services import review as service

pytestmark = pytest.mark.databases


@pytest.fixture
def mo(shop, teacher):
    return Writer(shop, "mo", "moderator")


@pytest.fixture
def eve(shop, teacher):
    return Writer(shop, "eve", "student")


@pytest.fixture
def review(student):
    return student.post(REVIEWS, {"rating": 2, "text": "Buy my pills."}).json["url"]


@pytest.fixture(scope="module", params=["all", "links", "new links"])
def strict_shop(request, tmp_path_factory):
    """Return a shop that holds new reviews; its `kinds` says which ones."""
    folder = tmp_path_factory.mktemp("held")
    settings = {"courseshop.hold_reviews": request.param}
    shop = Shop.open(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))
    shop.kinds = request.param
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def strict_mo(strict_shop):
    """Return a moderator of `strict_shop`, which has one course."""
    strict_shop.clear()
    Writer(strict_shop, "ann").write()
    publish(strict_shop, URL)
    return Writer(strict_shop, "mo", "moderator")


def old_student(shop, name):
    """Return a student whose account is older than a week."""
    writer = enrolled(shop, name)
    with shop.writing() as request:
        at = update(User).where(User.id == writer.id)
        request.db.execute(at.values(created_at=now() - timedelta(days=8)))
    return writer


def path(url):
    return url.removeprefix("http://localhost")


def waiting(mo, query=""):
    return mo.get(f"/moderation{query}").json["items"]


def decide(mo, url, decision, **facts):
    return mo.post(f"{url}/moderate", {"decision": decision, **facts})


def test_user_can_report_review_once_with_reason(shop, mo, student, eve, review):
    made = eve.post(f"{review}/reports", {"reason": "spam", "comment": "Pills!"})
    assert (made.status_int, made.headers["Location"]) == (201, f"{review}/reports")
    assert (made.json["by"]["username"], made.json["outcome"]) == ("eve", None)
    again = eve.post(f"{review}/reports", {"reason": "other"})
    assert (again.status_int, fault_of(again)) == (409, ("", "already_reported"))
    own = student.post(f"{review}/reports", {"reason": "other"})
    assert (own.status_int, fault_of(own)) == (409, ("", "own_review"))
    assert (
        shop.request("POST", f"{path(review)}/reports", Accept="application/json").status_int == 401
    )
    (task,) = waiting(mo)
    assert (task["kind"], task["review"]["url"], task["reasons"]) == ("review", review, {"spam": 1})
    assert task["choices"] == ["hide", "dismiss"]


def test_concurrent_reports_by_one_user_store_one(mo, eve, review):
    def send(_n):
        return eve.post(f"{review}/reports", {"reason": "spam"}).status_int

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(send, range(6)))
    assert statuses == [201, *[409] * 5]
    assert waiting(mo)[0]["reasons"] == {"spam": 1}


def test_only_moderators_see_reports_of_others(shop, mo, student, eve, review):
    eve.post(f"{review}/reports", {"reason": "false", "comment": "No."})
    for who in (student, Writer(shop, "ida", "student")):
        assert who.get(f"{review}/reports").json["items"] == []
    assert shop.json(f"{path(review)}/reports").json["items"] == []
    assert len(eve.get(f"{review}/reports").json["items"]) == 1
    assert mo.get(f"{review}/reports").json["items"][0]["by"]["username"] == "eve"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "reason"), ({"reason": "dull"}, "reason"), ({"reason": "spam", "comment": "x" * 1_001}, "comment"),
     ({"reason": "spam", "comment": "\0"}, "comment"), ({"reason": "spam", "by": "ann"}, "by")],
)  # fmt: skip
def test_invalid_report_gets_422_naming_field(mo, eve, review, body, field):
    answer = eve.post(f"{review}/reports", body)
    assert (answer.status_int, fault_of(answer)[0]) == (422, field)
    assert waiting(mo) == []


@pytest.mark.one_database
def test_reports_are_limited_per_account_not_counting_refused_ones(shop, teacher, eve):
    urls = [enrolled(shop, f"s{n}").post(REVIEWS, {"rating": 1}).json["url"] for n in range(21)]
    for url in urls[:20]:
        assert eve.post(f"{url}/reports", {"reason": "spam"}).status_int == 201
        assert eve.post(f"{url}/reports", {"reason": "dull"}).status_int in {422, 429}
    answer = eve.post(f"{urls[20]}/reports", {"reason": "spam"})
    assert answer.status_int == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "You've reported many reviews in a short time. Please try" in answer.json["detail"]
    page = eve.browser().fill(f"{urls[20]}/reports", "Send report", comment="Again.")
    assert page.status_int == 429
    assert form_with(page, "Send report")["comment"].value.strip() == "Again."


def test_guests_report_is_sent_after_login(shop, teacher, review):
    visitor = Visitor(shop)
    visitor.register("gus")
    visitor.fill("/account/logout", "Log out")
    page = visitor.get(f"{review}/reports")
    asked = visitor.submit(page, "Send report", reason="offensive")
    assert "/account/login" in asked.location
    done = visitor.log_in("gus", url=asked.location)
    while done.status_int == 303:
        done = done.follow()
    assert "A moderator will look" in done.text


def test_hidden_review_is_not_counted_and_author_sees_reason(shop, mo, student, review):
    enrolled(shop, "rita").post(REVIEWS, {"rating": 5})
    answer = decide(mo, review, "hide", reason="Advertising is not wanted here.")
    assert (answer.status_int, answer.json["review"]["status"]) == (200, "hidden")
    assert (rating(shop)["count"], rating(shop)["average"]) == (1, 5.0)
    assert shop.json(path(review)).status_int == 404
    mine = student.get(review).json
    assert (mine["status"], mine["hidden_reason"]) == ("hidden", "Advertising is not wanted here.")
    page = student.browser().get(URL)
    assert "Advertising is not wanted here." in page.html.find(class_="mine").text
    for url in (URL, REVIEWS):
        assert "1 review was hidden by moderators." in shop.get(url).text
    assert shop.json(REVIEWS).json["hidden_count"] == 1
    assert decide(mo, review, "approve").json["review"]["rating"] == 2
    assert rating(shop)["count"] == 2
    assert "hidden by moderators" not in shop.get(URL).text


def test_hiding_requires_reason_in_html_and_json(mo, review):
    for body in ({}, {"reason": ""}, {"reason": " \n"}):
        answer = decide(mo, review, "hide", **body)
        assert (answer.status_int, fault_of(answer)) == (422, ("reason", "missing"))
    page = mo.browser().get(f"{review}/moderate")
    refused = form_with(page, "Hide").submit("decision", value="hide", expect_errors=True)
    assert refused.status_int == 422
    assert (
        "The author will see it" in refused.html.find(id="about-reason").find(class_="fault").text
    )


def test_dismissing_reports_keeps_review_and_clears_queue(shop, mo, eve, review):
    eve.post(f"{review}/reports", {"reason": "false"})
    version = mo.get(review).json["version"]
    assert decide(mo, review, "dismiss").status_int == 200
    assert waiting(mo) == []
    assert shop.json(path(review)).json["version"] == version
    assert eve.get(f"{review}/reports").json["items"][0]["outcome"] == "dismiss"
    ida = Writer(shop, "ida", "student")
    ida.post(f"{review}/reports", {"reason": "offensive"})
    assert waiting(mo)[0]["reasons"] == {"offensive": 1}


@pytest.mark.parametrize("decision", ["approve", "dismiss"])
def test_decision_without_effect_gets_409(mo, review, decision):
    answer = decide(mo, review, decision)
    assert (answer.status_int, fault_of(answer)) == (409, ("decision", "no_such_move"))


def test_approving_published_review_suggests_dismissing_reports(mo, eve, review):
    assert "Dismiss reports" not in decide(mo, review, "approve").json["detail"]
    eve.post(f"{review}/reports", {"reason": "other"})
    row = mo.browser().get("/moderation").html.main.find(class_="rows").text
    assert "Reports: Other (1)" in " ".join(row.split())
    assert "To keep it, use “Dismiss reports”." in decide(mo, review, "approve").json["detail"]


def test_only_moderators_decide_but_not_on_their_own_reviews(
    shop, teacher, mo, student, eve, review
):
    for who in (teacher, student, eve):
        assert decide(who, review, "hide", reason="No.").status_int == 403
    assert shop.json(f"{path(review)}/moderate").status_int == 401
    mo.ask("PUT", f"{URL}/enrolment")
    own = mo.post(REVIEWS, {"rating": 5}).json["url"]
    assert decide(mo, own, "hide", reason="No.").status_int == 403
    assert "moderate" not in mo.get(own).json["links"]
    eve.post(f"{own}/reports", {"reason": "false"})
    (task,) = waiting(mo)
    assert task["choices"] == []
    answer = mo.post("/moderation", {"decision": "dismiss", "reviews": [as_seen(task)]})
    assert (answer.status_int, fault_of(answer)) == (409, ("reviews.0", "own_review"))


def as_seen(task):
    reports = sum(task["reasons"].values())
    return {"id": task["review"]["id"], "version": task["review"]["version"], "reports": reports}


def test_decisions_are_audited_without_naming_moderator_to_author(shop, mo, student, eve, review):
    eve.post(f"{review}/reports", {"reason": "spam"})
    decide(mo, review, "hide", reason="Pills.")
    decide(mo, review, "approve")
    ida = Writer(shop, "ida", "student")
    ida.post(f"{review}/reports", {"reason": "spam"})
    decide(mo, review, "dismiss")
    entries = Writer(shop, "root", "admin").get("/audit").json["items"]
    decided = [one for one in entries if one["actor"] == "mo" and "review" in one["facts"]]
    assert [(one["kind"], one["subject"]) for one in decided] == [
        ("reports_dismissed", None), ("review_approved", "sam"), ("review_hidden", "sam"),
    ]  # fmt: skip
    assert decided[-1]["facts"] == {
        "course": "backend-with-python",
        "review": review.rpartition("/")[2],
        "reason": "Pills.",
    }
    mine = student.get("/account/audit").json["items"]
    assert {one["kind"] for one in mine} >= {"review_hidden", "review_approved"}
    assert "mo" not in {one["actor"] for one in mine}


def test_courses_and_reviews_share_one_queue_oldest_first(shop, teacher, mo, eve, review):
    eve.post(f"{review}/reports", {"reason": "spam"})
    url = teacher.write(title="Rust")["url"]
    teacher.patch(url, {"status": "submitted"})
    for n in range(2):
        made = enrolled(shop, f"s{n}").post(REVIEWS, {"rating": 3}).json["url"]
        eve.post(f"{made}/reports", {"reason": "false"})
    assert [one["kind"] for one in waiting(mo)] == ["review", "course", "review", "review"]
    assert [one["kind"] for one in waiting(mo, "?kind=course")] == ["course"]
    assert len(waiting(mo, "?kind=review")) == 3
    assert mo.get("/moderation?kind=user").status_int == 400
    walked, url = [], "/moderation?limit=1"
    while url:
        page = mo.get(url).json
        walked += [one["since"] for one in page["items"]]
        url = page["links"]["next"]
    assert len(walked) == 4
    assert walked == sorted(walked)


def test_queue_page_needs_constant_number_of_queries(shop, teacher, mo, eve):
    def fill(numbers):
        for n in numbers:
            made = enrolled(shop, f"s{n}").post(REVIEWS, {"rating": 3}).json["url"]
            eve.post(f"{made}/reports", {"reason": "false"})
            teacher.patch(teacher.write(title=f"Course {n}")["url"], {"status": "submitted"})

    def cost():
        with shop.queries() as sent:
            assert mo.get("/moderation").status_int == 200
        return len(sent)

    # The first use of a token is recorded by a query of its own.
    waiting(mo)
    fill([1])
    first = cost()
    fill([2, 3, 4])
    assert cost() == first


def reported(shop, eve, number):
    url = enrolled(shop, f"s{number}").post(REVIEWS, {"rating": 1}).json["url"]
    eve.post(f"{url}/reports", {"reason": "spam"})
    return url


def test_one_request_can_decide_on_several_reviews(shop, teacher, mo, eve):
    urls = [reported(shop, eve, n) for n in range(3)]
    tasks = waiting(mo)
    body = {"decision": "hide", "reason": "Spam.", "reviews": [as_seen(one) for one in tasks[:2]]}
    assert mo.post("/moderation", body).status_int == 204
    assert [shop.json(path(url)).status_int for url in urls] == [404, 404, 200]
    assert [one["review"]["url"] for one in waiting(mo)] == urls[2:]
    assert rating(shop)["count"] == 1


def test_stale_review_in_batch_gets_409_and_changes_nothing(shop, teacher, mo, eve):
    urls = [reported(shop, eve, n) for n in range(3)]
    chosen = [as_seen(one) for one in waiting(mo)]
    with shop.writing() as request:
        request.db.execute(
            update(Review).where(Review.id == chosen[1]["id"]).values(version=Review.version + 1)
        )
    chosen.append({"id": 10**9, "version": 1})
    body = {"decision": "hide", "reason": "Spam.", "reviews": chosen}
    answer = mo.post("/moderation", body)
    assert answer.status_int == 409
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [
        ("reviews.1", "stale"), ("reviews.3", "unknown"),
    ]  # fmt: skip
    assert [shop.json(path(url)).status_int for url in urls] == [200, 200, 200]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"decision": "hide", "reason": "x"}, "reviews"), ({"decision": "dismiss", "reviews": []}, "reviews"),
     ({"decision": "burn", "reviews": [{"id": 1, "version": 1}]}, "decision"),
     ({"decision": "hide", "reviews": [{"id": 1, "version": 1}]}, "reason"),
     ({"decision": "dismiss", "reviews": ["1.1"]}, "reviews.0"), ({"decision": "dismiss", "reviews": [{"id": 1}]}, "reviews.0.version")],
)  # fmt: skip
def test_invalid_batch_decision_gets_422_naming_field(mo, body, field):
    answer = mo.post("/moderation", body)
    assert (answer.status_int, fault_of(answer)[0]) == (422, field)


@pytest.mark.one_database
def test_moderation_works_without_javascript(shop, teacher, mo, eve):
    urls = [reported(shop, eve, n) for n in range(2)]
    browser = mo.browser()
    page = browser.get("/moderation?kind=review")
    form = form_with(page, "Dismiss reports")
    refused = form.submit("decision", value="hide", expect_errors=True)
    assert refused.status_int == 422
    form = form_with(refused, "Hide")
    for box in form.fields["reviews"]:
        box.checked = True
    refused = form.submit("decision", value="hide", expect_errors=True)
    assert "The author will see it" in refused.text
    form = form_with(refused, "Hide")
    assert [box.checked for box in form.fields["reviews"]] == [True, True]
    form["reason"] = "Spam."
    done = form.submit("decision", value="hide")
    assert done.location == "http://localhost/moderation?kind=review"
    done = done.follow()
    assert "You're all caught up." in done.text
    assert done.html.find(role="status").text.strip() == "Reviews hidden."
    case = browser.get(f"{urls[0]}/moderate")
    assert "Reason: Spam." in case.text
    form = form_with(case, "Publish")
    done = form.submit("decision", value="approve")
    assert done.location == "http://localhost/moderation"
    assert done.follow().html.find(role="status").text.strip() == "Review published."
    assert [shop.json(path(url)).status_int for url in urls] == [200, 404]


@pytest.mark.one_database
def test_deciding_on_a_review_belongs_to_moderation(mo, review):
    page = mo.browser().get(f"{review}/moderate")
    assert page.html.select_one(".side-nav [aria-current=true]").text.strip() == "Moderation"


def test_only_publishing_a_review_is_a_primary_button(shop, teacher, mo, eve, review):
    case, browser = f"{review}/moderate", mo.browser()
    assert primary_buttons(browser.get(case)) == []
    eve.post(f"{review}/reports", {"reason": "spam"})
    assert primary_buttons(browser.get(case)) == []
    assert primary_buttons(browser.get("/moderation")) == []


def test_decision_on_review_edited_meanwhile_gets_412(mo, student, review):
    case = mo.browser().get(f"{review}/moderate")
    student.patch(review, {"text": "Buy my better pills."})
    form = form_with(case, "Hide")
    form["reason"] = "Spam."
    stale = form.submit("decision", value="hide", expect_errors=True)
    assert stale.status_int == 412
    assert "better pills" in stale.text
    assert form_with(stale, "Hide").submit("decision", value="hide").status_int == 303


def test_moderator_sees_former_text_reports_and_author_history(shop, mo, student, eve, review):
    student.patch(review, {"text": "Buy my better pills."})
    eve.post(f"{review}/reports", {"reason": "spam", "comment": "Twice!"})
    case = mo.get(f"{review}/moderate").json
    assert case["former"][0]["text"] == "Buy my pills."
    assert case["reports"][0]["comment"] == "Twice!"
    assert (case["reviewer"]["reviews"], case["reviewer"]["hidden"]) == (1, 0)
    assert case["choices"] == ["hide", "dismiss"]
    page = " ".join(mo.browser().get(f"{review}/moderate").html.main.text.split())
    for words in ("Buy my pills.", "Twice!", "1 review (0 hidden)"):
        assert words in page


def test_hidden_review_with_new_text_waits_for_moderator(shop, mo, student, review):
    decide(mo, review, "hide", reason="Pills.")
    assert student.patch(review, {"rating": 5}).json["status"] == "hidden"
    assert waiting(mo) == []
    assert student.patch(review, {"text": "Fine course."}).json["status"] == "pending"
    (task,) = waiting(mo)
    assert task["choices"] == ["approve", "hide"]
    assert rating(shop)["count"] == 0
    assert "In review" in student.browser().get(URL).html.find(class_="mine").text
    decide(mo, review, "approve")
    assert shop.json(path(review)).json["text"]["markdown"] == "Fine course."


@pytest.mark.parametrize("purged", [False, True])
def test_new_review_after_deleting_hidden_one_is_held(shop, mo, student, review, purged):
    decide(mo, review, "hide", reason="Pills.")
    student.ask("DELETE", review)
    if purged:
        with shop.writing() as request:
            request.db.execute(update(Review).values(deleted_at=now() - timedelta(hours=2)))
        with shop.writing() as request:
            service.purge(request.db)
        with shop.reading() as request:
            assert request.db.query(Review.text_markdown).all() == [("",)]
    assert shop.json(REVIEWS).json["hidden_count"] == 0
    again = student.post(REVIEWS, {"rating": 5, "text": "Pills again."})
    assert (again.status_int, again.json["status"]) == (201, "pending")
    with shop.reading() as request:
        assert doctor.wrong_counters(request.db) == []


def test_new_review_after_deleting_reported_one_is_held(mo, student, eve, review):
    eve.post(f"{review}/reports", {"reason": "spam"})
    student.ask("DELETE", review)
    again = student.post(REVIEWS, {"rating": 2, "text": "Buy my pills."})
    assert again.json["status"] == "pending"
    assert [one["review"]["id"] for one in waiting(mo)] == [again.json["id"]]


def test_editing_text_of_cleared_review_queues_it_again(shop, mo, student, eve, review):
    eve.post(f"{review}/reports", {"reason": "spam"})
    decide(mo, review, "dismiss")
    student.patch(review, {"rating": 1})
    assert waiting(mo) == []
    student.patch(review, {"text": "Now really abusive."})
    (task,) = waiting(mo)
    assert (task["reasons"], task["choices"]) == ({}, ["hide", "dismiss"])
    assert "Edited after it was reported" in mo.browser().get("/moderation").text
    assert shop.json(path(review)).status_int == 200
    assert decide(mo, review, "dismiss").status_int == 200


def test_decision_gets_412_after_new_report(shop, mo, eve, review):
    eve.post(f"{review}/reports", {"reason": "spam"})
    case, (task,) = mo.browser().get(f"{review}/moderate"), waiting(mo)
    Writer(shop, "ida", "student").post(f"{review}/reports", {"reason": "offensive"})
    stale = form_with(case, "Hide").submit("decision", value="dismiss", expect_errors=True)
    assert stale.status_int == 412
    assert "was reported again" in stale.text
    several = mo.post("/moderation", {"decision": "dismiss", "reviews": [as_seen(task)]})
    assert several.status_int == 412
    assert waiting(mo)[0]["reasons"] == {"offensive": 1, "spam": 1}
    seen = mo.get(f"{review}/moderate").json["open_reports"]
    assert decide(mo, review, "dismiss", reports=seen).status_int == 200


def test_version_in_json_must_match_stored_version(mo, student, review):
    student.patch(review, {"rating": 3})
    for writer, method, url, body in (
        (student, "PATCH", review, {"rating": 4}),
        (mo, "POST", f"{review}/moderate", {"decision": "hide", "reason": "No."}),
    ):
        assert writer.ask(method, url, {**body, "version": 1}).status_int == 412
        refused = writer.ask(method, url, {**body, "version": 99})
        assert (refused.status_int, fault_of(refused)) == (422, ("version", "read_only"))
        assert (
            writer.ask(
                method, url, {**body, "version": writer.get(review).json["version"]}
            ).status_int
            == 200
        )


def test_moderator_cannot_see_who_reported_own_review(teacher, mo, eve):
    mo.ask("PUT", f"{URL}/enrolment")
    own = mo.post(REVIEWS, {"rating": 5}).json["url"]
    eve.post(f"{own}/reports", {"reason": "false"})
    assert mo.get(f"{own}/reports").json["items"] == []


def test_browsers_do_not_store_pages_naming_reporters(mo, eve, review):
    eve.post(f"{review}/reports", {"reason": "false"})
    for url in (f"{review}/reports", f"{review}/moderate"):
        assert "no-store" in mo.browser().get(url).headers["Cache-Control"]


def buttons_of(page):
    """Return the decisions that the queue offers."""
    return [one["value"] for one in page.html.select("button[name=decision]")]


def test_queue_offers_possible_decisions_most_likely_first(shop, teacher, mo, eve):
    browser = mo.browser()
    assert buttons_of(browser.get("/moderation")) == []
    reviews = [reported(shop, eve, n) for n in range(3)]
    assert buttons_of(browser.get("/moderation")) == ["dismiss", "hide"]
    ids = [int(url.rpartition("/")[2]) for url in reviews]
    hold = update(Review).values(status="pending")
    with shop.writing() as request:
        request.db.execute(hold.where(Review.id == ids[0]))
    assert buttons_of(browser.get("/moderation")) == ["dismiss", "approve", "hide"]
    with shop.writing() as request:
        request.db.execute(hold.where(Review.id == ids[1]))
    page = browser.get("/moderation")
    assert buttons_of(page) == ["approve", "dismiss", "hide"]
    assert primary_buttons(page) == ["Publish"]
    with shop.writing() as request:
        request.db.execute(hold.where(Review.id == ids[2]))
    assert buttons_of(browser.get("/moderation?kind=review")) == ["approve", "hide"]
    assert buttons_of(browser.get("/moderation?kind=course")) == []


def test_missing_reviews_and_reason_are_reported_together(shop, teacher, mo, eve):
    reported(shop, eve, 1)
    form = form_with(mo.browser().get("/moderation"), "Hide")
    refused = form.submit("decision", value="hide", expect_errors=True)
    assert refused.status_int == 422
    summary = refused.html.find(class_="faults")
    assert "2 fields need attention" in summary.text
    targets = [one["href"].removeprefix("#") for one in summary.find_all("a")]
    assert targets == ["field-reviews", "field-reason"]
    box = refused.html.find(id="field-reviews")
    assert (box.name, box["type"], box["name"]) == ("input", "checkbox", "reviews")
    assert "Select at least one review." in refused.html.find(id=box["aria-describedby"]).text
    assert "Enter a reason." in refused.html.find(id="about-reason").text
    codes = [
        (one["field"], one["code"])
        for one in mo.post("/moderation", {"decision": "hide"}).json["errors"]
    ]
    assert codes == [("reason", "missing"), ("reviews", "missing")]


def test_conflict_in_bulk_decision_is_shown_at_its_review(shop, teacher, mo, eve):
    urls = [reported(shop, eve, n) for n in range(2)]
    browser = mo.browser()
    form = form_with(browser.get("/moderation"), "Dismiss reports")
    for box in form.fields["reviews"]:
        box.checked = True
    edited = int(urls[1].rpartition("/")[2])
    with shop.writing() as request:
        request.db.execute(
            update(Review).where(Review.id == edited).values(version=Review.version + 1)
        )
    refused = form.submit("decision", value="dismiss", expect_errors=True)
    assert refused.status_int == 409
    row = refused.html.find(id=f"review-{edited}")
    assert "was edited after you opened this page" in row.text
    assert row.find(id=row.input["aria-describedby"])
    assert "was edited" not in refused.html.find(id=f"review-{urls[0].rpartition('/')[2]}").text


@pytest.mark.parametrize("url", ["/moderation?kind=review", f"{REVIEWS}?sort=lowest&stars=1"])
def test_decision_returns_to_list_with_link(shop, teacher, mo, eve, url):
    review = reported(shop, eve, 1)
    browser = mo.browser()
    case = browser.get(link_with(browser.get(url), "Moderate"))
    form = form_with(case, "Hide")
    refused = form.submit("decision", value="hide", expect_errors=True)
    assert refused.status_int == 422
    form = form_with(refused, "Hide")
    form["reason"] = "Spam."
    done = form.submit("decision", value="hide")
    assert done.location == f"http://localhost{url}#review-{review.rpartition('/')[2]}"


def test_decision_form_ignores_invalid_query_string(mo, eve, review):
    eve.post(f"{review}/reports", {"reason": "false"})
    browser = mo.browser()
    page = browser.get("/moderation")
    form = form_with(page, "Hide")
    form.action = "/moderation?kind=nope"
    refused = form.submit("decision", value="dismiss", expect_errors=True)
    assert refused.status_int == 422
    assert "Select at least one review." in refused.text
    form = form_with(refused, "Hide")
    form.action = "/moderation?kind=nope"
    form["reviews"] = True
    assert form.submit("decision", value="dismiss").location == "http://localhost/moderation"
    assert waiting(mo) == []


@pytest.mark.parametrize(
    "text", ["ftp://e.com", "mailto:joe@e.org", "spam-shop.com/x", "xhttp://e.com"]
)
def test_disguised_links_are_detected(text):
    assert moderation_rules.LINK.search(text)


@pytest.mark.parametrize(
    "text", ["Good: really.", "e.g. this", "and/or", "3.5/5 stars", "Great.Loved it"]
)
def test_ordinary_text_is_not_taken_for_link(text):
    assert not moderation_rules.LINK.search(text)


def test_concurrent_edits_reports_and_decisions_keep_counters_right(
    shop, teacher, mo, student, eve
):
    """Decisions on a stale version are retried, or get 404 if the review is gone."""
    random.seed(7)

    def act(n):
        url = student.get(REVIEWS).json["items"]
        url = url[0]["url"] if url else f"{REVIEWS}/1"
        calls = [
            lambda: student.post(REVIEWS, {"rating": 3, "text": f"Text {n}."}),
            lambda: student.ask("DELETE", url),
            lambda: student.patch(url, {"text": f"Other {n}."}),
            lambda: teacher.ask("PUT", f"{url}/reply", {"text": f"Reply {n}."}),
            lambda: eve.post(f"{url}/reports", {"reason": "spam"}),
            lambda: eve.ask("PUT", f"{url}/helpful"),
            lambda: decide(mo, url, "hide", reason="No."),
            lambda: decide(mo, url, "approve"),
        ]
        return random.choice(calls)().status_int

    with ThreadPoolExecutor(6) as pool:
        statuses = set(pool.map(act, range(72)))
    # All requests write to the same row, so one may lose every retry and get 503.
    assert statuses <= {200, 201, 204, 404, 409, 429, 503}
    with shop.reading() as request:
        assert doctor.wrong_counters(request.db) == []


def test_deleting_review_dequeues_it_and_undo_requeues_it(mo, student, eve, review):
    eve.post(f"{review}/reports", {"reason": "spam"})
    student.ask("DELETE", review)
    assert waiting(mo) == []
    student.ask("POST", f"{REVIEWS}/undo")
    assert len(waiting(mo)) == 1


LINK = "See https://e.org"


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.parametrize(
    ("text", "age", "kinds"),
    [("Good: really.", "old", {"all"}), ("", "old", {"all"}), ("", "new", {"all", "new links"}),
     *((text, "old", {"all", "links", "new links"}) for text in (LINK, "[here](http://e.org)", "www.e.org"))],
)  # fmt: skip
def test_only_reviews_matching_hold_setting_are_held(strict_shop, strict_mo, text, age, kinds):
    writer = (old_student if age == "old" else enrolled)(strict_shop, "sam")
    made = writer.post(REVIEWS, {"rating": 4, "text": text}).json
    assert made.get("status") == ("pending" if strict_shop.kinds in kinds else None)
    assert rating(strict_shop)["count"] == (0 if strict_shop.kinds in kinds else 1)


def test_only_author_sees_held_review_until_approval(strict_shop, strict_mo):
    student = enrolled(strict_shop, "sam")
    made = student.post(REVIEWS, {"rating": 4, "text": LINK}).json
    assert made["status"] == "pending"
    assert strict_shop.json(REVIEWS).json["items"] == []
    assert strict_shop.json(path(made["url"])).status_int == 404
    assert student.get(made["url"]).json["status"] == "pending"
    (task,) = waiting(strict_mo)
    assert (task["choices"], task["reasons"]) == (["approve", "hide"], {})
    decide(strict_mo, made["url"], "approve")
    assert rating(strict_shop)["count"] == 1


def test_edit_cannot_bypass_moderation(strict_shop, strict_mo):
    student = old_student(strict_shop, "sam")
    made = student.post(REVIEWS, {"rating": 4, "text": "Good."}).json
    if "status" in made:
        decide(strict_mo, made["url"], "approve")
    assert "status" not in student.patch(made["url"], {"rating": 3}).json
    assert rating(strict_shop)["average"] == 3.0
    assert student.patch(made["url"], {"text": LINK}).json["status"] == "pending"
    assert rating(strict_shop)["count"] == 0
    assert len(waiting(strict_mo)) == 1


def test_review_by_moderator_is_not_held(strict_shop, strict_mo):
    strict_mo.ask("PUT", f"{URL}/enrolment")
    assert "status" not in strict_mo.post(REVIEWS, {"rating": 4, "text": LINK}).json


def test_page_tells_author_that_review_is_held(strict_shop, strict_mo):
    browser = enrolled(strict_shop, "sam").browser()
    form = form_with(browser.get(URL), "Post review")
    form["rating"], form["text"] = "4", LINK
    page = form.submit().follow()
    assert "A moderator will check your review" in page.text
    assert "In review" in page.html.find(class_="mine").text


def test_unknown_hold_reviews_setting_is_refused_by_key(tmp_path):
    ini = write_ini(tmp_path, "sqlite://", **{"courseshop.hold_reviews": "new strangers"})
    with pytest.raises(Exception, match=r"courseshop\.hold_reviews"):
        Shop.open(ini)


def test_the_doctor_counts_hidden_reviews(shop, mo, review):
    decide(mo, review, "hide", reason="Pills.")
    with shop.writing() as request:
        assert doctor.wrong_counters(request.db) == []
        request.db.execute(update(Review).values(status="pending"))
        ((_row, counters),) = doctor.wrong_counters(request.db)
        assert counters["hidden_count"] == 0
