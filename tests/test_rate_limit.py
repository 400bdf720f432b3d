"""Rate limits of tokens and sessions, and the headers that report them."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import limits
import pytest
from browsing import form_with
from helpers import JSON, Shop, write_ini
from sqlalchemy import func, select
from writers import URL, WORDS, Writer, fault_of

from courseshop.models import Course, Throttle
from courseshop.protection.throttle_storage import DatabaseStorage
from courseshop.protection.throttling import Throttles

pytestmark = pytest.mark.slow

POLICY = '"token";q=5;w=3600'
STATE = re.compile(r'"token";r=(\d+);t=(\d+)')


@pytest.fixture
def open_shop(tmp_path, migrated_database):
    """Return a function that opens a shop with the given settings, always on one database."""
    opened, url = [], migrated_database()

    def open_one(limit="5 per hour", **settings):
        settings = {"token_limit": limit, **settings}
        settings = {f"courseshop.{key}": value for key, value in settings.items()}
        shop = Shop.open(write_ini(tmp_path, url, **{"pyramid.includes": "probes", **settings}))
        opened.append(shop)
        return shop

    yield open_one
    for shop in opened:
        shop.close()


def left(answer):
    """Return the number of remaining requests, and the seconds until the limit resets."""
    return tuple(map(int, STATE.fullmatch(answer.headers["RateLimit"]).groups()))


def test_every_response_to_token_reports_remaining_requests(open_shop):
    sam = Writer(open_shop(), "sam", "student")
    asked = [("GET", "/courses"), ("GET", "/nothing"), ("POST", "/courses"), ("OPTIONS", "/courses"), ("GET", "/static/shop.css")]  # fmt: skip
    answers = [sam.ask(method, url) for method, url in asked]
    assert [one.status_int for one in answers] == [200, 404, 403, 204, 200]
    assert {one.headers["RateLimit-Policy"] for one in answers} == {POLICY}
    assert [left(one)[0] for one in answers] == [4, 3, 2, 1, 0]
    assert all(3_500 < left(one)[1] <= 3_600 for one in answers)
    assert not any("Retry-After" in one.headers for one in answers)


def test_304_counts_toward_limit(open_shop):
    sam = Writer(open_shop(), "sam", "student")
    tag = sam.get("/courses").headers["ETag"]
    again = sam.get("/courses", If_None_Match=tag)
    assert (again.status_int, left(again)[0]) == (304, 3)


def test_request_over_limit_gets_429_and_does_nothing(open_shop):
    shop = open_shop()
    ann = Writer(shop, "ann")
    ann.write()
    assert [ann.get(URL).status_int for _ in range(4)] == [200] * 4
    for refused in (ann.get(URL), ann.post("/courses", {**WORDS, "slug": "other"}), ann.get("/x")):
        assert (refused.status_int, left(refused)[0]) == (429, 0)
        assert refused.content_type == "application/problem+json"
        assert fault_of(refused) == ("", "too_often")
        assert 3_500 < int(refused.headers["Retry-After"]) == left(refused)[1] <= 3_600
        assert refused.headers["RateLimit-Policy"] == POLICY
        assert refused.headers["Cache-Control"] == "no-store"
    with shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(Course)) == 1


def test_each_token_has_its_own_limit_and_guests_have_none(open_shop):
    shop = open_shop("1 per hour")
    ann, sam = Writer(shop, "ann"), Writer(shop, "sam", "student")
    assert [ann.get("/courses").status_int for _ in range(2)] == [200, 429]
    assert sam.get("/courses").status_int == 200
    assert "RateLimit" not in shop.json("/courses").headers


def test_invalid_token_gets_401_and_is_not_counted(open_shop):
    shop = open_shop("2 per hour")
    sam = Writer(shop, "sam", "student")
    for _ in range(3):
        bad = shop.json("/courses", Authorization=f"Bearer {sam.token[:-1]}x")
        assert (bad.status_int, "RateLimit" in bad.headers) == (401, False)
    assert left(sam.get("/courses"))[0] == 1


def test_limit_is_checked_before_all_but_malformed_requests(open_shop):
    sam = Writer(open_shop("1 per hour"), "sam", "student")
    sam.get("/courses")
    assert sam.get("/courses?limit=0", Accept="image/png").status_int == 429
    assert sam.get("/courses/%ff").status_int == 400


def test_browser_with_token_gets_429_page(open_shop):
    sam = Writer(open_shop("1 per hour"), "sam", "student")
    sam.get("/courses")
    page = sam.get("/courses", Accept="text/html")
    assert (page.status_int, page.content_type) == (429, "text/html")
    assert "This API token has reached its limit of 1 per hour." in page


def test_limit_resets_after_its_window(open_shop):
    sam = Writer(open_shop("2 per 1 second"), "sam", "student")
    statuses = [sam.get("/livez").status_int for _ in range(12)]
    assert 429 in statuses
    time.sleep(1.1)
    assert sam.get("/livez").headers["RateLimit"] == '"token";r=1;t=1'


def test_response_has_no_limit_headers_without_limit(open_shop):
    shop = open_shop("")
    sam = Writer(shop, "sam", "student")
    answers = [sam.get("/courses") for _ in range(3)]
    assert {one.status_int for one in answers} == {200}
    assert not any({"RateLimit", "RateLimit-Policy"} & set(one.headers) for one in answers)


def test_retried_write_counts_once(open_shop):
    sam = Writer(open_shop(), "sam", "student")
    assert left(sam.post("/probe/overtaken", {}))[0] == 4
    assert left(sam.get("/courses"))[0] == 3


def test_processes_share_counts_in_database_under_hashed_keys(open_shop):
    one, other = (open_shop("3 per hour", throttles="database") for _ in range(2))
    sam = Writer(one, "sam", "student")
    assert [left(sam.get("/courses"))[0] for _ in range(2)] == [2, 1]
    elsewhere = {**JSON, "Authorization": f"Bearer {sam.token}"}
    assert left(other.json("/courses", **elsewhere))[0] == 0
    assert other.json("/courses", **elsewhere).status_int == 429
    with one.reading() as request:
        (row,) = request.db.execute(select(Throttle.key, Throttle.count)).all()
    assert re.fullmatch("[0-9a-f]{64}", row.key)
    assert row.count == 3


def test_session_limit_writes_nothing_to_database(open_shop):
    shop = open_shop("", session_limit="3 per hour", throttles="database")
    ann = Writer(shop, "ann", "student").browser()
    ann.get("/courses")
    with shop.queries() as sent:
        assert [ann.get("/courses").status_int for _ in range(3)] == [200, 200, 429]
    assert [one for one in sent if not one.lstrip().upper().startswith("SELECT")] == []


def test_concurrent_requests_cannot_exceed_limit(shop):
    throttles, ten = Throttles(DatabaseStorage(shop.engine)), limits.parse("10 per hour")
    with ThreadPoolExecutor(8) as pool:
        quotas = list(pool.map(lambda _: throttles.spend(ten, "token", "1"), range(40)))
    assert sum(one.granted for one in quotas) == 10


def test_previews_are_limited_per_account(open_shop):
    ann = Writer(open_shop("", preview_limit="2 per hour"), "ann")
    about = {"about": {"markdown": "*x*"}}
    statuses = [ann.post("/courses/preview", about).status_int for _ in range(2)]
    assert statuses == [200, 200]
    refused = ann.post("/courses/preview", about)
    assert (refused.status_int, refused.headers["Retry-After"].isdigit()) == (429, True)
    form = form_with(ann.browser().get("/courses/new"), "Preview")
    form.action = "/courses/preview"
    assert form.submit(expect_errors=True).status_int == 429
    assert Writer(ann.shop, "bob").post("/courses/preview", about).status_int == 200


def test_session_limit_does_not_count_static_files_or_guests(open_shop):
    shop = open_shop("", session_limit="3 per hour")
    ann, bob = (Writer(shop, name, "student").browser() for name in ("ann", "bob"))
    assert ann.get("/static/shop.css").status_int == 200
    answers = [ann.get("/courses") for _ in range(4)]
    assert [one.status_int for one in answers] == [200, 200, 200, 429]
    assert {one.headers["RateLimit-Policy"] for one in answers} == {'"session";q=3;w=3600'}
    assert "reached the limit of 3 per hour." in answers[-1]
    assert "Log out" in answers[-1]
    assert answers[-1].headers["Retry-After"].isdigit()
    assert bob.get("/courses").status_int == shop.get("/courses").status_int == 200
    assert ann.get("/static/shop.css").status_int == 200


def test_malformed_request_is_not_counted(open_shop):
    ann = Writer(open_shop("", session_limit="1 per hour"), "ann", "student").browser()
    malformed = ann.app.get("/courses?q=%ff", headers=JSON, expect_errors=True)
    assert malformed.status_int == 400
    assert ann.get("/courses").status_int == 200
