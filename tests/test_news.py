"""The Atom feeds (RFC 4287) of new courses, for the whole shop and for a category."""

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
def test_feed_lists_newest_courses_first_with_all_fields(shop):
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
def test_category_has_its_own_feed(shop):
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
def test_entry_keeps_its_id_after_slug_change(shop, teacher):
    (before,) = entries(shop)
    assert before.id.startswith("tag:localhost,20")
    teacher.patch(URL, {"slug": "another"})
    (after,) = entries(shop)
    assert after.link == "http://localhost/courses/another"
    assert after.id == before.id
    assert after.updated > before.updated
    assert after.published == before.published


def test_entry_ids_use_host_of_configured_url(tmp_path):
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
def test_feed_never_lists_unpublished_courses(shop, teacher, url):
    teacher.write(title="A Draft")
    moderator = Writer(shop, "mo", "moderator")
    assert len(entries(shop, url)) == 1
    assert "A Draft" not in moderator.get(url).text
    assert "A Draft" not in teacher.get(url).text
    teacher.patch(URL, {"status": "archived"})
    assert entries(shop, url) == []


@pytest.mark.parametrize("url", [FEED, THINGS])
def test_feed_returns_304_until_something_changes(shop, teacher, url):
    tag = shop.get(url, Accept="application/json").headers["ETag"]
    assert shop.get(url, If_None_Match=tag).status_int == 304
    teacher.patch(URL, {"summary": "New."})
    again = shop.get(url, If_None_Match=tag)
    assert again.status_int == 200
    teacher.patch("/account", {"name": "Ann Lee"})
    assert "Ann Lee" in shop.get(url, If_None_Match=again.headers["ETag"])


def test_feed_needs_two_queries_and_stops_after_fifty_courses(shop):
    for n in range(52):
        shop.add_course(f"course-{n}", f"2026-01-01T00:00:{n:02}Z")
    with shop.queries() as sent:
        found = entries(shop)
    assert len(sent) == 2
    assert len(found) == 50
    assert found[0].link.endswith("course-51")


def test_other_feeds_conform_to_rfc_4287_too(shop, teacher):
    sam = enrolled(shop, "sam")
    sam.post(REVIEWS, {"rating": 3, "text": "So."})
    assert len(atom(shop.get(f"{URL}/feed.atom"))) > 5
    sam.ask("PUT", f"/wishlists/default{URL.removeprefix('/courses')}")
    teacher.patch(URL, {"price": {"amount": "20.00"}})
    feed = "/wishlists/default/feed.atom"
    atom(sam.get(feed))
    assert len(feedparser.parse(sam.get(feed).body).entries) == 2


def test_pages_link_to_their_feed(demo):
    def feeds(url):
        return head(demo.get(url), type="application/atom+xml")

    assert feeds("/") == feeds("/courses") == ["http://localhost/feed.atom"]
    category = "/categories/upgrade-yourself"
    assert feeds(category) == [f"http://localhost{category}/feed.atom"]
