"""The home page: the same rows for every guest, and a member's own rows above them."""

from __future__ import annotations

import pytest
from factories import enrol
from sqlalchemy import update
from test_course import text_of
from writers import Writer

from courseshop.domain.actor import OPERATOR, Actor
from courseshop.models import Course
from courseshop.services import course, instructor, status, wish, wishlist

pytestmark = pytest.mark.databases

OWN = ("your_courses", "your_wishes", "new_for_you")


def slugs(page, name):
    return [one["slug"] for one in page[name]]


def ids(html):
    """Return the ids of the headings of all rows; the script fills the last one, `recent`."""
    return [one["id"] for one in html.select(".band h2") if one["id"] != "recent"]


def add(shop, *names, **facts):
    """Add courses, each newer than the one before."""
    for name in names:
        add.day += 1
        at = f"2026-{add.day // 28 + 1:02}-{add.day % 28 + 1:02}T00:00:00Z"
        shop.add_course(name, at, **facts)


add.day = 0


@pytest.fixture
def sam(shop):
    """Return a student in a shop with courses in three categories."""
    add.day = 0
    add(shop, *(f"oil-{n}" for n in range(6)), category="art")
    add(shop, *(f"code-{n}" for n in range(6)), category="code", price="9.00")
    add(shop, *(f"jam-{n}" for n in range(6)), category="food")
    return Writer(shop, "sam", "student")


def attend(shop, who, *names):
    with shop.storing() as db:
        for name in names:
            enrol(db, who.id, name)


def want(shop, who, *names, key=None):
    with shop.storing() as db:
        default = wishlist.find_default(db, who.id)
        owned = wishlist.find(db, Actor(id=who.id), key) if key else default
        for name in names:
            wish.put(db, owned, course.find_written(db, name), wish.WishChange(), 100)


def archive(shop, name):
    with shop.storing() as db:
        row = course.find_written(db, name)
        status.move(db, status.Rules(OPERATOR, "moderators"), row, "archived")


def test_guest_sees_four_courses_per_row_and_none_of_a_members(shop, sam):
    page = shop.json("/").json
    assert slugs(page, "newest") == ["jam-5", "jam-4", "jam-3", "jam-2"]
    assert [page[name] for name in OWN] == [[], [], []]
    html = shop.get("/").html
    assert ids(html) == ["shelves", "newest"]
    (row,) = html.select(".cards")
    assert len(row.select(".card")) == 4


def test_every_guest_gets_the_same_page(shop, sam):
    attend(shop, sam, "oil-1")
    first = shop.get("/")
    sam.browser().get("/")
    again = shop.get("/", If_None_Match=first.headers["ETag"])
    assert again.status_int == 304
    other = shop.get("/", Cookie="courseshop_session=unknown")
    assert (other.body, other.headers["ETag"]) == (first.body, first.headers["ETag"])
    assert "private" not in first.headers["Cache-Control"]
    assert "private" in sam.browser().get("/").headers["Cache-Control"]


def test_facts_of_the_shop_are_its_stored_counts(shop, sam):
    page = shop.json("/").json
    assert (page["course_count"], page["free_count"]) == (18, 12)
    facts = text_of(shop.get("/").html.find(class_="hero-facts"))
    assert facts == "18 courses 12 of them free Reviews by students only"
    archive(shop, "jam-5")
    page = shop.json("/").json
    assert (page["course_count"], page["free_count"]) == (17, 11)


def test_empty_shop_shows_no_facts_and_no_rows(shop):
    html = shop.get("/").html
    assert html.find(class_="hero-facts") is None
    assert ids(html) == []
    assert shop.json("/").json["course_count"] == 0


def test_shop_without_free_courses_does_not_mention_them(shop):
    shop.add_course("python", price="5.00")
    facts = text_of(shop.get("/").html.find(class_="hero-facts"))
    assert facts == "1 course Reviews by students only"


def test_member_sees_their_newest_courses(shop, sam):
    assert "your-courses" not in ids(sam.browser().get("/").html)
    attend(shop, sam, "oil-0", "oil-1", "oil-2", "jam-0", "jam-1")
    archive(shop, "jam-0")
    assert slugs(sam.get("/").json, "your_courses") == ["jam-1", "oil-2", "oil-1", "oil-0"]
    html = sam.browser().get("/").html
    assert ids(html)[0] == "your-courses"
    head = html.find(id="your-courses").parent
    assert head.h2.text == "My courses"
    assert head.a["href"] == "http://localhost/account/courses"


def test_member_sees_the_first_available_courses_of_their_default_wishlist(shop, sam):
    want(shop, sam, "jam-1", "oil-5", "code-3", "oil-2", "oil-1")
    archive(shop, "oil-5")
    made = sam.post("/wishlists", {"name": "Later", "visibility": "link"}).json
    want(shop, sam, "code-0", key=made["key"])
    page = sam.get("/").json
    assert slugs(page, "your_wishes") == ["jam-1", "code-3", "oil-2", "oil-1"]
    assert {one["wished"] for one in page["your_wishes"]} == {True}
    head = sam.browser().get("/").html.find(id="your-wishes").parent
    assert (head.h2.text, head.a["href"]) == ("Your wishes", "http://localhost/wishlists/default")
    assert sam.browser().get(head.a["href"]).status_int == 200


