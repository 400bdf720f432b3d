"""URLs, content negotiation, methods and errors, as in sections 1 and 2 of the contract."""

from __future__ import annotations

import gc

import pytest
from helpers import JSON

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
COURSE = "/courses/backend-with-python"
PAGES = [
    "/",
    "/courses",
    COURSE,
    f"{COURSE}/share",
    f"{COURSE}/reviews",
    "/categories",
    "/categories/upgrade-yourself",
    "/people/jonas-lindqvist",
    "/account/login",
]

# Names that no other code uses.
UNKNOWN_NAMES = ("not-there-7d1", "nor-there-7d1")

# Pages with one content type, whatever `Accept` says.
MACHINES = [
    "/robots.txt",
    "/sitemap.xml",
    "/sitemaps/pages-1.xml",
    "/opensearch.xml",
    "/feed.atom",
    "/categories/upgrade-yourself/feed.atom",
]


@pytest.mark.parametrize("url", PAGES)
def test_every_page_has_html_and_json_and_varies_on_accept(demo, url):
    page, data = demo.get(url, Accept=BROWSER), demo.json(url)
    assert (page.status_int, page.content_type) == (200, "text/html")
    assert (data.status_int, data.content_type) == (200, "application/json")
    assert "Accept" in page.vary
    assert "Accept" in data.vary


@pytest.mark.parametrize(
    "accept", [None, "", "*/*", BROWSER, "nonsense", ";;,,", "text/*", "text/html;q=x"]
)
def test_browsers_and_vague_accept_headers_get_html(demo, accept):
    headers = {} if accept is None else {"Accept": accept}
    assert demo.get("/courses", **headers).content_type == "text/html"


@pytest.mark.parametrize(
    "accept",
    ["application/json", "application/*", "application/json, text/html;q=0.9", "text/html;q=0, */*",
     "image/png, application/json;q=0.1", "APPLICATION/JSON", "application/json; charset=utf-8",
     'application/json;odata="a,b";q=0.9, text/plain, text/html;q=0.1'],
)  # fmt: skip
def test_clients_that_prefer_json_get_json(demo, accept):
    assert demo.get("/courses", Accept=accept).content_type == "application/json"


@pytest.mark.parametrize(
    "accept",
    ["application/json, text/plain, */*", "*/*, application/json", "application/json;q=0.5, */*",
     "text/*, application/json;q=0.1", "application/problem+json, */*", "text/json, */*;q=0.1",
     "Application/JSON, text/plain, */*", "application/hal+json, application/json;q=0.9, */*"],
)  # fmt: skip
@pytest.mark.parametrize("url", ["/courses", COURSE, "/nothing", "/account"])
def test_a_client_that_names_json_and_not_html_gets_json(demo, accept, url):
    assert demo.get(url, Accept=accept).content_type.endswith("json")


@pytest.mark.parametrize("accept", ["application/json;q=0, */*", "text/plain, */*", "*/*;q=0.1"])
def test_a_client_that_does_not_ask_for_json_gets_html(demo, accept):
    assert demo.get("/courses", Accept=accept).content_type == "text/html"


def test_csv_is_sent_only_to_a_client_that_names_it(demo):
    assert demo.get("/courses", Accept="application/json;q=0.5, */*").content_type != "text/csv"
    table = demo.get("/courses", Accept="text/csv, application/json;q=0.5, */*;q=0.1")
    assert table.content_type == "text/csv"


@pytest.mark.parametrize(
    "accept", ["image/png", "application/xml", "text/html;q=0, application/json;q=0"]
)
def test_unacceptable_accept_header_is_406_as_json(demo, accept):
    response = demo.get("/courses", Accept=accept)
    assert response.status_int == 406
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("accept", [BROWSER, "application/json", "image/png", "nonsense"])
@pytest.mark.parametrize("url", MACHINES)
def test_machine_readable_page_has_one_type_and_ignores_accept(demo, url, accept):
    plain, asked = demo.get(url), demo.get(url, Accept=accept)
    assert (asked.status_int, asked.body) == (200, plain.body)
    assert asked.content_type == plain.content_type
    assert asked.content_type in {
        "text/plain",
        "application/xml",
        "application/atom+xml",
        "application/opensearchdescription+xml",
    }


