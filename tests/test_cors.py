"""What scripts of other origins may read: what every guest may, and nothing else."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browsers import CHROMIUM, MISSING, admit, launched
from helpers import Shop, serving, write_ini
from sqlalchemy import select
from writers import URL, Writer

from courseshop.models import Course

COURSE = "/courses/backend-with-python"
ORIGIN = "https://elsewhere.example"
PUBLIC = [
    "/", "/courses", COURSE, f"{COURSE}/reviews", f"{COURSE}/share", "/categories", "/people/jonas-lindqvist",
    "/openapi.json", "/robots.txt", "/feed.atom", "/sitemap.xml", f"{COURSE}/card.png", f"{COURSE}/qr.svg",
    "/static/shop.css", "/courses/",
]  # fmt: skip
OWN = [
    "/account", "/account/login", "/account/register", "/account/tokens", "/account/reset", "/wishlists",
    "/wishlists/default", f"/wishlists/default/{COURSE.rpartition('/')[2]}", "/moderation",
]  # fmt: skip
EXPOSED = {"ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID", "Deprecation", "Sunset"}  # fmt: skip


def cors(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-C")}


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", PUBLIC)
def test_what_a_guest_gets_any_origin_may_read_whether_or_not_it_says_so(demo, url, method, accept):
    for headers in ({"Origin": ORIGIN}, {}):
        answer = demo.request(method, url, Accept=accept, **headers)
        allowed = cors(answer)
        assert answer.status_int in {200, 308}
        assert set(allowed.pop("Access-Control-Expose-Headers").split(", ")) == EXPOSED
        assert allowed == {"Access-Control-Allow-Origin": "*"}


@pytest.mark.parametrize(
    ("url", "accept", "status"),
    [("/nothing", "application/json", 404), ("/courses?limit=0", "application/json", 400), ("/courses/%ff", "", 400),
     (COURSE, "image/png", 406)],
)  # fmt: skip
def test_scripts_may_read_why_they_were_refused(demo, url, accept, status):
    answer = demo.get(url, Accept=accept, Origin=ORIGIN)
    assert answer.status_int == status
    assert cors(answer)["Access-Control-Allow-Origin"] == "*"


def test_a_304_may_be_read_too(demo):
    tag = demo.json(COURSE).headers["ETag"]
    again = demo.json(COURSE, Origin=ORIGIN, If_None_Match=tag)
    assert again.status_int == 304
    assert cors(again) == cors(demo.json(COURSE))


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("url", OWN)
def test_what_is_ones_own_and_the_way_to_it_no_other_origin_reads(demo, url, accept):
    for method in ("GET", "HEAD"):
        assert cors(demo.request(method, url, Accept=accept, Origin=ORIGIN)) == {}
    assert cors(ask_first(demo, url)) == {}


def test_what_a_cookie_or_a_token_gets_no_other_origin_reads(shop):
    ann = Writer(shop, "ann")
    ann.write()
    browser = ann.browser()
    for url in (URL, "/courses", "/account", "/openapi.json"):
        assert cors(ann.get(url, Origin=ORIGIN)) == {}
        assert cors(browser.get(url, headers={"Origin": ORIGIN})) == {}
    for headers in ({"Cookie": "x=1"}, {"Authorization": "Basic YTpi"}):
        assert cors(shop.json("/courses", **headers)) == {}


def test_what_caches_keep_for_everybody_is_alike_for_everybody(demo):
    for url in ("/static/shop.css", f"{COURSE}/card.png", "/logo"):
        assert cors(demo.get(url)) == cors(demo.get(url, Cookie="x=1")) != {}


def test_a_draft_is_not_there_for_scripts_as_it_is_not_for_guests(shop):
    ann = Writer(shop, "ann")
    ann.write()
    hidden, absent = (shop.json(url, Origin=ORIGIN) for url in (URL, "/courses/absent"))
    assert hidden.status_int == absent.status_int == 404
    assert cors(hidden) == cors(absent)
    assert cors(shop.get(f"{URL}/card.png")) == cors(absent)
    assert cors(ann.get(f"{URL}/card.png")) == {}


def ask_first(shop, url, method="GET", **headers):
    """Send what a browser asks before a script's request."""
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": method, **headers}
    return shop.request("OPTIONS", url, **headers)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", [url for url in PUBLIC if url != "/courses/"])
