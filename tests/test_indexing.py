"""Canonical URLs of pages, and pages that search engines must not index."""

from __future__ import annotations

import pytest
from helpers import Shop, write_ini
from machine_readable import head
from scenes import Scene
from test_access_matrix import ROWS, WHO
from writers import URL, Writer

HOST = "http://localhost"


def canonical(page):
    """Return the canonical URL of a page, None if search engines must not index it."""
    address, robots = head(page, rel="canonical"), head(page, name="robots")
    if not address:
        assert robots == ["noindex"]
        return None
    assert (len(address), robots) == (1, [])
    return address[0]


@pytest.fixture(scope="module")
def scene(scratch_shop):
    return Scene.make(scratch_shop)


@pytest.mark.slow
def test_every_page_has_a_canonical_url_or_noindex(scene):
    listed = set()
    for method, path, *_rest in ROWS:
        for who in WHO if method == "GET" else ():
            actor = scene.actor(who, path)
            answer = scene.shop.get(scene.path(path, actor), actor, Accept="text/html")
            shown = answer.status_int != 303 and answer.content_type == "text/html"
            if shown and canonical(answer) is not None:
                listed.add(path)
    assert listed == {
        *("/", "/courses", "/courses/open", "/courses/open/reviews"),
        *("/categories", "/categories/things"),
    }


@pytest.mark.parametrize(
    "path",
    ["/", "/courses", "/courses/backend-with-python", "/courses/backend-with-python/reviews",
     "/categories", "/categories/upgrade-yourself", "/people/jonas-lindqvist"],
)  # fmt: skip
def test_canonical_url_is_the_url_of_the_page(demo, path):
    assert canonical(demo.get(path)) == f"{HOST}{path}"


@pytest.mark.parametrize("path", ["/", "/courses/backend-with-python", "/people/jonas-lindqvist"])
def test_canonical_url_leaves_out_unknown_parameters(demo, path):
    assert canonical(demo.get(f"{path}?utm_source=mail&after=x")) == f"{HOST}{path}"


def test_canonical_url_of_a_list_page_leaves_out_the_limit(demo):
    second = demo.json("/courses").json["links"]["next"].removeprefix(HOST)
    assert canonical(demo.get(second)) == f"{HOST}{second}"
    assert canonical(demo.get(f"{second}&limit=5")) == f"{HOST}{second}"
    assert canonical(demo.get("/courses?limit=5")) == f"{HOST}/courses"
    assert canonical(demo.get("/courses?q=")) == f"{HOST}/courses"


@pytest.mark.parametrize(
    "url",
    ["/courses?q=python", "/courses/backend-with-python/reviews?sort=helpful",
     "/courses/nothing", "/nothing", "/account/login", "/people/demo-student"],
)  # fmt: skip
def test_searches_errors_and_forms_have_noindex(demo, url):
    assert canonical(demo.get(url)) is None


def test_course_has_a_canonical_url_while_it_is_published(shop, teacher):
    moderator = Writer(shop, "mo", "moderator").browser()
    assert canonical(moderator.get(URL)) == f"{HOST}{URL}"
    teacher.patch(URL, {"status": "archived"})
    assert canonical(moderator.get(URL)) is None


@pytest.mark.parametrize("url", ["/courses", "/categories", "/categories/upgrade-yourself"])
def test_list_links_its_previous_and_next_page_in_the_head(demo, url):
    first = demo.get(f"{url}?limit=2")
    assert head(first, rel="prev") == []
    (following,) = head(first, rel="next")
    second = demo.get(following.removeprefix(HOST))
    assert len(head(second, rel="prev")) == 1


def test_one_url_for_all_languages_is_the_x_default_of_each(demo, tmp_path):
    assert head(demo.get("/courses"), hreflang="x-default") == []
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/s.sqlite", **{"courseshop.locales": "en de"})
    shop = Shop.open(ini)
    shop.init()
    for language in ("en", "de"):
        page = shop.get("/courses", Accept_Language=language)
        assert page.html.html["lang"] == language
        assert head(page, hreflang="x-default") == [f"{HOST}/courses"]
        assert canonical(page) == f"{HOST}/courses"
    shop.close()