# The methods of these pages besides GET.
OTHER_METHODS = {
    "/people/jonas-lindqvist": ["PATCH"],
    "/account/login": ["POST"],
    "/courses": ["POST"],
    "/courses/backend-with-python": ["DELETE", "PATCH"],
    "/courses/backend-with-python/reviews": ["POST"],
}


def allow(url):
    return ", ".join(sorted(["GET", "HEAD", "OPTIONS", *OTHER_METHODS.get(url, [])]))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO"])
@pytest.mark.parametrize("url", PAGES)
def test_unsupported_method_is_405_with_allow(demo, url, method):
    if method in OTHER_METHODS.get(url, []):
        pytest.skip("the page has this method")
    response = demo.request(method, url, **JSON)
    assert response.status_int == 405
    assert response.headers["Allow"] == allow(url)


@pytest.mark.parametrize("url", [*PAGES, *MACHINES, "/static/shop.css"])
def test_options_is_204_with_allow(demo, url):
    response = demo.request("OPTIONS", url)
    assert (response.status_int, response.body) == (204, b"")
    assert response.headers["Allow"] == allow(url)


@pytest.mark.parametrize("url", [*PAGES, *MACHINES, "/openapi.json", "/nothing"])
def test_head_is_get_without_the_body(demo, url):
    got, head = demo.json(url), demo.request("HEAD", url, **JSON)
    assert head.status_int == got.status_int
    assert head.body == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def test_static_files_only_answer_get(demo):
    assert demo.request("POST", "/static/shop.css").status_int == 405


@pytest.mark.parametrize(
    "url", ["/openapi.json", "/robots.txt", "/livez", "/readyz", f"{COURSE}/qr.svg"]
)
def test_page_with_one_type_accepts_any_accept_header(demo, url):
    assert demo.get(url, Accept="image/png").status_int == 200


@pytest.mark.parametrize("url", [page for page in PAGES if page != "/"])
def test_trailing_slash_is_308_that_keeps_the_query(demo, url):
    response = demo.get(f"{url}/?a=1&b=%C3%A9")
    assert response.status_int == 308
    assert response.location == f"http://localhost{url}?a=1&b=%C3%A9"


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("//courses", "/courses"),
        ("/courses//backend-with-python", COURSE),
        ("/courses/./backend-with-python", COURSE),
        ("/courses/x/../backend-with-python", COURSE),
        ("/courses/%62ackend-with-python", COURSE),
        ("/courses%2Fbackend-with-python", COURSE),
        ("/courses/backend-with-python/@@feed.atom", f"{COURSE}/feed.atom"),
        ("/@@livez", "/livez"),
        ("/courses/backend-with-python/share/", f"{COURSE}/share"),
    ],
)
def test_other_spelling_of_a_url_is_308_and_a_write_to_it_is_404(demo, raw, canonical):
    environ = {"REQUEST_URI": raw}
    path = raw.replace("%62", "b").replace("%2F", "/")
    response = demo.app.get(path, extra_environ=environ, status=308)
    assert response.location == f"http://localhost{canonical}"
    demo.app.post(path, extra_environ=environ, status=404)