def test_a_browser_is_told_that_a_script_may_read(demo, url, method):
    answer = ask_first(demo, url, method, Access_Control_Request_Headers="if-none-match")
    assert (answer.status_int, answer.body) == (204, b"")
    assert "GET" in answer.headers["Allow"]
    told = cors(answer)
    assert told["Access-Control-Allow-Origin"] == "*"
    assert told["Access-Control-Allow-Methods"] == "GET, HEAD"
    allowed = told["Access-Control-Allow-Headers"].split(", ")
    assert {"Accept", "Accept-Language", "If-None-Match", "X-Request-ID"} <= set(allowed)
    assert "Authorization" not in allowed
    assert "Access-Control-Allow-Credentials" not in told


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "FOO", "get", ""])
def test_a_browser_is_not_told_that_a_script_may_write(demo, method):
    for url in ("/courses", COURSE):
        answer = ask_first(demo, url, method)
        assert answer.status_int == 204
        assert answer.headers["Allow"]
        assert cors(answer) == {}


def test_what_is_not_there_is_404_to_that_question_too(demo):
    assert ask_first(demo, "/nothing").status_int == 404


def test_a_write_from_elsewhere_stays_refused_and_its_answer_unread(shop):
    ann = Writer(shop, "ann")
    ann.write()
    for visitor in (ann.browser(), None):
        app = visitor.app if visitor else shop.app
        answer = app.post_json("/courses", {}, headers={"Origin": ORIGIN}, expect_errors=True)
        assert answer.status_int in {401, 403}
        assert cors(answer) == {}


class Elsewhere(BaseHTTPRequestHandler):
    """A site that has nothing to do with the shop: one empty page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

    def log_message(self, *_told):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    """Yield the address of a site on the shop's host: its pages are of another origin by the port.

    So the cookies of the shop go along where a script wants them to.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


READ = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    const body = await answer.text();
    const headers = Object.fromEntries(answer.headers);
    return {status: answer.status, type: answer.type, body, headers};
  } catch (error) { return String(error); }
}"""
REFUSED = "TypeError: Failed to fetch"
JSON = {"headers": {"Accept": "application/json"}}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_a_page_of_another_origin_reads_courses_and_nothing_of_ones_own(tmp_path, elsewhere):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    shop = Shop.open(ini)
    shop.init(demo=True)
    cookie, before = admit(shop), courses(shop)
    with serving(ini) as base, launched() as browser:
        context = browser.new_context()
        context.add_cookies([{**cookie, "url": base}])
        page = context.new_page()
        page.goto(f"{base}/account")
        assert page.title().startswith("Your account")
        page.goto(elsewhere)

        def read(path, **options):
            return page.evaluate(READ, [f"{base}{path}", {**JSON, **options}])

        course = read(COURSE)
        assert (course["status"], course["type"]) == (200, "cors")
        assert '"wished":null' in course["body"]
        tag, names = course["headers"]["etag"], {"Accept": "application/json", "X-Request-ID": "me"}
        again = read(COURSE, headers={**names, "If-None-Match": tag}, cache="no-store")
        assert (again["status"], again["headers"]["x-request-id"]) == (304, "me")
        assert '"status":404' in read("/nothing")["body"]
        for path in ("/account", "/account/login", "/wishlists"):
            assert read(path) == read(path, credentials="include") == REFUSED
        assert read(COURSE, credentials="include") == REFUSED
        assert read(COURSE, headers={"Authorization": "Bearer cs_x"}) == REFUSED
        for method in ("POST", "PATCH", "PUT", "DELETE"):
            options = {"method": method, "body": "{}", "credentials": "include"}
            assert read(COURSE, **options) == REFUSED
        form = {"method": "POST", "body": "title=x", "mode": "no-cors", "credentials": "include"}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert read("/courses/new", headers=kind, **form)["type"] == "opaque"
    assert courses(shop) == before
    shop.close()


def courses(shop):
    with shop.reading() as request:
        return request.db.execute(select(Course.slug, Course.version, Course.status)).all()
