"""Tracking parameters of shared links: ignored everywhere, and in no link or cache key."""

from __future__ import annotations

import pytest
from browsing import Visitor
from helpers import JSON, figures
from pydantic import BaseModel
from pyramid.exceptions import ConfigurationError
from test_response_cache import WARM_UP_REQUESTS

from courseshop.framework.add_page import refuse_tracking
from courseshop.framework.page import Page
from courseshop.framework.tracking import is_tracking

COURSE = "/courses/backend-with-python"
TRACKED = (
    "utm_source=news&utm_medium=email&UTM_Campaign=x&utm%5Fterm=y&fbclid=IwAR0&gclid=Cj0&msclkid=1"
    "&mc_cid=1&mc_eid=2&igshid=3&ref=friend&utm_id"
)
URLS = ["/", "/courses", COURSE, f"{COURSE}/reviews", f"{COURSE}/share", "/courses/compare",
        "/courses/compare?course=messy-data", "/categories", "/categories/upgrade-yourself", "/account/login",
        "/account/login?next=/courses", "/account/register", "/account/reset", "/people/jonas-lindqvist",
        "/courses?q=python&level=beginner&limit=2", "/courses/suggestions?q=py", "/api", "/feed.atom",
        "/sitemap.xml", "/robots.txt", "/openapi.json", "/livez", f"{COURSE}/card.png", "/static/shop.css"]  # fmt: skip
MARKS = ("utm_", "fbclid", "gclid", "msclkid", "mc_cid", "igshid", "ref=friend")


def tracked(url):
    return f"{url}{'&' if '?' in url else '?'}{TRACKED}"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("url", URLS)
def test_tracked_link_shows_same_page_as_plain_one(demo, url, accept):
    plain, shared = demo.get(url, Accept=accept), demo.get(tracked(url), Accept=accept)
    assert (shared.status_int, shared.body) == (plain.status_int, plain.body) == (200, plain.body)
    assert shared.headers.get("ETag") == plain.headers.get("ETag")
    assert not [mark for mark in MARKS if mark in str(shared.headers)]


def test_tracking_parameters_may_be_mixed_with_others(demo):
    found = demo.json("/courses?utm_source=a&level=beginner&fbclid=b&limit=1").json
    assert found["links"]["self"] == "http://localhost/courses?level=beginner&limit=1"
    assert "utm_" not in found["links"]["next"]


def test_shared_wishlist_opens_with_tracking_parameters(shop):
    ann = Visitor(shop)
    ann.register("ann-x")
    body = {"name": "Later", "visibility": "link"}
    url = ann.post_json("/wishlists", body).json["url"].removeprefix("http://localhost")
    for headers in ({}, JSON):
        assert Visitor(shop).get(tracked(url), headers=headers).status_int == 200


def test_redirects_drop_tracking_parameters(demo):
    login = demo.get(tracked("/account"), Accept="text/html")
    assert (login.status_int, "next=%2Faccount" in login.location) == (303, True)
    canonical = demo.get(tracked("/courses/"))
    assert (canonical.status_int, canonical.location) == (308, "http://localhost/courses")
    assert "utm" not in login.location


def test_write_ignores_tracking_parameters_too(demo):
    answer = demo.request("POST", tracked("/courses"), Accept="application/json")
    assert answer.status_int == 401


def test_tracking_parameters_do_not_split_the_page_cache(shop):
    shop.add_course("python")
    before = figures(shop)["misses"]
    for number in range(WARM_UP_REQUESTS + 3):
        assert shop.get(f"/courses/python?utm_source={number}").status_int == 200
    assert figures(shop)["misses"] == before + 1 + 1  # the page and its block of reviews
    with shop.queries() as sent:
        shop.get("/courses/python?fbclid=another")
    assert sent == []


@pytest.mark.parametrize("part", ["q=utm_source", "refer=1", "utm=1", "gclid2=x", "xfbclid=1", "="])
def test_similar_names_are_ordinary_parameters(part):
    assert not is_tracking(part)


def test_plugin_cannot_accept_tracking_parameter():
    class Query(BaseModel):
        ref: str = ""

    page = Page(view=print, renderer="string", accepts=Query)
    with pytest.raises(ConfigurationError, match="'ref' is a tracking parameter"):
        refuse_tracking(page)