@pytest.mark.parametrize(
    "url",
    ["/nothing", "/nothing/", "/courses/nothing", "/courses/Backend-With-Python", f"{COURSE}/nothing",
     f"{COURSE}/share/garbage", f"{COURSE}/reviews/0", f"{COURSE}/reviews/x", "/livez/x",
     f"{COURSE}/reviews/99999999999999999999", f"{COURSE}/reviews/1", "/people/nobody", "/static/nothing.css"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_missing_page_is_404_as_html_and_json(demo, url, method):
    if url.startswith("/static") and method != "GET":
        pytest.skip("static files answer all names in the same way")
    assert demo.request(method, url, Accept="text/html").status_int == 404
    response = demo.request(method, url, **JSON)
    assert response.status_int == 404
    assert response.content_type == "application/problem+json"


def test_problem_has_type_title_status_detail_and_instance(demo):
    problem = demo.json("/courses/nothing").json
    assert problem == {
        "type": "tag:courseshop.example,2026:problem:not-found",
        "title": "Page not found",
        "status": 404,
        "detail": "We couldn't find anything at this address.",
        "instance": "/courses/nothing",
    }


def test_error_page_links_to_courses(demo):
    page = demo.get("/courses/nothing")
    assert "Page not found" in page.text
    assert page.html.find("a", href="http://localhost/courses")


def test_all_invalid_parameters_are_named_in_a_400(demo):
    problem = demo.json("/courses?limit=0&after=junk&wrong=1")
    assert problem.status_int == 400
    assert {fault["field"] for fault in problem.json["errors"]} == {"limit", "after", "wrong"}
    assert "limit" in problem.json["detail"]


READS = [
    *PAGES,
    "/courses?level=beginner",
    "/courses/compare",
    "/api",
    "/account/register",
    "/courses/suggestions",
]


@pytest.mark.parametrize("url", READS)
def test_unknown_parameter_is_400_and_named_on_every_json_page(demo, url):
    answer = demo.json(f"{url}{'&' if '?' in url else '?'}color=red&limits=3")
    assert answer.status_int == 400
    assert [one["field"] for one in answer.json["errors"]] == ["color", "limits"]
    assert "color" in answer.json["detail"]


@pytest.mark.parametrize("url", READS)
def test_browser_gets_page_and_notice_for_an_unknown_parameter(demo, url):
    mark = "&" if "?" in url else "?"
    plain, page = demo.get(url, Accept=BROWSER), demo.get(f"{url}{mark}color=red", Accept=BROWSER)
    assert (page.status_int, page.headers["Cache-Control"]) == (200, "no-store")
    assert "We ignored a part of this link that isn't valid." in page.html.find(id="notice").text
    assert page.html.h1 == plain.html.h1
    assert not page.html.find("a", href=lambda url: url and "color" in url)
    assert not demo.get(url, Accept=BROWSER).html.find(id="notice").text.strip()


@pytest.mark.parametrize(
    "url", ["/openapi.json", "/robots.txt", "/livez", "/feed.atom", f"{COURSE}/card.png"]
)
def test_file_with_unknown_parameter_is_400_only_for_json_clients(demo, url):
    assert demo.get(f"{url}?color=red", Accept=BROWSER).status_int == 200
    assert demo.json(f"{url}?color=red").status_int == 400
    assert demo.json(f"{url}?v=5").status_int == 200


@pytest.mark.parametrize(
    "url", ["/courses?color=red", f"{COURSE}/reviews?limit=1", "/account/login?color=red"]
)
def test_write_with_an_unknown_parameter_is_refused(demo, url):
    answer = demo.app.post_json(url, {}, headers=JSON, expect_errors=True)
    assert answer.status_int in {400, 401}
    if "login" in url:
        assert [one["field"] for one in answer.json["errors"]] == ["color"]


def test_guest_with_an_invalid_query_is_sent_to_login(demo):
    assert demo.get("/wishlists?limit=0", Accept=BROWSER).status_int == 303


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1e9", "junk", "", "1&limit=2", "%D9%A3"])
def test_a_bad_limit_is_400(demo, limit):
    assert demo.json(f"/courses?limit={limit}").status_int == 400


@pytest.mark.parametrize("authorization", ["Bearer cs_wrong", "Bearer", "bearer x"])
@pytest.mark.parametrize("url", ["/courses", "/livez", "/nothing", "/static/shop.css"])
def test_bad_credentials_are_401_everywhere(demo, url, authorization):
    response = demo.json(url, Authorization=authorization)
    assert response.status_int == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_first_error_in_the_documented_order_is_reported(demo):
    ask = demo.request
    assert ask("POST", "/nothing%ff", Accept="image/png").status_int == 400
    assert ask("POST", "/nothing", Accept="image/png").status_int == 404
    assert ask("POST", "/categories", Accept="image/png").status_int == 405
    assert ask("GET", "/courses", Accept="image/png", Authorization="Bearer x").status_int == 401
    assert ask("GET", "/courses?limit=0", Accept="image/png").status_int == 400


def test_malformed_json_is_400(demo):
    response = demo.app.post("/courses", b"{", content_type="application/json", status=400)
    assert "not valid JSON" in response.text


def test_a_body_over_the_limit_is_413(demo):
    def send(**headers):
        return demo.app.post("/courses", b"x" * 1_048_577, headers=headers, status=413)

    assert send(Accept="application/json").json["detail"].endswith("at most 1024 KiB.")
    page = send().html
    assert page.h1.text == "That's too much to send at once"
    assert "Your form is larger than 1 MB. Shorten it and send it again." in page.main.text


def test_page_of_405_has_its_own_title(demo):
    page = demo.app.post("/categories", status=405)
    assert page.html.h1.text == "This page can't do that"
    problem = demo.app.post("/categories", headers={"Accept": "application/json"}, status=405)
    assert problem.json["title"] == "Method not allowed"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "a/b",
        "a@b",
        "a:99999",
        "a:b",
        "ä",
        "a,b",
        "[::1",
        "-a",
        "x" * 300,
        "[:::::]",
        "[1:2]",
        "[..]",
        "[1.2.3.4]:80",
    ],
)
def test_a_bad_host_is_400(demo, host):
    assert demo.json("/courses", Host=host).status_int == 400


