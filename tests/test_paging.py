"""Keyset pages: walking `next` visits every row once, and `prev` leads back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.traversal import find_resource
from sqlalchemy import update

from courseshop.domain.actor import GUEST, OPERATOR, Actor
from courseshop.framework import adapters
from courseshop.framework.cursor import bind_cursor
from courseshop.models import Course, Review
from courseshop.resources import Root
from courseshop.services import course, status
from courseshop.services.paging import Cursor, key_to_moment, moment_to_key

pytestmark = pytest.mark.databases

HOST = "http://localhost"


def walk(shop, url, rel="next", actor=GUEST):
    pages = []
    while url:
        page = shop.json(url.removeprefix(HOST), actor).json
        pages.append(page)
        url = page["links"][rel]
    return pages


def names(pages):
    return [item.get("slug") or item["id"] for page in pages for item in page["items"]]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("url", "total"),
    [("/courses", 44), ("/categories", 8), ("/courses/speak-up-public-speaking/reviews", 60)],
)
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_walking_next_visits_every_row_once_and_prev_leads_back(demo, url, total, limit):
    forwards = walk(demo, f"{url}?limit={limit}")
    assert len(set(names(forwards))) == len(names(forwards)) == total
    assert {page["total"] for page in forwards} == {total}
    assert forwards[0]["links"]["prev"] is None
    backwards = walk(demo, forwards[-1]["links"]["prev"] or url, "prev")
    rest = [page["items"] for page in reversed(backwards)] if limit < total else []
    assert [item for items in rest for item in items] == [
        item for page in forwards[:-1] for item in page["items"]
    ]


def test_rows_with_equal_timestamps_are_visited_once(shop):
    for n in range(5):
        shop.add_course(f"course-{n}", published="2026-01-01T00:00:00Z")
    assert sorted(names(walk(shop, "/courses?limit=2"))) == [f"course-{n}" for n in range(5)]


def test_row_added_while_walking_neither_repeats_nor_hides_others(shop):
    for n in range(6):
        shop.add_course(f"course-{n}", published=f"2026-01-0{n + 1}T00:00:00Z")
    first = shop.json("/courses?limit=3").json
    shop.add_course("newer", published="2026-02-01T00:00:00Z")
    second = shop.json(first["links"]["next"].removeprefix(HOST)).json
    assert names([first, second]) == [f"course-{n}" for n in (5, 4, 3, 2, 1, 0)]


def test_page_between_two_cursors_contains_rows_between_them(demo):
    pages = walk(demo, "/courses?limit=5")
    after = pages[0]["links"]["next"].partition("after=")[2]
    before = pages[2]["links"]["prev"].partition("before=")[2]
    between = demo.json(f"/courses?limit=100&after={after}&before={before}").json
    assert names([between]) == names([pages[1]])


def test_link_header_matches_links_in_body(demo):
    response = demo.json("/courses?limit=5")
    links = response.json["links"]
    assert (
        response.headers["Link"] == f'<{links["self"]}>; rel="self", <{links["next"]}>; rel="next"'
    )
    assert links["self"] == f"{HOST}/courses?limit=5"
    assert "limit=5" in links["next"]


def test_category_has_title_and_lists_only_its_own_courses(demo):
    category = demo.json("/categories/upgrade-yourself").json
    assert (category["slug"], category["title"]) == ("upgrade-yourself", "Upgrade Yourself")
    assert "backend-with-python" in names([category])
    assert {item["category"]["slug"] for item in category["items"]} == {"upgrade-yourself"}
    assert category["total"] == len(category["items"])


def test_empty_list_says_so_in_json_and_html(shop):
    assert shop.json("/courses").json == {
        "items": [],
        "total": 0,
        "total_exact": True,
        "links": {"self": f"{HOST}/courses", "next": None, "prev": None},
        "sort": "newest",
        "filters": [],
        "facets": {},
        "did_you_mean": None,
    }
    assert "There are no courses here yet." in shop.get("/courses").text
    assert "There are no categories yet." in shop.get("/").text


def test_html_links_to_next_page(demo):
    page = demo.get("/courses?limit=5").html
    assert page.find("a", rel="next").text == "Next page"
    assert page.find("a", rel="prev") is None


def without_host(url):
    return url.removeprefix(HOST)


def note(page):
    """Return the text between the links to the pages; None if there is none."""
    (nav,) = page.html.select("nav.pages")
    return nav.span and nav.span.text


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("who", "url", "pages"),
    [
        ("guest", "/courses?limit=20", 3),
        ("guest", "/courses?limit=22", 2),
        ("guest", "/courses?price=free&limit=2&sort=title", 7),
        ("guest", "/categories/design?limit=2", 3),
        ("admin", "/people?limit=3&q=demo", 2),
    ],
)
def test_first_page_of_a_list_says_how_many_there_are(demo, who, url, pages):
    actor = Actor(id=1, role="admin") if who == "admin" else GUEST
    first = demo.get(url, actor)
    assert note(first) == f"Page 1 of {pages}"
    second = demo.get(without_host(first.html.find("a", rel="next")["href"]), actor)
    assert note(second) is None
    back = demo.get(without_host(second.html.find("a", rel="prev")["href"]), actor)
    assert note(back) == f"Page 1 of {pages}"
    assert len(walk(demo, url, actor=actor)) == pages
    assert "page_count" not in demo.json(url, actor).json


@pytest.mark.one_database
def test_inexact_total_has_no_number_of_pages(demo, monkeypatch):
    monkeypatch.setattr("courseshop.services.catalogue.CAP", 3)
    monkeypatch.setattr("courseshop.services.catalogue.MOST_COUNTED", 3)
    url = "/courses?price=paid&level=intermediate&limit=2"
    assert demo.json(url).json["total_exact"] is False
    assert note(demo.get(url)) is None


@pytest.mark.one_database
def test_list_of_one_page_has_no_links_and_no_note(demo):
    assert demo.get("/courses?limit=44").html.select("nav.pages") == []


def test_incomplete_first_page_does_not_count_pages(shop):
    for n in range(5):
        shop.add_course(f"course-{n}", published=f"2026-01-0{n + 1}T00:00:00Z")
    second = shop.json(without_host(shop.json("/courses?limit=2").json["links"]["next"])).json
    with shop.storing() as db:
        row = course.find_written(db, "course-4")
        status.move(db, status.Rules(OPERATOR, "moderators"), row, "archived")
    back = shop.get(without_host(second["links"]["prev"]))
    assert back.html.find("a", rel="prev") is None
    assert note(back) is None


@pytest.fixture
def mixed(shop):
    """Return actors who see some or all of the unpublished courses and reviews."""
    ids = [
        shop.add_course(f"course-{n}", published=f"2026-01-{n + 1:02}T00:00:00Z") for n in range(9)
    ]
    people = [shop.add_person(f"student-{n}") for n in range(9)]
    reviews = [shop.add_review(ids[0], one, n % 5 + 1) for n, one in enumerate(people)]
    states = ("draft", "submitted", "archived")
    with shop.storing() as db:
        for n, status in enumerate(states, start=2):
            db.execute(update(Course).where(Course.id.in_(ids[n::3])).values(status=status))
        for n, status in enumerate(("pending", "hidden"), start=1):
            db.execute(update(Review).where(Review.id.in_(reviews[n::3])).values(status=status))
    return {
        "student": people[1],
        "teacher": Actor(id=people[0].id, role="instructor", teaches=frozenset(ids[2:5])),
        "moderator": Actor(id=people[0].id, role="moderator"),
    }


@pytest.mark.parametrize(
    ("who", "url", "total"),
    [
        *(("student", f"/courses/course-0/reviews?sort={one}", 4) for one in ("newest", "lowest")),
        *(
            ("moderator", f"/courses/course-0/reviews?sort={one}", 9)
            for one in ("newest", "highest")
        ),
        *(("teacher", f"/courses?sort={one}", 5) for one in ("newest", "title", "rating", "price")),
        *(("moderator", f"/courses?sort={one}", 9) for one in ("newest", "title", "rating")),
    ],
)
def test_restricted_rows_are_merged_in_sort_order(shop, mixed, who, url, total):
    whole = shop.json(url, mixed[who]).json
    assert len(whole["items"]) == total
    forwards = walk(shop, f"{url}&limit=2", actor=mixed[who])
    assert names(forwards) == names([whole])
    backwards = walk(shop, forwards[-1]["links"]["prev"], "prev", actor=mixed[who])
    assert names(reversed(backwards)) == names(forwards[:-1])


@pytest.mark.parametrize("cursor", ["A" * 22, "_" * 22, "f" * 22, "7" + "_" * 21])
@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize(
    "url", ["/courses", "/categories", "/courses/speak-up-public-speaking/reviews"]
)
def test_extreme_cursors_work_on_every_database(demo, url, side, cursor):
    with demo.reading() as request:
        place = find_resource(Root(request), url)
        query = adapters.page(place, "GET", "").accepts()
        bound = bind_cursor(place, query, cursor)
    assert demo.json(f"{url}?{side}={bound}").status_int == 200


def cursor_of(shop, url):
    return shop.json(url).json["links"]["next"].partition("after=")[2].partition("&")[0]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("/courses?limit=1", "/categories?after={}"),
        ("/courses?limit=1", "/categories/web-development?after={}"),
        ("/courses?limit=1", "/courses?level=beginner&after={}"),
        ("/courses?limit=1&level=beginner", "/courses?after={}"),
        ("/courses?limit=1", "/courses?sort=rating&after={}"),
        ("/courses?limit=1&sort=price", "/courses?sort=-price&before={}"),
        ("/courses?limit=1", "/courses?q=a&after={}"),
        ("/courses/speak-up-public-speaking/reviews?limit=1", "/courses/messy-data/reviews?after={}"),
        ("/courses/speak-up-public-speaking/reviews?limit=1",
         "/courses/speak-up-public-speaking/reviews?sort=helpful&after={}"),
        ("/courses/speak-up-public-speaking/reviews?limit=1",
         "/courses/speak-up-public-speaking/reviews?stars=5&after={}"),
    ],
)  # fmt: skip
def test_cursor_of_another_list_filter_or_order_gets_400(demo, source, target):
    url = target.format(cursor_of(demo, source))
    answer = demo.json(url)
    assert answer.status_int == 400
    (fault,) = answer.json["errors"]
    assert fault["field"] in {"after", "before"}
    assert fault["message"] == "This page link is no longer valid. Open the list again."
    page = demo.get(url)
    assert (page.status_int, "We ignored a part" in page.html.find(id="notice").text) == (200, True)


@pytest.mark.one_database
@pytest.mark.parametrize(
    "url", ["/courses?limit=5&after={}", "/courses?sort=newest&after={}", "/courses?q=&after={}"]
)
def test_cursor_is_valid_for_equivalent_urls_of_same_list(demo, url):
    assert demo.json(url.format(cursor_of(demo, "/courses?limit=1"))).status_int == 200


@pytest.mark.one_database
def test_forged_cursor_gets_400(demo):
    cursor = cursor_of(demo, "/courses?limit=1")
    for forged in (
        cursor[:22],
        "B" + cursor[1:],
        cursor[:-1] + ("A" if cursor[-1] != "A" else "E"),
    ):
        assert demo.json(f"/courses?after={forged}").status_int == 400


@pytest.mark.one_database
def test_course_page_links_to_remaining_reviews(demo):
    page = demo.get("/courses/speak-up-public-speaking").html
    more = page.find("a", href=lambda url: url and "/reviews?after=" in url)["href"]
    assert demo.json(more.removeprefix(HOST)).json["items"]


@pytest.mark.parametrize("cursor", ["", "A", "A" * 32, "A" * 34, "+" * 33, "A" * 32 + "=", "%00"])
def test_malformed_cursor_gets_400(demo, cursor):
    assert demo.json(f"/courses?after={cursor}").status_int == 400


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_cursor_survives_round_trip(key, id_):
    assert Cursor.decode(Cursor(key, id_).encode()) == (key, id_)


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_moment_survives_round_trip_to_the_microsecond(moment):
    assert key_to_moment(moment_to_key(moment)) == moment
