"""Scripts of other origins may read what guests may read, and nothing else."""

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
PRIVATE = [
    "/account", "/account/login", "/account/register", "/account/tokens", "/account/reset", "/wishlists",
    "/wishlists/default", f"/wishlists/default/{COURSE.rpartition('/')[2]}", "/moderation",
]  # fmt: skip
EXPOSED = {"ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID", "Deprecation", "Sunset"}  # fmt: skip


def cors(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-C")}


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", PUBLIC)
def test_other_origins_can_read_what_guests_can(demo, url, method, accept):
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
def test_other_origins_can_read_errors(demo, url, accept, status):
    answer = demo.get(url, Accept=accept, Origin=ORIGIN)
    assert answer.status_int == status
    assert cors(answer)["Access-Control-Allow-Origin"] == "*"


def test_other_origins_can_read_a_304(demo):
    tag = demo.json(COURSE).headers["ETag"]
    again = demo.json(COURSE, Origin=ORIGIN, If_None_Match=tag)
    assert again.status_int == 304
    assert cors(again) == cors(demo.json(COURSE))


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("url", PRIVATE)
def test_other_origins_cannot_read_private_pages_or_login(demo, url, accept):
    for method in ("GET", "HEAD"):
        assert cors(demo.request(method, url, Accept=accept, Origin=ORIGIN)) == {}
    assert cors(preflight(demo, url)) == {}


def test_other_origins_cannot_read_responses_to_credentials(shop):
    ann = Writer(shop, "ann")
    ann.write()
    browser = ann.browser()
    for url in (URL, "/courses", "/account", "/openapi.json"):
        assert cors(ann.get(url, Origin=ORIGIN)) == {}
        assert cors(browser.get(url, headers={"Origin": ORIGIN})) == {}
    for headers in ({"Cookie": "x=1"}, {"Authorization": "Basic YTpi"}):
        assert cors(shop.json("/courses", **headers)) == {}


def test_publicly_cached_files_have_the_same_headers_for_everyone(demo):
    for url in ("/static/shop.css", f"{COURSE}/card.png", "/logo"):
        assert cors(demo.get(url)) == cors(demo.get(url, Cookie="x=1")) != {}


def test_draft_looks_missing_to_other_origins(shop):
    ann = Writer(shop, "ann")
    ann.write()
    hidden, absent = (shop.json(url, Origin=ORIGIN) for url in (URL, "/courses/absent"))
    assert hidden.status_int == absent.status_int == 404
    assert cors(hidden) == cors(absent)
    assert cors(shop.get(f"{URL}/card.png")) == cors(absent)
    assert cors(ann.get(f"{URL}/card.png")) == {}


def preflight(shop, url, method="GET", **headers):
    """Send the CORS preflight request that a browser sends before a script's request."""
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": method, **headers}
    return shop.request("OPTIONS", url, **headers)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", [url for url in PUBLIC if url != "/courses/"])
def test_preflight_allows_reading(demo, url, method):
    answer = preflight(demo, url, method, Access_Control_Request_Headers="if-none-match")
    assert (answer.status_int, answer.body) == (204, b"")
    assert "GET" in answer.headers["Allow"]
    sent = cors(answer)
    assert sent["Access-Control-Allow-Origin"] == "*"
    assert sent["Access-Control-Allow-Methods"] == "GET, HEAD"
    allowed = sent["Access-Control-Allow-Headers"].split(", ")
    assert {"Accept", "Accept-Language", "If-None-Match", "X-Request-ID"} <= set(allowed)
    assert "Authorization" not in allowed
    assert "Access-Control-Allow-Credentials" not in sent


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "FOO", "get", ""])
def test_preflight_does_not_allow_writing(demo, method):
    for url in ("/courses", COURSE):
        answer = preflight(demo, url, method)
        assert answer.status_int == 204
        assert answer.headers["Allow"]
        assert cors(answer) == {}


def test_preflight_of_missing_page_is_404(demo):
    assert preflight(demo, "/nothing").status_int == 404


def test_cross_origin_write_is_refused_and_unreadable(shop):
    ann = Writer(shop, "ann")
    ann.write()
    for visitor in (ann.browser(), None):
        app = visitor.app if visitor else shop.app
        answer = app.post_json("/courses", {}, headers={"Origin": ORIGIN}, expect_errors=True)
        assert answer.status_int in {401, 403}
        assert cors(answer) == {}


class Elsewhere(BaseHTTPRequestHandler):
    """Another site with one empty page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    """Yield the URL of a site on the shop's host, whose port makes it another origin.

    Browsers therefore send the shop's cookies if a script asks for it.
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
def test_browser_lets_another_origin_read_courses_but_nothing_private(tmp_path, elsewhere):
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
