"""The contract's sections 1 and 2: URLs, negotiation, methods, errors."""

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

# No other code has a word for these.
NOWHERE = ("not-there-7d1", "nor-there-7d1")

# What has one type, whatever `Accept` says.
MACHINES = [
    "/robots.txt",
    "/sitemap.xml",
    "/sitemaps/pages-1.xml",
    "/opensearch.xml",
    "/feed.atom",
    "/categories/upgrade-yourself/feed.atom",
]


@pytest.mark.parametrize("url", PAGES)
def test_every_page_has_both_forms_and_says_that_accept_decides(demo, url):
    page, data = demo.get(url, Accept=BROWSER), demo.json(url)
    assert (page.status_int, page.content_type) == (200, "text/html")
    assert (data.status_int, data.content_type) == (200, "application/json")
    assert "Accept" in page.vary
    assert "Accept" in data.vary


@pytest.mark.parametrize(
    "accept", [None, "", "*/*", BROWSER, "nonsense", ";;,,", "text/*", "text/html;q=x"]
)
def test_people_and_careless_clients_get_html(demo, accept):
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


def test_a_table_is_sent_only_to_a_client_that_names_it(demo):
    assert demo.get("/courses", Accept="application/json;q=0.5, */*").content_type != "text/csv"
    table = demo.get("/courses", Accept="text/csv, application/json;q=0.5, */*;q=0.1")
    assert table.content_type == "text/csv"


@pytest.mark.parametrize(
    "accept", ["image/png", "application/xml", "text/html;q=0, application/json;q=0"]
)
def test_nothing_acceptable_is_406_as_json(demo, accept):
    response = demo.get("/courses", Accept=accept)
    assert response.status_int == 406
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("accept", [BROWSER, "application/json", "image/png", "nonsense"])
@pytest.mark.parametrize("url", MACHINES)
def test_what_is_for_machines_has_one_type_and_takes_any_accept(demo, url, accept):
    plain, asked = demo.get(url), demo.get(url, Accept=accept)
    assert (asked.status_int, asked.body) == (200, plain.body)
    assert asked.content_type == plain.content_type
    assert asked.content_type in {
        "text/plain",
        "application/xml",
        "application/atom+xml",
        "application/opensearchdescription+xml",
    }


# What else than GET these places have.
MORE = {
    "/people/jonas-lindqvist": ["PATCH"],
    "/account/login": ["POST"],
    "/courses": ["POST"],
    "/courses/backend-with-python": ["DELETE", "PATCH"],
    "/courses/backend-with-python/reviews": ["POST"],
}


def allow(url):
    return ", ".join(sorted(["GET", "HEAD", "OPTIONS", *MORE.get(url, [])]))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO"])
@pytest.mark.parametrize("url", PAGES)
def test_an_unknown_method_is_405_with_allow(demo, url, method):
    if method in MORE.get(url, []):
        pytest.skip("it has this one")
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
def test_what_has_one_type_takes_any_accept(demo, url):
    assert demo.get(url, Accept="image/png").status_int == 200


@pytest.mark.parametrize("url", [page for page in PAGES if page != "/"])
def test_a_trailing_slash_is_308_to_the_page_with_its_query(demo, url):
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
def test_another_spelling_of_a_page_is_308_to_it_and_a_write_to_it_404(demo, raw, canonical):
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
def test_what_is_not_there_is_404_in_both_forms(demo, url, method):
    if url.startswith("/static") and method != "GET":
        pytest.skip("the folder of static files has one answer to all names")
    assert demo.request(method, url, Accept="text/html").status_int == 404
    response = demo.request(method, url, **JSON)
    assert response.status_int == 404
    assert response.content_type == "application/problem+json"


def test_a_problem_names_itself(demo):
    problem = demo.json("/courses/nothing").json
    assert problem == {
        "type": "tag:courseshop.example,2026:problem:not-found",
        "title": "Page not found",
        "status": 404,
        "detail": "We couldn't find anything at this address.",
        "instance": "/courses/nothing",
    }


def test_an_error_page_leads_on(demo):
    page = demo.get("/courses/nothing")
    assert "Page not found" in page.text
    assert page.html.find("a", href="http://localhost/courses")


