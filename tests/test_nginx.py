"""docs/nginx.conf, in a real nginx in front of a real shop: only pages of guests are cached."""

from __future__ import annotations

import gzip
import json
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from helpers import ROOT, Shop, free_port, serving, write_ini
from writers import Writer

from benchmarks.load import nginx
from benchmarks.load.process import Running, running
from courseshop.security import COOKIE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not nginx.find(), reason="nginx is not installed"),
]
SECONDS = 2
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JSON, JSON_1 = "application/json", "application/vnd.courseshop.v1+json"


@dataclass
class Front:
    """nginx in front of a shop, both running as servers."""

    shop: Running
    front: Running

    def get(self, path, accept=CHROME, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.front.ask(path, {"Accept": accept, **headers})


def trust_nginx(ini):
    """Make waitress trust nginx, using the lines from production.ini."""
    production = (ROOT / "production.ini").read_text()
    lines = re.findall(r"^# (\w*trusted_proxy\w* = .+)$", production, re.MULTILINE)
    assert len(lines) == 3
    ini.write_text(ini.read_text().replace("[server:main]", "\n".join(["[server:main]", *lines])))
    return ini


def run_nginx(base, folder):
    """Return a context manager that runs nginx in front of the shop at `base`."""
    port = free_port()
    config = nginx.before(int(base.rpartition(":")[2]), port, folder / "front")
    return running(nginx.argv(config), port, folder, "/courses/one", {})


@pytest.fixture(scope="module")
def ini(tmp_path_factory):
    folder = tmp_path_factory.mktemp("behind")
    settings = {"courseshop.shared_seconds": str(SECONDS), "courseshop.locales": "en de"}
    return trust_nginx(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))


@pytest.fixture(scope="module")
def behind(ini):
    shop = Shop.open(ini)
    shop.init()
    for slug in ("one", "two", "three", "four", "five", "six", "seven"):
        shop.add_course(slug)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def boss(behind):
    return Writer(behind, "boss", role="admin")


