"""The Atom feed of a course's reviews, parsed by a feed reader."""

from __future__ import annotations

import feedparser
import pytest
from sqlalchemy import update
from writers import REVIEWS, URL, Writer, enrolled

from courseshop.models import Review

FEED = f"{URL}/feed.atom"


def read(shop, **headers):
    answer = shop.get(FEED, **headers)
    assert (answer.status_int, answer.content_type) == (200, "application/atom+xml")
    parsed = feedparser.parse(answer.body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


@pytest.mark.databases
def test_feed_lists_newest_reviews_with_author_text_and_url(shop, teacher):
    made = [
        enrolled(shop, f"s{n}").post(REVIEWS, {"rating": n + 1, "text": "*So* & so."})
        for n in range(3)
    ]
    parsed = read(shop)
    assert parsed.feed.title == "Reviews of Backend With Python"
    assert parsed.feed.link == f"http://localhost{URL}"
    assert [one.link for one in parsed.entries] == [one.json["url"] for one in reversed(made)]
    newest = parsed.entries[0]
    assert (newest.title, newest.author) == ("3 of 5 stars", "S2")
    assert newest.content[0].value == "<p><em>So</em> &amp; so.</p>"
    assert parsed.feed.updated == newest.updated


def test_a_review_keeps_its_id_when_its_course_gets_another_slug(shop, teacher):
    enrolled(shop, "sam").post(REVIEWS, {"rating": 3})
    (before,) = read(shop).entries
    assert before.id.startswith("tag:localhost,20")
    teacher.patch(URL, {"slug": "another"})
    (after,) = feedparser.parse(shop.get("/courses/another/feed.atom").body).entries
    assert (after.id, after.link != before.link) == (before.id, True)


def test_course_without_reviews_has_a_valid_empty_feed(shop, teacher):
    parsed = read(shop)
    assert parsed.entries == []
    # Required by RFC 4287, section 4.1.1.
    assert parsed.feed.updated_parsed
    assert parsed.feed.id == f"http://localhost{FEED}"
    assert parsed.feed.author == "courseshop"
    link = shop.get(URL).html.find("link", type="application/atom+xml")
    assert link["href"] == f"http://localhost{FEED}"


def test_hidden_reviews_and_archived_courses_are_in_nobodys_feed(shop, teacher):
    url = enrolled(shop, "sam").post(REVIEWS, {"rating": 1, "text": "Pills."}).json["url"]
    moderator = Writer(shop, "mo", "moderator")
    moderator.post(f"{url}/moderate", {"decision": "hide", "reason": "No."})
    assert read(shop).entries == []
    assert "Pills." not in moderator.get(FEED).text
    teacher.patch(URL, {"status": "archived"})
    assert shop.get(FEED).status_int == 404


@pytest.mark.databases
def test_feed_is_304_until_there_is_a_new_review(shop, teacher):
    sam = enrolled(shop, "sam")
    tag = shop.get(FEED, Accept="application/json").headers["ETag"]
    assert shop.get(FEED, If_None_Match=tag).status_int == 304
    sam.post(REVIEWS, {"rating": 1})
    assert shop.get(FEED, If_None_Match=tag).status_int == 200


def test_characters_that_are_invalid_in_xml_are_removed(shop, teacher):
    enrolled(shop, "sam").post(REVIEWS, {"rating": 1, "text": "text"})
    with shop.writing() as request:
        request.db.execute(
            update(Review).values(text_html="<p>ab\x1b ]]&gt; \uffff &lt;c&gt; 😀</p>")
        )
    (entry,) = read(shop).entries
    assert entry.content[0].value == "<p>ab ]]&gt;  &lt;c&gt; 😀</p>"
