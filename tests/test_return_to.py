"""After a form, the browser is where the form was, even without JavaScript or after login."""

from __future__ import annotations

import pytest
from browsing import PASSWORD, Visitor, form_with
from writers import URL, Writer

LIST = f"{URL}/reviews?sort=lowest"
FOREIGN = ["//evil.test/", "https://evil.test/", "/\\evil.test", "/a\tb", "evil.test", "/ä", ""]


@pytest.fixture
def review(shop, teacher, student):
    return student.post(f"{URL}/reviews", {"rating": 2, "text": "Short."}).json


def vote(page):
    return form_with(page, "Helpful")


def test_vote_returns_to_review_in_sorted_list(shop, review):
    done = vote(Writer(shop, "eve").browser().get(LIST)).submit("on", value="1")
    assert done.location == f"http://localhost{LIST}#review-{review['id']}"


def test_guest_returns_to_review_after_login(shop, review):
    visitor = Visitor(shop)
    visitor.register("nora")
    visitor.app.reset()
    redirect = vote(visitor.get(LIST)).submit("on", value="1")
    done = visitor.log_in("nora", PASSWORD, redirect.location)
    assert done.location == f"http://localhost{LIST}#review-{review['id']}"


@pytest.mark.parametrize("sent", FOREIGN)
def test_form_never_redirects_to_another_site(shop, review, sent):
    form = vote(Writer(shop, "eve").browser().get(URL))
    form["return_to"] = sent
    location = form.submit("on", value="1").location
    assert location in {review["url"], "http://localhost//evil.test/"}


def test_form_under_path_prefix_stays_in_application(shop, review):
    browser = Writer(shop, "eve").browser()
    browser.app.extra_environ["SCRIPT_NAME"] = "/shop"
    form = vote(browser.get(URL))
    assert form["return_to"].value == f"/shop{URL}#review-{review['id']}"
    form["return_to"] = "/shopping"
    form.action = form.action.removeprefix("http://localhost/shop")
    assert form.submit("on", value="1").location.startswith("http://localhost/shop/courses/")


def test_form_does_not_return_to_tracking_parameters(shop, review):
    """The page is cached for all guests."""
    page = shop.get(f"{URL}?utm_source=mail", Accept="text/html")
    found = vote(page)["return_to"].value if page.status_int == 200 else URL
    assert "utm" not in found


def test_review_form_returns_to_review_and_reply_form_to_reply(shop, teacher, student):
    form = form_with(student.browser().get(LIST), "Post review")
    form["rating"] = "4"
    done = form.submit()
    review_id = int(done.location.rpartition("-")[2])
    assert done.location == f"http://localhost{URL}/reviews#review-{review_id}"
    shown = done.follow().html
    assert shown.find(id=f"review-{review_id}")["tabindex"] == "-1"
    form = form_with(teacher.browser().get(f"{URL}/reviews/{review_id}/reply"), "Post reply")
    form["text"] = "Thank you."
    done = form.submit()
    assert done.location == f"http://localhost{URL}/reviews/{review_id}#reply-{review_id}"
    assert done.follow().html.find(id=f"reply-{review_id}")


def test_a_form_that_is_shown_again_still_leads_back(shop, teacher, student):
    form = form_with(student.browser().get(LIST), "Post review")
    again = form.submit(expect_errors=True)
    assert again.status_int == 422
    form = form_with(again, "Post review")
    form["rating"] = "4"
    assert form.submit().location.startswith(f"http://localhost{URL}/reviews#review-")