def test_member_sees_what_is_new_in_the_categories_of_their_courses_and_wishes(shop, sam):
    attend(shop, sam, "jam-0", "jam-5")
    want(shop, sam, "code-4")
    made = sam.post("/wishlists", {"name": "Later"}).json
    want(shop, sam, "code-1", "code-5", key=made["key"])
    with shop.storing() as db:
        for name in ("jam-3", "oil-0"):
            instructor.join(db, course.find_written(db, name).id, sam.id)
    add(shop, "oil-6", category="art")
    archive(shop, "jam-4")
    # Neither from art, where they only teach, nor what they take, teach or wish for.
    assert slugs(sam.get("/").json, "new_for_you") == ["jam-2", "jam-1", "code-3", "code-2"]
    head = sam.browser().get("/").html.find(id="new-for-you").parent
    assert (head.text.strip(), head.a) == ("New in the categories of your courses and wishes", None)


def test_row_of_new_courses_is_not_shown_if_they_are_all_known(shop, sam):
    want(shop, sam, *(f"jam-{n}" for n in range(6)))
    page = sam.get("/").json
    assert page["new_for_you"] == []
    assert ids(sam.browser().get("/").html) == ["your-wishes", "shelves", "newest"]


def test_other_members_do_not_matter(shop, sam):
    tom = Writer(shop, "tom", "student")
    attend(shop, tom, "jam-5", "jam-4")
    want(shop, tom, "jam-3")
    want(shop, sam, "jam-0")
    assert slugs(sam.get("/").json, "new_for_you") == ["jam-5", "jam-4", "jam-3", "jam-2"]


def cards(html):
    """Return the slugs of the courses in each row, by the id of the row's heading."""
    return {
        row.parent.h2["id"]: [one["href"].split("/")[-1] for one in row.select(".card h3 a")]
        for row in html.select(".cards")
    }


def test_page_shows_each_course_once_and_uses_no_id_twice(shop, sam):
    attend(shop, sam, "jam-5", "jam-4")
    want(shop, sam, "jam-5", "jam-4", "jam-3")
    html = sam.browser().get("/").html
    shown = [name for row in cards(html).values() for name in row]
    assert len(shown) == len(set(shown))
    named = [one["id"] for one in html.select("[id]")]
    assert len(named) == len(set(named))


def test_row_is_filled_up_with_courses_that_no_row_above_has(shop, sam):
    rated = [f"code-{n}" for n in range(2, 6)]
    with shop.storing() as db:
        facts = {"rating_count": 1, "rating_sum": 5, "rating_5": 1, "score": 5_000}
        db.execute(update(Course).where(Course.slug.in_(rated)).values(facts))
        db.execute(update(Course).values(enrolled_count=Course.id))
    attend(shop, sam, "jam-5", "jam-4")
    assert cards(sam.browser().get("/").html) == {
        "your-courses": ["jam-5", "jam-4"],
        "new-for-you": ["jam-3", "jam-2", "jam-1", "jam-0"],
        "rating": ["code-5", "code-4", "code-3", "code-2"],
        "newest": ["code-1", "code-0", "oil-5", "oil-4"],
        "popular": ["oil-3", "oil-2", "oil-1", "oil-0"],
    }


def test_api_clients_get_each_list_whole(shop, sam):
    attend(shop, sam, "jam-5")
    want(shop, sam, "jam-5", "jam-4")
    page = sam.get("/").json
    assert slugs(page, "newest") == ["jam-5", "jam-4", "jam-3", "jam-2"]
    assert slugs(page, "your_wishes") == ["jam-5", "jam-4"]


def test_only_the_most_frequent_categories_count(shop, sam, monkeypatch):
    monkeypatch.setattr("courseshop.services.for_you.MOST_CATEGORIES", 1)
    attend(shop, sam, "jam-0")
    want(shop, sam, "code-0", "code-1")
    assert slugs(sam.get("/").json, "new_for_you") == ["code-5", "code-4", "code-3", "code-2"]


@pytest.mark.parametrize("role", ["admin", "moderator", "instructor"])
def test_staff_see_only_published_courses(shop, sam, role):
    mo = Writer(shop, "mo", role)
    want(shop, mo, "jam-0")
    shop.add_course("draft", published=None, category="food", instructors=["mo"])
    page = mo.get("/").json
    for name in ("new_for_you", "newest"):
        assert slugs(page, name) == ["jam-5", "jam-4", "jam-3", "jam-2"]
    assert page["course_count"] == 18
    assert "/courses/draft" not in mo.browser().get("/").text


def test_hint_in_the_search_box_is_short(shop):
    box = shop.get("/").html.main.find("input", type="search")
    assert (box["placeholder"], box["aria-label"]) == (
        "Search courses",
        "What would you like to learn?",
    )