@pytest.mark.parametrize(
    "host", ["localhost:80", "my_shop", "shop.example.org", "127.0.0.1:6543", "[::1]:80"]
)
def test_links_carry_the_host_of_the_request(demo, host):
    assert (
        demo.json("/courses", Host=host).json["links"]["self"]
        == f"http://{host.removesuffix(':80')}/courses"
    )


def test_vhm_root_header_is_ignored(demo):
    response = demo.json(COURSE, X_Vhm_Root="/courses")
    assert response.json["url"] == f"http://localhost{COURSE}"
    assert demo.json("/backend-with-python", X_Vhm_Root="/courses").status_int == 404


def test_path_prefix_is_part_of_every_url(demo):
    environ = {"SCRIPT_NAME": "/shop", "REQUEST_URI": f"/shop{COURSE}"}
    course = demo.app.get(COURSE, headers=JSON, extra_environ=environ).json
    assert course["url"] == f"http://localhost/shop{COURSE}"
    assert all(url.startswith("http://localhost/shop/") for url in course["links"].values())
    page = demo.app.get(COURSE, extra_environ=environ)
    own = [
        a["href"]
        for a in page.html.find_all("a", href=True)
        if "localhost" in a["href"].split("?")[0]
    ]
    assert own
    assert all(url.startswith("http://localhost/shop/") for url in own)


@pytest.mark.parametrize("raw", ["/shop/courses", "/courses"])
def test_path_prefix_added_or_kept_by_a_proxy_causes_no_redirect(demo, raw):
    environ = {"SCRIPT_NAME": "/shop", "REQUEST_URI": raw}
    demo.app.get("/courses", extra_environ=environ, status=200)


@pytest.mark.parametrize("path", ["", "/"])
def test_home_page_is_at_the_bare_prefix(demo, path):
    environ = {"SCRIPT_NAME": "/shop", "PATH_INFO": path, "REQUEST_URI": f"/shop{path}"}
    demo.app.get("/", extra_environ=environ, status=200)


def test_unknown_urls_are_not_kept_in_memory(shop):
    """zope.interface would cache each name that it looks up, even if it finds nothing."""
    shop.add_course("python")
    for name in UNKNOWN_NAMES:
        for url in (f"/{name}", f"/courses/{name}", f"/courses/python/{name}"):
            assert shop.get(url).status_int == 404
    asked = {f"{verb}{name}" for verb in ("", "GET ", "POST ") for name in UNKNOWN_NAMES}
    dicts = [one for one in gc.get_objects() if type(one) is dict]
    assert not [one for one in dicts for name in asked if name in one]