def test_faults_of_a_query_are_400_and_all_named(demo):
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
def test_an_unknown_parameter_is_400_for_a_program_and_named_at_every_address(demo, url):
    answer = demo.json(f"{url}{'&' if '?' in url else '?'}color=red&limits=3")
    assert answer.status_int == 400
    assert [one["field"] for one in answer.json["errors"]] == ["color", "limits"]
    assert "color" in answer.json["detail"]


@pytest.mark.parametrize("url", READS)
def test_a_browser_gets_the_page_without_an_unknown_parameter_and_a_notice(demo, url):
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
def test_a_file_is_sent_to_whoever_takes_it_as_it_is(demo, url):
    assert demo.get(f"{url}?color=red", Accept=BROWSER).status_int == 200
    assert demo.json(f"{url}?color=red").status_int == 400
    assert demo.json(f"{url}?v=5").status_int == 200


@pytest.mark.parametrize(
    "url", ["/courses?color=red", f"{COURSE}/reviews?limit=1", "/account/login?color=red"]
)
def test_a_write_has_the_parameters_of_its_form_and_no_others(demo, url):
    answer = demo.app.post_json(url, {}, headers=JSON, expect_errors=True)
    assert answer.status_int in {400, 401}
    if "login" in url:
        assert [one["field"] for one in answer.json["errors"]] == ["color"]


def test_a_guest_with_a_bad_query_is_led_to_the_login_as_any_other(demo):
    assert demo.get("/wishlists?limit=0", Accept=BROWSER).status_int == 303


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1e9", "junk", "", "1&limit=2", "%D9%A3"])
def test_a_bad_limit_is_400(demo, limit):
    assert demo.json(f"/courses?limit={limit}").status_int == 400


@pytest.mark.parametrize("authorization", ["Bearer cs_wrong", "Bearer", "bearer x"])
@pytest.mark.parametrize("url", ["/courses", "/livez", "/nothing", "/static/shop.css"])
def test_bad_credentials_are_401_everywhere_and_never_a_guest(demo, url, authorization):
    response = demo.json(url, Authorization=authorization)
    assert response.status_int == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_faults_are_judged_in_the_contracts_order(demo):
    ask = demo.request
    assert ask("POST", "/nothing%ff", Accept="image/png").status_int == 400
    assert ask("POST", "/nothing", Accept="image/png").status_int == 404
    assert ask("POST", "/categories", Accept="image/png").status_int == 405
    assert ask("GET", "/courses", Accept="image/png", Authorization="Bearer x").status_int == 401
    assert ask("GET", "/courses?limit=0", Accept="image/png").status_int == 400


def test_malformed_json_is_400_wherever_it_is_sent(demo):
    response = demo.app.post("/courses", b"{", content_type="application/json", status=400)
    assert "not valid JSON" in response.text


def test_a_body_over_the_limit_is_413(demo):
    demo.app.post("/courses", b"x" * 1_048_577, status=413)


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


def test_a_header_cannot_root_the_tree_elsewhere(demo):
    response = demo.json(COURSE, X_Vhm_Root="/courses")
    assert response.json["url"] == f"http://localhost{COURSE}"
    assert demo.json("/backend-with-python", X_Vhm_Root="/courses").status_int == 404


def test_a_prefix_stands_in_every_url(demo):
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
def test_a_prefix_that_a_proxy_adds_or_keeps_makes_no_loop(demo, raw):
    environ = {"SCRIPT_NAME": "/shop", "REQUEST_URI": raw}
    demo.app.get("/courses", extra_environ=environ, status=200)


@pytest.mark.parametrize("path", ["", "/"])
def test_the_first_page_is_at_the_bare_prefix(demo, path):
    environ = {"SCRIPT_NAME": "/shop", "PATH_INFO": path, "REQUEST_URI": f"/shop{path}"}
    demo.app.get("/", extra_environ=environ, status=200)


def test_addresses_that_there_are_not_leave_nothing_behind(shop):
    """zope.interface would keep each name that it was asked for, also that there is nothing."""
    shop.add_course("python")
    for name in NOWHERE:
        for url in (f"/{name}", f"/courses/{name}", f"/courses/python/{name}"):
            assert shop.get(url).status_int == 404
    asked = {f"{verb}{name}" for verb in ("", "GET ", "POST ") for name in NOWHERE}
    dicts = [one for one in gc.get_objects() if type(one) is dict]
    assert not [one for one in dicts for name in asked if name in one]
