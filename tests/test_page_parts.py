"""Parts of pages: landmarks, directions of fields, the hint for guests, the review in a report form."""

from __future__ import annotations

import pytest
from browsers import PAGES
from writers import REVIEWS, URL, Writer, enrolled, write_course

HINT = "Log in to save this course."


@pytest.mark.parametrize("url", PAGES.values(), ids=PAGES)
def test_search_landmarks_have_distinct_names(demo, url):
    found = demo.get(url).html.find_all(role="search")
    names = [one.get("aria-label") for one in found]
    assert None not in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("url", "name", "direction"),
    [
        ("/account/register", "username", "ltr"),
        ("/account/register", "email", "ltr"),
        ("/account/register", "name", "auto"),
        ("/account/login", "username", "ltr"),
        ("/account/reset", "email", "ltr"),
        ("/courses/new", "slug", "ltr"),
        ("/courses/new", "title", "auto"),
        ("/courses/new", "price", None),
    ],
)
def test_addresses_usernames_and_codes_run_from_left_to_right(shop, url, name, direction):
    write_course(shop, published=True)
    visitor = Writer(shop, "eve").browser() if url == "/courses/new" else shop
    field = visitor.get(url).html.main.find("input", {"name": name})
    assert field.get("dir") == direction


def test_link_to_copy_runs_from_left_to_right(demo):
    page = demo.get("/courses/backend-with-python/share")
    assert page.html.select_one(".copy-box input")["dir"] == "ltr"


def test_only_guests_see_account_hint(shop):
    ann = write_course(shop, published=True)
    assert HINT in shop.get(URL).text
    for who in (ann, Writer(shop, "sam", "student")):
        assert HINT not in who.browser().get(URL).text


def test_report_form_shows_the_review(shop):
    ann = write_course(shop, published=True)
    assert ann.username == "ann"
    sam = enrolled(shop)
    made = sam.post(REVIEWS, {"rating": 2, "text": "Buy *my* course instead."}).json
    page = Writer(shop, "tom", "student").browser().get(f"{REVIEWS}/{made['id']}/reports")
    quote = page.html.select_one("main blockquote.said")
    assert "Buy my course instead." in quote.text
    assert quote.select_one(".stars[aria-label^='2 ']")
    assert quote.find("a", href=made["author"]["url"])
