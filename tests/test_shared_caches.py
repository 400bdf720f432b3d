"""Responses that nginx or a CDN may share for some seconds: only those for all guests."""

from __future__ import annotations

from io import BytesIO

import pytest
from helpers import Shop, write_ini
from scenes import Scene
from test_access_matrix import ROWS

from courseshop.domain.actor import GUEST
from courseshop.security import COOKIE

pytestmark = pytest.mark.slow

FORMS = ("text/html", "application/json", "text/csv")
SHARED = "public, max-age=0, must-revalidate, s-maxage=7"
# Headers that differ between any two responses.
PER_REQUEST = {"X-Request-ID", "Date"}
ANOTHER_GUEST = {
    "Cookie": "theme=dark; _ga=GA1.2.3",
    "User-Agent": "Mozilla/5.0 (Android)",
    "Referer": "http://localhost/courses?q=jam",
    "Origin": "https://elsewhere.example",
    "Sec-Fetch-Site": "cross-site",
    "X-Forwarded-For": "192.0.2.7",
    "X-Requested-With": "XMLHttpRequest",
}
# Cookies of the shop, and credentials: responses to these must not be shared.
PRIVATE_HEADERS = (
    {"Cookie": f"theme=dark; {COOKIE}=ended"},
    {"Cookie": f"__Host-{COOKIE}=ended"},
    {"Cookie": "courseshop_notice=logged-out"},
    {"Cookie": "courseshop_begun=key"},
    {"Authorization": "Basic YTpi"},
)


@pytest.fixture(scope="module")
def scene(migrated_database, tmp_path_factory):
    settings = {"courseshop.shared_seconds": "7"}
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("shared"), migrated_database(), **settings))
    shop.init()
    yield Scene.make(shop)
    shop.close()


def ask(scene, url, method="GET", actor=GUEST, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return scene.shop.request(method, url, actor, **headers)


def is_shared(answer):
    return "s-maxage" in answer.headers.get("Cache-Control", "")


def bare(answer):
    """Return the parts of a response that a cache stores."""
    headers = [one for one in answer.headers.items() if one[0] not in PER_REQUEST]
    return answer.status_int, sorted(headers), answer.body


def urls(scene):
    """Return the URLs of all GET pages of the access matrix, and some with a query."""
    paths = [row[1] for row in ROWS if row[0] == "GET"]
    with_query = [f"{path}?next=/courses&begun=key&key=x" for path in paths if "/account/" in path]
    return [*paths, *with_query, "/courses?q=open", "/courses/open/card.png?v=1"]


@pytest.fixture(scope="module")
def answers(scene):
    """Return the responses to a guest by URL and media type."""
    found = {}
    for url in urls(scene):
        path, mark, query = url.partition("?")
        real = scene.path(path, GUEST) + mark + query
        for form in FORMS:
            found[real, form] = ask(scene, real, Accept=form)
    return found


def test_public_pages_may_be_shared(answers):
    shared = {url.partition("?")[0] for (url, _form), one in answers.items() if is_shared(one)}
    assert {"/", "/courses", "/courses/open", "/people/author", "/sitemap.xml"} <= shared
    for one in answers.values():
        if is_shared(one):
            assert one.headers["Cache-Control"] == SHARED


def test_shared_pages_are_public_with_etag_and_without_cookie(answers):
    for (url, _form), one in answers.items():
        if is_shared(one):
            assert one.status_int == 200, url
            assert "ETag" in one.headers, url
            assert "Set-Cookie" not in one.headers, url
            assert b'name="csrf_token"' not in one.body, url
            assert not url.startswith(("/account", "/wishlists", "/moderation", "/audit")), url


def test_another_guest_gets_same_bytes_of_shared_page(scene, answers):
    for (url, form), one in answers.items():
        if is_shared(one):
            other = ask(scene, url, Accept=form, **ANOTHER_GUEST)
            assert bare(other) == bare(ask(scene, url, Accept=form)), url


def test_body_of_get_request_is_ignored(scene, answers):
    fields = ("rating", "text", "title", "q", "name", "username", "comment", "reason")
    body = "&".join(f"{name}=mischief" for name in fields)
    sent = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}
    for (url, form), one in answers.items():
        if one.status_int == 200 and form == "text/html":
            environ = {**sent, "wsgi.input": BytesIO(body.encode()), "HTTP_ACCEPT": form}
            asked = scene.shop.app.RequestClass.blank(url, environ)
            assert b"mischief" not in scene.shop.app.do_request(asked, expect_errors=True).body, url


@pytest.mark.parametrize("headers", PRIVATE_HEADERS, ids=lambda one: "; ".join(one.values()))
def test_response_to_private_headers_is_not_shared(scene, answers, headers):
    for url, form in answers:
        assert not is_shared(ask(scene, url, Accept=form, **headers)), url


def test_response_to_logged_in_user_is_not_shared(scene, answers):
    for url, form in answers:
        assert not is_shared(ask(scene, url, actor=scene.actors["teacher"], Accept=form)), url


@pytest.mark.parametrize("url", ["/courses", "/courses/open", "/courses/open/feed.atom"])
def test_304_and_head_have_same_cache_control_as_get(scene, url):
    page = ask(scene, url)
    again = ask(scene, url, If_None_Match=page.headers["ETag"])
    assert (again.status_int, again.headers["Cache-Control"]) == (304, SHARED)
    assert ask(scene, url, "HEAD").headers["Cache-Control"] == SHARED


def test_errors_and_redirects_are_not_shared(scene):
    for url in ("/courses/none", "/courses/draft", "/courses/", "/courses?limit=0", "/account"):
        assert not is_shared(ask(scene, url)), url
    assert not is_shared(ask(scene, "/courses", "DELETE"))


def test_caches_revalidate_each_time_by_default(shop):
    assert shop.get("/courses").headers["Cache-Control"] == "no-cache"
