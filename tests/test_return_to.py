"""After a form, the browser is where the form was, even without JavaScript or after login."""

from __future__ import annotations

import pytest
from browsing import PASSWORD, Visitor, form_with, link_with, path
from helpers import figures
from writers import URL, Writer

LIST = f"{URL}/reviews?sort=lowest"
FOREIGN = ["//evil.test/", "https://evil.test/", "/\\evil.test", "/a\tb", "evil.test", "/ä", ""]


@pytest.fixture
def review(shop, teacher, student):
    return student.post(f"{URL}/reviews", {"rating": 2, "text": "Short."}).json


def vote(page):
    """Return the form to mark the first review of a page as helpful."""
    return next(form for key, form in page.forms.items() if str(key).startswith("vote-"))


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


# By page with a form about a review: the user, the text of the link to it, and its button.
PAGES = {
    "edit": ("student", "Edit your review", "Save"),
    "delete": ("student", "Delete", "Delete"),
    "report": ("eve", "Report", "Send report"),
    "reply": ("teacher", "Reply", "Post reply"),
}


@pytest.fixture
def people(shop, teacher, student):
    return {"teacher": teacher, "student": student, "eve": Writer(shop, "eve")}


def opened(page, text):
    """Return the URL of the first link in the content that starts with this text."""
    links = page.html.main.find_all("a")
    return next(one["href"] for one in links if one.get_text(strip=True).startswith(text))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("start", [LIST, URL])
def test_form_page_returns_to_list_with_link(people, review, name, start):
    who, link, button = PAGES[name]
    browser = people[who].browser()
    page = browser.get(opened(browser.get(start), link))
    parts = {"reply": f"reply-{review['id']}", "delete": "reviews"}
    home = f"http://localhost{start}#review-{review['id']}"
    assert link_with(page, "Back to review" if name == "report" else "Cancel") == home
    form = form_with(page, button)
    if name == "reply":
        form["text"] = " "
        refused = form.submit(expect_errors=True)
        assert refused.status_int == 422
        assert link_with(refused, "Cancel") == home
        form = form_with(refused, button)
        form["text"] = "Thank you."
    done = form.submit()
    part = parts.get(name, f"review-{review['id']}")
    assert done.location == f"http://localhost{start}#{part}"
    assert done.follow().html.find(id=part)["tabindex"] == "-1"


def test_confirmation_to_delete_reply_returns_to_list(teacher, review):
    teacher.ask("PUT", f"{review['url']}/reply", {"text": "Thank you."})
    browser = teacher.browser()
    edit = browser.get(opened(browser.get(LIST), "Edit reply"))
    asked = browser.get(link_with(edit, "Delete reply"))
    home = f"http://localhost{LIST}#review-{review['id']}"
    assert link_with(asked, "Cancel") == home
    assert browser.submit(asked, "Delete").location == home


def test_without_list_edit_returns_to_review_and_delete_to_course(student, review):
    browser, place = student.browser(), path(review["url"])
    own = f"{review['url']}#review-{review['id']}"
    assert browser.fill(f"{place}/edit", "Save").location == own
    shown = browser.get(place)
    assert browser.get(opened(shown, "Edit your review")).status_int == 200
    # The page of the review is gone then.
    gone = browser.submit(browser.get(opened(shown, "Delete")), "Delete")
    assert gone.location == f"http://localhost{URL}#reviews"


@pytest.mark.parametrize("named", ["//evil.test/", "https://evil.test/", "/\\evil.test", "x"])
def test_return_to_parameter_never_leads_to_another_site(student, review, named):
    page = student.browser().get(f"{path(review['url'])}/edit", params={"return_to": named})
    assert link_with(page, "Cancel").startswith("http://localhost/")
    assert form_with(page, "Save").submit().location.startswith("http://localhost/")


def test_guest_can_go_back_to_review_or_card_without_login(shop, review):
    guest = Visitor(shop)
    led = vote(guest.get(LIST)).submit("on", value="1")
    back = link_with(guest.get(led.location), "Go back without logging in")
    assert back == f"http://localhost{LIST}#review-{review['id']}"
    cards = "/courses?sort=title"
    led = form_with(guest.get(cards), "Wishlist: Backend With Python").submit()
    back = link_with(guest.get(led.location), "Go back without logging in")
    assert back == f"http://localhost{cards}#wish-backend-with-python"
    assert guest.get(back).html.find(id="wish-backend-with-python")


@pytest.mark.parametrize(
    "url", [URL, f"{URL}/reviews?stars=2&sort=lowest", "/courses?q=with", "/x"]
)
def test_login_link_in_header_returns_to_page(shop, review, url):
    visitor = Visitor(shop)
    visitor.register("nora")
    visitor.app.reset()
    login = link_with(visitor.get(url), "Log in")
    assert visitor.log_in("nora", PASSWORD, login).location == f"http://localhost{url}"


def test_header_of_login_page_keeps_pending_action(shop, review):
    guest = Visitor(shop)
    led = vote(guest.get(LIST)).submit("on", value="1").location
    page = guest.get(led)
    assert link_with(page, "Log in") == led
    register = guest.get(link_with(page, "Create an account"))
    assert "mark a review as helpful" in register.html.main.text


def test_login_link_on_home_and_account_pages_returns_nowhere(shop):
    for url in ("/", "/account/reset", "/account/logout"):
        assert link_with(shop.get(url), "Log in") == "http://localhost/account/login"


def test_cached_page_returns_every_guest_to_its_own_url(shop, review):
    """Parameters that the page does not accept are not in the cached page."""
    login = "http://localhost/account/login?next=%2Fcourses%2Fbackend-with-python"
    for url in (URL, f"{URL}?utm_source=mail", f"{URL}?x=1", URL):
        assert link_with(Visitor(shop).get(url), "Log in") == login
    before = figures(shop)["hits"]
    shop.get(URL)
    assert figures(shop)["hits"] == before + 1


def test_login_link_under_path_prefix_returns_to_shop(shop, review):
    page = shop.app.get(URL, extra_environ={"SCRIPT_NAME": "/shop"})
    assert link_with(page, "Log in").endswith("?next=%2Fshop%2Fcourses%2Fbackend-with-python")
    home = shop.app.get("/", extra_environ={"SCRIPT_NAME": "/shop"})
    assert link_with(home, "Log in") == "http://localhost/shop/account/login"
