"""What a guest begins is done after the log-in: that, once, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import webtest
from browsing import PASSWORD, Visitor
from helpers import Shop, write_ini
from probes import WISHED
from sqlalchemy import func, select, update

from courseshop.domain.clock import now
from courseshop.models import PendingForm
from courseshop.services import pending_action

WISH = "/courses/python/wish"


@pytest.fixture(scope="session")
def _wishing(migrated_database, tmp_path_factory):
    ini = write_ini(
        tmp_path_factory.mktemp("wishing"), migrated_database(), **{"pyramid.includes": "probes"}
    )
    shop = Shop.open(ini)
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def shop(_wishing):
    _wishing.clear()
    WISHED.clear()
    _wishing.add_course("python")
    Visitor(_wishing).register("alice")
    return _wishing


def begin(visitor, word="one", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.app.post(WISH, {"word": word}, headers=headers, expect_errors=True)


def kept(shop):
    with shop.reading() as request:
        return request.db.scalar(select(func.count()).select_from(PendingForm))


@pytest.mark.databases
def test_what_was_begun_is_done_after_the_log_in_and_shown(shop):
    guest = Visitor(shop)
    way = begin(guest)
    assert way.status_int == 303
    page = guest.get(way.location)
    assert "we'll finish what you started" in page.html.main.text
    done = guest.submit(page, "Log in", username="alice", password=PASSWORD)
    assert WISHED == [("alice", "python", "one")]
    assert (done.status_int, done.location) == (303, f"http://localhost{WISH}")
    assert guest.json("/account").json["username"] == "alice"
    assert kept(shop) == 0


def test_it_is_done_after_making_an_account_too_even_with_a_detour(shop):
    guest = Visitor(shop)
    page = guest.get(begin(guest).location)
    page = guest.submit(page, "Log in", username="alice", password="wrong wrong wrong")
    page = page.click("Create an account", href="begun=")
    facts = {"username": "bob", "name": "Bob", "email": "bob@example.com", "password": PASSWORD}
    refused = guest.submit(page, "Create an account", **{**facts, "email": "junk"})
    guest.submit(refused, "Create an account", **facts)
    assert WISHED == [("bob", "python", "one")]


def test_it_is_done_once(shop):
    guest = Visitor(shop)
    page = guest.get(begin(guest).location)
    guest.submit(page, "Log in", username="alice", password=PASSWORD)
    guest.submit(page, "Log in", username="alice", password=PASSWORD)
    guest.get("/account/logout")
    assert len(WISHED) == 1


@pytest.mark.databases
def test_two_log_ins_at_once_do_it_once(shop):
    guest = Visitor(shop)
    way = begin(guest).location.removeprefix("http://localhost")
    cookie = guest.app.cookies["courseshop_begun"]

    def log_in(_n):
        app = webtest.TestApp(shop.app.app, extra_environ={"REMOTE_ADDR": "192.0.2.1"}, lint=False)
        app.set_cookie("courseshop_begun", cookie)
        return app.post(way, {"username": "alice", "password": PASSWORD}).status_int

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(log_in, range(4))) == {303}
    assert len(WISHED) == 1


def test_another_log_in_does_not_do_it(shop):
    guest = Visitor(shop)
    begin(guest)
    guest.log_in("alice")
    assert WISHED == []
    assert "courseshop_begun" not in {name for name, value in guest.app.cookies.items() if value}


@pytest.mark.databases
def test_only_what_was_begun_last_on_this_way_is_done(shop):
    guest = Visitor(shop)
    first = begin(guest, "first").location
    second = begin(guest, "second").location
    guest.log_in("alice", url=first)
    assert WISHED == []
    guest = Visitor(shop)
    guest.app.set_cookie("courseshop_begun", second.partition("begun=")[2])
    guest.log_in("alice", url=second)
    assert [word for _who, _what, word in WISHED] == ["second"]


def test_a_link_with_anothers_beginning_does_nothing(shop):
    """A stranger's review must not be signed by whoever follows the stranger's link."""
    mallory, victim = Visitor(shop), Visitor(shop)
    way = begin(mallory).location
    victim.log_in("alice", url=way)
    assert WISHED == []


def test_a_foreign_site_cannot_begin_anything(shop):
    guest = Visitor(shop)
    assert begin(guest, Origin="https://evil.example").status_int == 403
    assert begin(guest, Sec_Fetch_Site="cross-site").status_int == 403
    assert kept(shop) == 0
    assert begin(guest, Origin="http://localhost").status_int == 303


def test_what_is_refused_then_shows_why_and_the_log_in_stands(shop):
    guest = Visitor(shop)
    answer = guest.log_in("alice", url=begin(guest, "refuse").location)
    assert answer.status_int == 409
    assert guest.json("/account").json["username"] == "alice"
    assert WISHED == []


@pytest.mark.databases
def test_what_was_begun_is_forgotten_after_an_hour(shop):
    guest = Visitor(shop)
    way = begin(guest).location
    with shop.writing() as request:
        request.db.execute(update(PendingForm).values(created_at=now() - timedelta(minutes=61)))
    guest.log_in("alice", url=way)
    assert WISHED == []
    begin(Visitor(shop))
    assert kept(shop) == 1


@pytest.mark.databases
def test_guests_cannot_fill_the_database(shop, monkeypatch):
    monkeypatch.setattr(pending_action, "MOST_OF_ONE_ADDRESS", 3)
    guest = Visitor(shop, address="192.0.2.77")
    ways = [begin(guest).location for _ in range(5)]
    assert kept(shop) == 3
    assert "begun=" not in ways[-1]
    assert "begun=" in begin(Visitor(shop, address="192.0.2.78")).location
    huge = begin(Visitor(shop, address="192.0.2.79"), "x" * (pending_action.LONGEST_BODY + 1))
    assert "begun=" not in huge.location


def test_a_program_is_told_and_nothing_is_kept(shop):
    guest = Visitor(shop)
    answer = guest.post_json(WISH, {"word": "one"})
    assert answer.status_int == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert kept(shop) == 0


def test_the_page_to_log_in_says_what_is_done_then(shop):
    shop.add_course("guitar", title="Fingerstyle <Guitar>")
    shop.add_course("draft", None, title="Hidden Gem")

    def told(url, **form):
        return shown(shop, url, form)

    reviews = "/courses/guitar/reviews"
    login, register = told("/wishlists/default/guitar", wish="on")
    assert "Log in to save “Fingerstyle <Guitar>” to your wishlist." in login
    assert "Create an account to save “Fingerstyle <Guitar>” to your wishlist." in register
    assert (
        "Log in to enrol in “Fingerstyle <Guitar>”." in told("/courses/guitar/enrolment", on="1")[0]
    )
    assert "Log in to post your review of “Fingerstyle <Guitar>”." in told(reviews, rating="5")[0]
    otherwise = "Log in, and we'll finish what you started."
    assert otherwise in told("/courses/guitar/enrolment", on="0")[0]
    assert otherwise in told("/wishlists/default/draft", wish="on")[0]


def test_a_vote_is_named_before_the_log_in(shop):
    course = shop.add_course("guitar")
    review = shop.add_review(course, shop.add_person("sam"), 4, "Good.")
    login, _register = shown(shop, f"/courses/guitar/reviews/{review}/helpful", {"on": "1"})
    assert "Log in to mark a review as helpful." in login


def shown(shop, url, form):
    """Return what the pages to log in and to register say to a guest who has sent a form."""
    guest = Visitor(shop)
    way = guest.app.post(url, form).location
    with shop.queries() as sent:
        login = guest.get(way)
    # The form, and the title of its course.
    assert len(sent) <= 2
    register = login.click("Create an account", href="begun=")
    return login.html.main.p.text, register.html.main.text


def test_it_is_done_below_a_prefix_too(shop):
    guest = Visitor(shop)
    guest.app.extra_environ["SCRIPT_NAME"] = "/shop"
    way = begin(guest).location
    assert way.startswith("http://localhost/shop/account/login?next=%2Fshop%2Fcourses")
    page = guest.app.get(way.removeprefix("http://localhost/shop"))
    form = page.forms[1]
    form["username"], form["password"] = "alice", PASSWORD
    form.action = form.action.removeprefix("http://localhost/shop")
    done = form.submit()
    assert done.location == f"http://localhost/shop{WISH}"
    assert len(WISHED) == 1