@pytest.fixture(scope="module")
def front(ini, behind, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    with serving(ini) as base, run_nginx(base, folder) as front:
        shop = Running("shop", int(base.rpartition(":")[2]), front.process, front.log)
        yield Front(shop, front)


@pytest.fixture(scope="module")
def member(boss):
    """Return the headers of a member's browser, and of an API client with their token."""
    cookie = f"theme=dark; {COOKIE}={boss.browser().cookie}"
    return {"Cookie": cookie}, {"Authorization": f"Bearer {boss.token}"}


def cached(answer):
    return answer.headers.get("x-cache")


def test_guests_share_cached_pages(front):
    first = front.get("/courses/seven")
    again = front.get("/courses/seven", FIREFOX, Cookie="theme=dark", User_Agent="another")
    assert (first.status, cached(first), cached(again)) == (200, "MISS", "HIT")
    assert again.body == first.body
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    revalidated = front.get("/courses/seven", If_None_Match=first.headers["etag"])
    assert (revalidated.status, revalidated.body, cached(revalidated)) == (304, b"", "HIT")


def test_logged_in_users_bypass_cache(front, member):
    for headers in member:
        cached_page = front.get("/courses/two")
        own = front.get("/courses/two", **headers)
        assert cached(own) is None
        assert own.headers["cache-control"] == "private, no-cache"
        assert own.body != cached_page.body
        revalidated = front.get("/courses/two", If_None_Match=own.headers["etag"], **headers)
        assert (revalidated.status, cached(revalidated)) == (304, None)
        assert front.get("/courses/two").body == cached_page.body
        # No guest has requested this page yet.
        path = f"/courses?limit={20 + len(headers)}&q={next(iter(headers))}"
        front.get(path, **headers)
        assert cached(front.get(path)) == "MISS"


CACHED = (CHROME, FIREFOX, "*/*", "", "text/html", JSON, JSON_1, "text/csv", "text/markdown")
NOT_CACHED = (
    *("application/json, text/plain, */*", "text/html;q=0.1, application/json"),
    *("application/json;q=0.1, text/html", "nonsense", "application/*", "text/csv;q=0.5"),
)


@pytest.mark.parametrize("accept", [*CACHED, *NOT_CACHED])
def test_nginx_serves_same_media_type_as_shop(front, accept):
    own = front.shop.ask("/courses", {"Accept": accept})
    for _twice in range(2):
        got = front.get("/courses", accept)
        assert (got.status, got.headers["content-type"]) == (
            own.status,
            own.headers["content-type"],
        )
    assert (cached(got) == "HIT") == (accept in CACHED)


def test_cache_respects_accept_language(front):
    german, english = (front.get("/courses/three", Accept_Language=one) for one in ("de", "en"))
    assert (cached(german), cached(english)) == ("MISS", "MISS")
    assert german.body != english.body
    assert front.get("/courses/three", Accept_Language="de").body == german.body


def test_edit_shows_in_time_and_unchanged_page_is_revalidated(front, boss):
    start = time.monotonic()
    front.get("/courses/four", JSON)
    assert boss.patch("/courses/four", {"title": "Another title"}).status_int == 200
    titles = []
    while "Another title" not in titles:
        assert time.monotonic() - start < SECONDS + 2
        titles.append(json.loads(front.get("/courses/four", JSON).body)["title"])
        time.sleep(0.05)
    assert set(titles[:-1]) <= {"Four"}
    time.sleep(SECONDS + 1)
    assert cached(front.get("/courses/four", JSON)) == "REVALIDATED"
    assert cached(front.get("/courses/four", JSON)) == "HIT"


def test_404_is_not_cached(front, behind):
    assert front.get("/courses/late").status == 404
    behind.add_course("late")
    assert front.get("/courses/late").status == 200


def test_static_files_are_cached_for_everyone(front, member):
    page = front.get("/courses/one").body.decode()
    path = re.search(r'href="[^"]*(/static/[^"]+\.css[^"]*)"', page)[1]
    browser, _api_client = member
    first, again = front.get(path), front.get(path, **browser)
    assert (cached(first), cached(again)) == ("MISS", "HIT")
    assert first.body == again.body
    assert "max-age=31536000" in first.headers["cache-control"]


def test_links_use_address_of_nginx(front):
    links = json.loads(front.get("/courses/five", JSON).body)["links"]
    assert links["self"] == f"{front.front.base}/courses/five"
    named = front.get("/courses/five", JSON, X_Request_ID="mine.7", X_Forwarded_Host="evil.example")
    assert named.headers["x-request-id"] == "mine.7"
    assert b"evil.example" not in named.body


def test_form_origin_is_checked_and_response_is_not_cached(front):
    form = {"Accept": CHROME, "Content-Type": "application/x-www-form-urlencoded"}
    for origin, status in ((front.front.base, 401), ("https://evil.example", 403)):
        sent = {**form, "Origin": origin}
        body = "username=nobody&password=seven+wet+llamas"
        answer = front.front.ask("/account/login", sent, "POST", body)
        assert (answer.status, cached(answer)) == (status, None)


def test_head_has_same_headers_as_get(front):
    page = front.get("/courses/six")
    head = front.front.ask("/courses/six", {"Accept": CHROME}, "HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("etag", "content-length", "cache-control"):
        assert head.headers[name] == page.headers[name]


def test_pages_and_json_are_compressed_on_request(front):
    for accept in (CHROME, JSON):
        plain = front.get("/courses/six", accept).body
        page = front.get("/courses/six", accept, Accept_Encoding="deflate, gzip;q=1.0, br;q=0")
        assert page.headers["content-encoding"] == "gzip"
        assert gzip.decompress(page.body) == plain
        # The ETag is strong, so If-Match accepts it.
        assert page.headers["etag"].endswith('-gzip"')
        assert front.get("/courses/six", accept).body == plain


def test_pages_with_a_session_are_never_compressed(front, member):
    browser, _api_client = member
    page = front.get("/courses/six", Accept_Encoding="gzip, br", **browser)
    assert "content-encoding" not in page.headers


@pytest.mark.usefixtures("behind")
def test_nginx_serves_stale_pages_while_shop_is_down(ini, tmp_path):
    with ExitStack() as stack:
        with serving(ini) as base:
            front = stack.enter_context(run_nginx(base, tmp_path))
        time.sleep(SECONDS + 1)
        cached_page = front.ask("/courses/one", {"Accept": CHROME})
        assert (cached_page.status, cached(cached_page)) == (200, "STALE")
        assert front.ask("/courses/two", {"Accept": CHROME}).status == 502
