"""Sharing: counted links, preview images, feeds of price changes, and lists as tables."""

from __future__ import annotations

import csv
import io
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import feedparser
import pytest
from helpers import Shop, write_ini
from markdown_it import MarkdownIt
from sqlalchemy import func, inspect, select
from writers import URL

from courseshop.domain.shop import shop_of
from courseshop.framework.table import as_csv
from courseshop.models import ShareCount
from courseshop.services.card import ROOM, TOP, Card, fit, svg
from courseshop.services.covers import cover, palette

PLACE = f"{URL}/share"


def path_of(url):
    return url.removeprefix("http://localhost")


def table(answer):
    assert (answer.status_int, answer.content_type) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.databases
def test_share_link_redirects_to_network_and_is_counted(shop, teacher):
    page = shop.get(URL)
    links = {link.text: link["href"] for link in page.html.find(id="share-dialog").find_all("a")}
    assert path_of(links["Reddit"]) == f"{PLACE}/reddit"
    assert links["Email"].startswith("mailto:")
    redirect = shop.get(path_of(links["Reddit"]))
    assert (redirect.status_int, redirect.headers["Cache-Control"]) == (303, "no-store")
    sent = urlsplit(redirect.location)
    assert (sent.netloc, sent.path) == ("www.reddit.com", "/submit")
    assert parse_qs(sent.query)["url"] == [f"http://localhost{URL}"]
    assert teacher.get(PLACE).json["shares"]["reddit"] == 1
    assert shop.json(PLACE).json["shares"] is None
    shown = teacher.browser().get(PLACE).html.find("dl", class_="facts-list")
    assert shown.find("dt", string="Reddit").find_next("dd").text.strip() == "1"
    assert shop.get(PLACE).html.find("dl", class_="facts-list") is None


def test_share_page_links_directly_to_networks(shop, teacher):
    for target in shop.json(PLACE).json["targets"]:
        assert not target["url"].startswith("http://localhost")
    links = shop.get(PLACE).html.main.find("ul", class_="share-links").find_all("a")
    assert not [link for link in links if link["href"].startswith("http://localhost")]


@pytest.mark.databases
def test_concurrent_shares_are_all_counted(shop, teacher):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: shop.get(f"{PLACE}/telegram").status_int, range(24)))
    assert set(answers) == {303}
    with shop.reading() as request:
        assert request.db.scalar(select(func.sum(ShareCount.shares))) == 24


def test_head_and_prefetch_are_not_counted(shop, teacher):
    assert shop.request("HEAD", f"{PLACE}/x").status_int == 303
    assert shop.get(f"{PLACE}/x", Sec_Purpose="prefetch;prerender").status_int == 303
    assert teacher.get(PLACE).json["shares"]["x"] == 0


def test_only_totals_are_stored(shop):
    columns = inspect(shop_of(shop.registry).engine).get_columns("share_count")
    assert {column["name"] for column in columns} == {"course_id", "target", "shares"}


@pytest.mark.parametrize("network", ["email", "myspace", "X", "x/y"])
def test_unknown_network_gets_404(shop, teacher, network):
    assert shop.get(f"{PLACE}/{network}").status_int == 404


def test_share_link_of_archived_course_gets_404(shop, teacher):
    teacher.ask("DELETE", URL)
    assert shop.get(f"{PLACE}/x").status_int == 404


@pytest.mark.slow
def test_counting_can_be_switched_off(demo_ini, tmp_path):
    ini = write_ini(
        tmp_path, f"sqlite:///{tmp_path}/s.sqlite", **{"courseshop.count_shares": "false"}
    )
    shop = Shop.open(ini)
    shop.init()
    shop.add_course("python")
    link = shop.get("/courses/python").html.find(id="share-dialog").find("a", string="X")
    assert link["href"].startswith("https://x.com/")
    assert shop.get("/courses/python/share/x").status_int == 404
    shop.close()


