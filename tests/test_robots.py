"""robots.txt, as an RFC 9309 crawler reads it, and the OpenSearch description."""

from __future__ import annotations

import pytest
from lxml import etree
from machine_readable import head
from protego import Protego
from test_access_matrix import HEADER, ROWS

HOST = "http://localhost"


@pytest.fixture(scope="module")
def rules(demo):
    answer = demo.get("/robots.txt")
    assert (answer.status_int, answer.content_type) == (200, "text/plain")
    return Protego.parse(answer.text)


def is_allowed(rules, path):
    return rules.can_fetch(f"{HOST}{path}", "a crawler")


@pytest.mark.parametrize(
    "path",
    ["/", "/courses", "/courses/x", "/courses/x/reviews", "/categories", "/categories/x", "/people/x",
     "/courses/editing", "/courses/x/share", "/courses/x/card.png", "/static/shop.css", "/feed.atom",
     "/sitemap.xml", "/sitemaps/courses-1.xml", "/courses?after=x", "/categories/x?after=x",
     "/courses/x/reviews?after=x", "/wishlists/a-shared-one"],
)  # fmt: skip
def test_crawlers_may_fetch_public_pages(rules, path):
    assert is_allowed(rules, path)


@pytest.mark.parametrize(
    "path",
    ["/account", "/account/login?next=/courses/x", "/audit", "/people", "/people?q=x", "/moderation", "/moderation?after=x", "/wishlists",
     "/wishlists/default/x", "/courses/x/share/reddit", "/courses?q=x", "/courses?sort=price&after=x",
     "/courses?before=x", "/courses?limit=1", "/categories/x?limit=1", "/courses/x/reviews?stars=5",
     "/courses/x/reviews/1/reports?return_to=%2Fcourses%2Fx"],
)  # fmt: skip
def test_crawlers_may_not_fetch_private_counted_or_endless_pages(rules, path):
    assert not is_allowed(rules, path)


def test_crawlers_may_not_fetch_pages_closed_to_guests(rules):
    guest = HEADER.index("guest")
    pages = [row for row in ROWS if row[0] == "GET"]
    closed = {row[1] for row in pages if row[guest] in {"login", "no"}}
    assert closed
    assert {path for path in closed if is_allowed(rules, path)} == set()


def test_robots_txt_names_sitemap_and_includes_path_prefix(demo, rules):
    assert list(rules.sitemaps) == [f"{HOST}/sitemap.xml"]
    environ = {"SCRIPT_NAME": "/a shop", "REQUEST_URI": "/a%20shop/robots.txt"}
    text = demo.app.get("/robots.txt", extra_environ=environ).text
    assert "Disallow: /a%20shop/account\n" in text
    assert f"Sitemap: {HOST}/a%20shop/sitemap.xml\n" in text


def test_pages_link_to_opensearch_description(demo):
    (link,) = head(demo.get("/courses"), type="application/opensearchdescription+xml")
    assert link == f"{HOST}/opensearch.xml"
    answer = demo.get("/opensearch.xml")
    assert answer.content_type == "application/opensearchdescription+xml"
    found = etree.fromstring(answer.body)
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    assert found.findtext("o:ShortName", None, names) == "courseshop"
    (url,) = found.iterfind("o:Url", names)
    assert (url.get("type"), url.get("template")) == (
        "text/html",
        f"{HOST}/courses?q={{searchTerms}}",
    )
    page = demo.get(url.get("template").removeprefix(HOST).replace("{searchTerms}", "python"))
    assert "python" in page.html.h1.text
    assert demo.get("/opensearch.xml", If_None_Match=answer.headers["ETag"]).status_int == 304
