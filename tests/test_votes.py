"""Helpful votes: idempotent, counted correctly, and never for the user's own review."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import PASSWORD, Visitor, form_with
from sqlalchemy import func, select
from writers import REVIEWS, Writer, enrolled, fault_of, publish

from courseshop.models import Review, Vote

pytestmark = pytest.mark.databases


@pytest.fixture
def place(shop):
    """Return the path of the vote for a review by sam."""
    publish(shop, Writer(shop, "ann").write()["url"])
    url = enrolled(shop).post(REVIEWS, {"rating": 4, "text": "Good."}).json["url"]
    return f"{url.removeprefix('http://localhost')}/helpful"


def counts(shop):
    with shop.reading() as request:
        rows = request.db.scalar(select(func.count()).select_from(Vote))
        return request.db.scalar(select(Review.helpful_count)), rows


def test_vote_is_idempotent_and_can_be_withdrawn(shop, place):
    eve = Writer(shop, "eve")
    assert eve.get(place).json["helpful"] is False
    first = eve.ask("PUT", place)
    assert (first.status_int, first.json["helpful"], first.json["helpful_count"]) == (201, True, 1)
    assert eve.ask("PUT", place).status_int == 200
    assert counts(shop) == (1, 1)
    assert shop.json(REVIEWS).json["items"][0]["helpful_count"] == 1
    for _ in range(2):
        assert eve.ask("DELETE", place).status_int == 204
    assert counts(shop) == (0, 0)


def test_author_cannot_vote_for_own_review(shop, place):
    visitor = Writer(shop, "kim", "student")
    visitor.ask("PUT", "/courses/backend-with-python/enrolment")
    own = visitor.post(REVIEWS, {"rating": 5}).json["url"]
    answer = visitor.ask("PUT", f"{own}/helpful")
    assert (answer.status_int, fault_of(answer)) == (409, ("", "own_review"))
    assert counts(shop)[1] == 0
    main = visitor.browser().get(f"{own}/helpful").html.main
    assert "You can't mark your own review as helpful." in main.text
    assert main.find("form") is None


def test_concurrent_votes_and_withdrawals_keep_count_right(shop, place):
    voters = [Writer(shop, f"voter-{n}", "student") for n in range(4)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: voters[n % 4].ask(("PUT", "DELETE")[n % 3 == 0], place), range(32))
        )
    assert {answer.status_int for answer in answers} <= {200, 201, 204, 503}
    counted, rows = counts(shop)
    assert counted == rows


def test_vote_shows_at_once_without_new_version(shop, place):
    url = place.removesuffix("/helpful")
    before = shop.json(url)
    Writer(shop, "eve").ask("PUT", place)
    after = shop.json(url)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.json["version"] == before.json["version"]


def test_browser_can_vote_and_withdraw(shop, place):
    browser = Writer(shop, "eve").browser()
    page = browser.get("/courses/backend-with-python")
    button = page.html.find(class_="review").find("button", attrs={"aria-pressed": "false"})
    assert button.text.split() == ["Helpful"]
    shown = form_with(page, "Helpful").submit("on", value="1").follow()
    button = shown.html.find(class_="review").find("button", attrs={"aria-pressed": "true"})
    assert button.text.split() == ["Helpful", "(1)"]
    assert "(1)" in browser.get("/courses/backend-with-python").text
    browser.app.post(place, {"on": "0", "csrf_token": token_in(shown)})
    assert counts(shop) == (0, 0)


def test_vote_page_shows_count_and_can_remove_vote(shop, place):
    browser = Writer(shop, "eve").browser()
    page = browser.get(place)
    assert "found this helpful" not in page.text
    form_with(page, "Helpful").submit("on", value="1")
    page = browser.get(place)
    assert "1 person found this helpful." in page.text
    form_with(page, "Remove my vote").submit("on", value="0")
    assert counts(shop) == (0, 0)


def token_in(page):
    return page.html.find("input", {"name": "csrf_token"})["value"]


def test_guests_vote_counts_after_login(shop, place):
    visitor = Visitor(shop)
    visitor.register("nora")
    visitor.app.reset()
    redirect = form_with(visitor.get("/courses/backend-with-python"), "Helpful").submit(
        "on", value="1"
    )
    assert "begun=" in redirect.location
    visitor.log_in("nora", PASSWORD, redirect.location)
    assert counts(shop) == (1, 1)


def test_hidden_review_accepts_no_votes(shop, place):
    with shop.writing() as request:
        request.db.execute(select(Review)).scalar_one().status = "hidden"
    eve = Writer(shop, "eve")
    assert eve.ask("PUT", place).status_int == 404