def test_preview_image_is_cached_until_course_changes(shop, teacher):
    head = shop.get(URL).html.head
    assert head.find("meta", attrs={"name": "twitter:card"})["content"] == "summary_large_image"
    picture = path_of(head.find("meta", property="og:image")["content"])
    answer = shop.get(picture)
    assert (answer.content_type, answer.body[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", answer.body[16:24]) == (1200, 630)
    assert answer.headers["Cache-Control"].startswith("public")
    assert shop.get(picture, If_None_Match=answer.headers["ETag"]).status_int == 304
    teacher.patch(URL, {"title": "Another Title"})
    changed = path_of(shop.get(URL).html.find("meta", property="og:image")["content"])
    assert changed != picture
    assert shop.get(changed).body != answer.body


def test_preview_image_shows_course_and_escapes_markup():
    card = Card("C < C++ & Rust", "c", "Code", "Ann Smith", 4.4, "4.4 (10)", "The Shop")
    drawn = svg(card)
    for words in ("C &lt; C++ &amp; Rust", "Code", "Ann Smith", "4.4 (10)", "The Shop"):
        assert f">{words}</text>" in drawn
    assert "clip-path" not in svg(card._replace(average=None, rating=""))


def test_the_picture_shows_the_cover_beside_a_panel_of_its_darkest_color():
    card = Card("C", "c", "Code", "Ann Smith", None, "", "The Shop")
    drawn = svg(card)
    assert cover("C", "c") in drawn
    panel, texts = drawn.split(cover("C", "c"))[1].split("/>", 1)
    assert palette("C", "c").darkest in panel
    assert set(re.findall(r'fill="(#\w+)"', texts)) == {
        palette("C", "c").lightest,
        palette("C", "c").accent,
    }


@pytest.mark.parametrize("title", ["Go", "x" * 200, "word " * 40, "日本語" * 60])
def test_every_title_fits_into_preview_image(title):
    size, lines = fit(title)
    assert TOP + 1.18 * size * len(lines) < 480
    assert all(len(line) * size * 0.62 < ROOM for line in lines)


def test_a_long_word_makes_the_title_smaller_and_stays_whole():
    size, lines = fit("Unternehmensgründung in Bern")
    assert size < fit("Start a company")[0]
    assert lines == ["Unternehmensgründung", "in Bern"]


@pytest.mark.databases
def test_wishlist_feed_reports_price_changes_since_wish(shop, teacher, student):
    teacher.patch(URL, {"price": {"amount": "30.00"}})
    student.ask("PUT", f"/wishlists/default{URL.removeprefix('/courses')}")
    tag = student.get("/wishlists/default/feed.atom").headers["ETag"]
    teacher.patch(URL, {"price": {"amount": "20.00"}})
    teacher.patch(URL, {"title": "The same price"})
    teacher.patch(URL, {"price": {"amount": "0.00"}})
    feed = student.get("/wishlists/default/feed.atom", If_None_Match=tag)
    titles = [entry.title for entry in feedparser.parse(feed.body).entries]
    assert titles == [
        "The same price: now Free, was $20.00",
        "The same price: now $20.00, was $30.00",
        "The same price",
    ]
    assert len({entry.id for entry in feedparser.parse(feed.body).entries}) == 3
    teacher.ask("DELETE", URL)
    assert feedparser.parse(student.get("/wishlists/default/feed.atom").body).entries == []


def test_wishlist_is_available_as_csv_and_markdown(shop, teacher, student):
    wish = f"/wishlists/default{URL.removeprefix('/courses')}"
    student.ask("PUT", wish, {"note": "=1+1 | *now*"})
    (row,) = table(student.get("/wishlists/default", Accept="text/csv"))
    assert (row["title"], row["course.url"]) == ("Backend With Python", f"http://localhost{URL}")
    assert row["note"] == "'=1+1 | *now*"
    assert row["added_at"].endswith("Z")
    answer = student.get("/wishlists/default", Accept="text/markdown")
    assert answer.content_type == "text/markdown"
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(answer.text)
    assert f'<td><a href="http://localhost{URL}">Backend With Python</a></td>' in shown
    assert "<td>=1+1 | *now*</td>" in shown


def test_other_lists_are_available_as_csv_too(shop, teacher, student):
    student.post(f"{URL}/reviews", {"rating": 5, "text": "Fine"})
    (course,) = table(shop.get("/courses", Accept="text/csv"))
    assert (course["rating.average"], course["instructors.name"]) == ("5.0", "Ann")
    (review,) = table(shop.get(f"{URL}/reviews", Accept="text/csv"))
    assert (review["rating"], review["text.markdown"]) == ("5", "Fine")
    (category,) = table(shop.get("/categories", Accept="text/csv"))
    (listed,) = table(shop.get(f"/categories/{category['slug']}", Accept="text/csv"))
    assert listed["slug"] == course["slug"]
    (lists,) = table(student.get("/wishlists", Accept="text/csv"))
    assert lists["count"] == "0"


def test_paged_table_links_to_next_page(shop):
    for slug in ("one", "two"):
        shop.add_course(slug)
    first = shop.get("/courses?limit=1", Accept="text/csv")
    following = first.headers["Link"]
    assert 'rel="next"' in following
    words = shop.get("/courses?limit=1", Accept="text/markdown").text
    assert "[Next page](<http://localhost/courses?limit=1&after=" in words


def test_table_has_its_own_etag_and_errors_are_json(shop, student):
    wishes = student.get("/wishlists/default", Accept="text/csv")
    assert "Accept" in wishes.headers["Vary"]
    tag = wishes.headers["ETag"]
    assert student.get("/wishlists/default", Accept="text/csv", If_None_Match=tag).status_int == 304
    assert student.get("/wishlists/default").headers["ETag"] != tag
    wrong = shop.get("/courses?limit=0", Accept="text/csv")
    assert (wrong.status_int, wrong.content_type) == (400, "application/problem+json")
    refused = shop.get(f"{URL}/share", Accept="text/csv")
    assert refused.status_int == 406
    assert "text/html, application/json" in refused.json["detail"]
    assert "text/csv" in shop.get("/courses", Accept="image/png").json["detail"]


# Signs that start a formula in a spreadsheet, and their look-alikes.
STARTS_OF_FORMULAS = {
    "plain": "=+-@",
    "fullwidth": "\uff1d\uff0b\uff0d\uff20",
    "small": "\ufe66\ufe62\ufe63\ufe6b",
    "superscript and subscript": "\u207c\u207a\u207b\u208c\u208a\u208b",
    "other dashes": "\u2010\u2011\u2013\u2014\u2212\u2796",
}
INVISIBLE = (
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\u2060",
    "\u3164",
    "\u2800",
    "\u0301",
    "\U000e0020",
    " ",
)


@pytest.mark.parametrize("before", ["", *INVISIBLE], ids=ascii)
@pytest.mark.parametrize("signs", STARTS_OF_FORMULAS.values(), ids=STARTS_OF_FORMULAS)
def test_csv_cell_cannot_start_formula(before, signs):
    for sign in signs:
        text = f"{before}{sign}cmd|'/c calc'!A1"
        shown = {"items": [{"text": text}], "links": {}}
        assert as_csv({"text": None}, shown).splitlines()[1].strip('"') == f"'{text}"


def test_other_csv_cells_are_unchanged():
    for text in ("", "A = b", "\u200bplain", "4.5", "(-1)", "\u00e9t\u00e9", "\U0001f600"):
        shown = {"items": [{"text": text}], "links": {}}
        assert next(csv.reader([as_csv({"text": None}, shown).splitlines()[1]]), [""]) == [text]
