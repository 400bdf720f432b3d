"""The feeds of new courses, of the shop and of a category, as RFC 4287 and its readers take them."""

from __future__ import annotations

import feedparser
import pytest
from helpers import Shop, write_ini
from machine_readable import atom, head
from writers import REVIEWS, URL, Writer, enrolled

from courseshop.schemas.category import CategoryDraft
from courseshop.services import category

FEED = "/feed.atom"
THINGS = "/categories/things/feed.atom"


def entries(shop, url=FEED):
    answer = shop.get(url)
    atom(answer)
    parsed = feedparser.parse(answer.body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed.entries


@pytest.mark.databases
def test_the_newest_courses_come_first_with_all_that_a_reader_shows(shop):
    shop.add_course("one", "2026-01-01T00:00:00Z")
    facts = {"title": "C < C++ & Rust", "summary": "a ]]> <b>", "language": "pt-BR"}
    shop.add_course("two", "2026-02-01T00:00:00Z", ["ann", "bob"], **facts)
    newest, oldest = entries(shop)
    assert oldest.link == "http://localhost/courses/one"
    assert newest.link == "http://localhost/courses/two"
    assert newest.title == "C < C++ & Rust"
    assert newest.summary_detail["type"] == "text/plain"
    assert newest.summary == "a ]]> <b>"
    assert [one["name"] for one in newest.authors] == ["Ann", "Bob"]
    (tag,) = newest.tags
    assert (tag["term"], tag["label"]) == ("things", "Things")
    assert tag["scheme"] == "http://localhost/categories"
    assert newest.published == "2026-02-01T00:00:00+00:00"
    assert newest.title_detail.language == "pt-BR"


@pytest.mark.databases
def test_a_category_has_a_feed_of_its_own(shop):
    shop.add_course("one")
    shop.add_course("two", category="others")
    assert [one.link for one in entries(shop, THINGS)] == ["http://localhost/courses/one"]
    feed = feedparser.parse(shop.get(THINGS).body).feed
    assert feed.title == "New courses in Things at courseshop"
    assert (feed.id, feed.link) == (
        "http://localhost/categories/things/feed.atom",
        "http://localhost/categories/things",
    )


def test_a_category_without_courses_has_an_empty_feed(shop):
    with shop.writing() as request:
        category.add(request.db, CategoryDraft(slug="things", title="Things"))
    assert entries(shop, THINGS) == []
    assert shop.get("/categories/nothing/feed.atom").status_int == 404


@pytest.mark.databases
def test_a_course_keeps_its_id_under_another_slug(shop, teacher):
    (before,) = entries(shop)
    assert before.id.startswith("tag:localhost,20")
    teacher.patch(URL, {"slug": "another"})
    (after,) = entries(shop)
    assert after.link == "http://localhost/courses/another"
    assert after.id == before.id
    assert after.updated > before.updated
    assert after.published == before.published


def test_ids_are_of_the_shops_own_host_where_the_ini_names_it(tmp_path):
    settings = {
        "courseshop.url": "https://shop.example/learn",
        "courseshop.hosts": "shop.example other.example",
    }
    shop = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/s.sqlite", **settings))
    shop.init()
    course_id = shop.add_course("one")
    (entry,) = feedparser.parse(shop.get(FEED, Host="other.example").body).entries
    assert entry.link == "http://other.example/courses/one"
    assert entry.id.startswith("tag:shop.example,2026-01-01:/learn/course/")
    assert entry.id.endswith(f"/{course_id}")
    shop.close()


@pytest.mark.parametrize("url", [FEED, THINGS])
def test_what_a_guest_may_not_see_is_in_nobodys_feed(shop, teacher, url):
    teacher.write(title="A Draft")
    moderator = Writer(shop, "mo", "moderator")
    assert len(entries(shop, url)) == 1
    assert "A Draft" not in moderator.get(url).text
    assert "A Draft" not in teacher.get(url).text
    teacher.patch(URL, {"status": "archived"})
    assert entries(shop, url) == []


@pytest.mark.parametrize("url", [FEED, THINGS])
def test_it_answers_304_until_something_is_new(shop, teacher, url):
    tag = shop.get(url, Accept="application/json").headers["ETag"]
    assert shop.get(url, If_None_Match=tag).status_int == 304
    teacher.patch(URL, {"summary": "New."})
    again = shop.get(url, If_None_Match=tag)
    assert again.status_int == 200
    teacher.patch("/account", {"name": "Ann Lee"})
    assert "Ann Lee" in shop.get(url, If_None_Match=again.headers["ETag"])


def test_it_costs_two_queries_and_ends_after_fifty(shop):
    for n in range(52):
        shop.add_course(f"course-{n}", f"2026-01-01T00:00:{n:02}Z")
    with shop.queries() as sent:
        found = entries(shop)
    assert len(sent) == 2
    assert len(found) == 50
    assert found[0].link.endswith("course-51")


def test_the_other_feeds_are_what_the_rfc_wants_too(shop, teacher):
    sam = enrolled(shop, "sam")
    sam.post(REVIEWS, {"rating": 3, "text": "So."})
    assert len(atom(shop.get(f"{URL}/feed.atom"))) > 5
    sam.ask("PUT", f"/wishlists/default{URL.removeprefix('/courses')}")
    teacher.patch(URL, {"price": {"amount": "20.00"}})
    feed = "/wishlists/default/feed.atom"
    atom(sam.get(feed))
    assert len(feedparser.parse(sam.get(feed).body).entries) == 2


def test_pages_say_where_their_feed_is(demo):
    def feeds(url):
        return head(demo.get(url), type="application/atom+xml")

    assert feeds("/") == feeds("/courses") == ["http://localhost/feed.atom"]
    category = "/categories/upgrade-yourself"
    assert feeds(category) == [f"http://localhost{category}/feed.atom"]
