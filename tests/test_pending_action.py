"""A guest's form is submitted after login: only this form, and only once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import webtest
from browsing import PASSWORD, Visitor, link_with
from helpers import Shop, write_ini
from probes import WISHED
from sqlalchemy import func, select, update

from courseshop.domain.clock import now
from courseshop.models import PendingForm
from courseshop.services import pending_action

WISH = "/courses/python/wish"


@pytest.fixture(scope="session")
def _probed_shop(migrated_database, tmp_path_factory):
    ini = write_ini(
        tmp_path_factory.mktemp("wishing"), migrated_database(), **{"pyramid.includes": "probes"}
    )
    shop = Shop.open(ini)
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def shop(_probed_shop):
    _probed_shop.clear()
    WISHED.clear()
    _probed_shop.add_course("python")
    Visitor(_probed_shop).register("alice")
    return _probed_shop


def post_wish(visitor, word="one", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.app.post(WISH, {"word": word}, headers=headers, expect_errors=True)


def pending_count(shop):
    with shop.reading() as request:
        return request.db.scalar(select(func.count()).select_from(PendingForm))


@pytest.mark.databases
def test_pending_form_is_submitted_after_login(shop):
    guest = Visitor(shop)
    redirect = post_wish(guest)
    assert redirect.status_int == 303
    page = guest.get(redirect.location)
    assert "we'll submit your form" in page.html.main.text
    done = guest.submit(page, "Log in", username="alice", password=PASSWORD)
    assert WISHED == [("alice", "python", "one")]
    assert (done.status_int, done.location) == (303, f"http://localhost{WISH}")
    assert guest.json("/account").json["username"] == "alice"
    assert pending_count(shop) == 0


def test_pending_form_is_submitted_after_registration_with_detour(shop):
    guest = Visitor(shop)
    page = guest.get(post_wish(guest).location)
    page = guest.submit(page, "Log in", username="alice", password="wrong wrong wrong")
    page = guest.get(link_with(page, "Create an account"))
    facts = {"username": "bob", "name": "Bob", "email": "bob@example.com", "password": PASSWORD}
    refused = guest.submit(page, "Create an account", **{**facts, "email": "junk"})
    guest.submit(refused, "Create an account", **facts)
    assert WISHED == [("bob", "python", "one")]


def test_pending_form_is_submitted_once(shop):
    guest = Visitor(shop)
    page = guest.get(post_wish(guest).location)
    guest.submit(page, "Log in", username="alice", password=PASSWORD)
    guest.submit(page, "Log in", username="alice", password=PASSWORD)
    guest.get("/account/logout")
    assert len(WISHED) == 1


@pytest.mark.databases
def test_concurrent_logins_submit_pending_form_once(shop):
    guest = Visitor(shop)
    login_url = post_wish(guest).location.removeprefix("http://localhost")
    cookie = guest.app.cookies["courseshop_begun"]

    def log_in(_n):
        app = webtest.TestApp(shop.app.app, extra_environ={"REMOTE_ADDR": "192.0.2.1"}, lint=False)
        app.set_cookie("courseshop_begun", cookie)
        return app.post(login_url, {"username": "alice", "password": PASSWORD}).status_int

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(log_in, range(4))) == {303}
    assert len(WISHED) == 1


def test_unrelated_login_does_not_submit_pending_form(shop):
    guest = Visitor(shop)
    post_wish(guest)
    guest.log_in("alice")
    assert WISHED == []
    assert "courseshop_begun" not in {name for name, value in guest.app.cookies.items() if value}


@pytest.mark.databases
def test_only_latest_pending_form_is_submitted(shop):
    guest = Visitor(shop)
    first = post_wish(guest, "first").location
    second = post_wish(guest, "second").location
    guest.log_in("alice", url=first)
    assert WISHED == []
    guest = Visitor(shop)
    guest.app.set_cookie("courseshop_begun", second.partition("begun=")[2])
    guest.log_in("alice", url=second)
    assert [word for _who, _what, word in WISHED] == ["second"]


def test_login_link_of_another_guest_submits_nothing(shop):
    """A victim who follows an attacker's link must not post the attacker's review."""
    mallory, victim = Visitor(shop), Visitor(shop)
    login_url = post_wish(mallory).location
    victim.log_in("alice", url=login_url)
    assert WISHED == []


def test_cross_site_form_is_not_stored(shop):
    guest = Visitor(shop)
    assert post_wish(guest, Origin="https://evil.example").status_int == 403
    assert post_wish(guest, Sec_Fetch_Site="cross-site").status_int == 403
    assert pending_count(shop) == 0
    assert post_wish(guest, Origin="http://localhost").status_int == 303


def test_refused_pending_form_leaves_user_logged_in(shop):
    guest = Visitor(shop)
    answer = guest.log_in("alice", url=post_wish(guest, "refuse").location)
    assert answer.status_int == 409
    assert guest.json("/account").json["username"] == "alice"
    assert WISHED == []


@pytest.mark.databases
def test_pending_form_expires_after_an_hour(shop):
    guest = Visitor(shop)
    login_url = post_wish(guest).location
    with shop.writing() as request:
        request.db.execute(update(PendingForm).values(created_at=now() - timedelta(minutes=61)))
    guest.log_in("alice", url=login_url)
    assert WISHED == []
    post_wish(Visitor(shop))
    assert pending_count(shop) == 1


@pytest.mark.databases
def test_guests_cannot_fill_the_database(shop, monkeypatch):
    monkeypatch.setattr(pending_action, "MOST_OF_ONE_ADDRESS", 3)
    guest = Visitor(shop, address="192.0.2.77")
    login_urls = [post_wish(guest).location for _ in range(5)]
    assert pending_count(shop) == 3
    assert "begun=" not in login_urls[-1]
    assert "begun=" in post_wish(Visitor(shop, address="192.0.2.78")).location
    huge = post_wish(Visitor(shop, address="192.0.2.79"), "x" * (pending_action.LONGEST_BODY + 1))
    assert "begun=" not in huge.location


def test_api_client_gets_401_and_nothing_is_stored(shop):
    guest = Visitor(shop)
    answer = guest.post_json(WISH, {"word": "one"})
    assert answer.status_int == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert pending_count(shop) == 0


def test_login_page_says_what_happens_after_login(shop):
    shop.add_course("guitar", title="Fingerstyle <Guitar>")
    shop.add_course("draft", None, title="Hidden Gem")

    def texts(url, **form):
        return shown(shop, url, form)

    reviews = "/courses/guitar/reviews"
    login, register = texts("/wishlists/default/guitar", wish="on")
    assert "Log in to save “Fingerstyle <Guitar>” to your wishlist." in login
    assert "Create an account to save “Fingerstyle <Guitar>” to your wishlist." in register
    assert (
        "Log in to enrol in “Fingerstyle <Guitar>”."
        in texts("/courses/guitar/enrolment", on="1")[0]
    )
    assert "Log in to post your review of “Fingerstyle <Guitar>”." in texts(reviews, rating="5")[0]
    fallback = "Log in and we'll submit your form."
    assert fallback in texts("/courses/guitar/enrolment", on="0")[0]
    assert fallback in texts("/wishlists/default/draft", wish="on")[0]


def test_login_page_mentions_pending_vote_or_report(shop):
    course = shop.add_course("guitar")
    review = shop.add_review(course, shop.add_person("sam"), 4, "Good.")
    login, _register = shown(shop, f"/courses/guitar/reviews/{review}/helpful", {"on": "1"})
    assert "Log in to mark a review as helpful." in login
    report = f"/courses/guitar/reviews/{review}/reports"
    login, register = shown(shop, report, {"reason": "spam"})
    assert "Log in to send your report." in login
    assert "Create an account to send your report." in register


def shown(shop, url, form):
    """Post a form as a guest; return the texts of the login and registration pages."""
    guest = Visitor(shop)
    login_url = guest.app.post(url, form).location
    with shop.queries() as sent:
        login = guest.get(login_url)
    # The form, and the title of its course.
    assert len(sent) <= 2
    register = guest.get(link_with(login, "Create an account"))
    return login.html.main.p.text, register.html.main.text


def test_pending_form_works_under_path_prefix(shop):
    guest = Visitor(shop)
    guest.app.extra_environ["SCRIPT_NAME"] = "/shop"
    login_url = post_wish(guest).location
    assert login_url.startswith("http://localhost/shop/account/login?next=%2Fshop%2Fcourses")
    page = guest.app.get(login_url.removeprefix("http://localhost/shop"))
    form = page.forms[1]
    form["username"], form["password"] = "alice", PASSWORD
    form.action = form.action.removeprefix("http://localhost/shop")
    done = form.submit()
    assert done.location == f"http://localhost/shop{WISH}"
    assert len(WISHED) == 1
