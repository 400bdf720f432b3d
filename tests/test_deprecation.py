"""Deprecated pages say so in their headers and in the API description."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from helpers import JSON, Shop, write_ini
from openapi_spec_validator import OpenAPIV31SpecValidator
from pyramid.exceptions import ConfigurationError

from courseshop.framework.deprecation import Deprecation

SINCE, SUNSET = "@1688169599", "Sun, 30 Jun 2024 23:59:59 GMT"
LINK = '<https://shop.example/changes#fading>; rel="deprecation"'
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def fading(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fading")
    settings = {"pyramid.includes": "fading"}
    shop = Shop.open(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))
    shop.init()
    yield shop
    shop.close()


def deprecation_headers(answer):
    return tuple(answer.headers.get(name) for name in ("Deprecation", "Sunset", "Link"))


@pytest.mark.parametrize("accept", ["text/html", "application/json", "image/png"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_responses_have_deprecation_sunset_and_link_headers(fading, method, accept):
    assert deprecation_headers(fading.request(method, "/fading", Accept=accept)) == (
        SINCE,
        SUNSET,
        LINK,
    )


def test_304_has_the_headers_too(fading):
    tag = fading.json("/fading").headers["ETag"]
    again = fading.json("/fading", If_None_Match=tag)
    assert (again.status_int, deprecation_headers(again)) == (304, (SINCE, SUNSET, LINK))


def test_post_responses_have_only_the_configured_headers(fading):
    for body, status in (({"word": "x"}, 200), ({"word": 1}, 422)):
        answer = fading.app.post_json("/fading", body, headers=JSON, expect_errors=True)
        assert (answer.status_int, deprecation_headers(answer)) == (status, (SINCE, None, None))


def test_link_is_joined_with_the_links_of_a_list(fading):
    answer = fading.json("/fading/list")
    assert answer.headers.getall("Link") == [f'<http://localhost/fading>; rel="self", {LINK}']


def test_page_that_returns_a_response_has_the_headers_too(fading):
    assert deprecation_headers(fading.get("/fading/words.txt")) == (
        SINCE,
        None,
        '</changes>; rel="deprecation"',
    )


def test_other_pages_have_no_deprecation_headers(fading):
    assert deprecation_headers(fading.json("/fading/stays")) == (None, None, None)
    assert deprecation_headers(fading.json("/"))[:2] == (None, None)


def test_no_page_of_the_shop_is_deprecated(demo):
    paths = demo.json("/openapi.json").json["paths"]
    assert not any("deprecated" in one for path in paths.values() for one in path.values())


def test_api_description_marks_deprecated_operations(fading):
    document = fading.json("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    marked = {
        (path, method)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("deprecated")
    }
    assert marked == {
        *(("/fading", method) for method in ("get", "post")),
        ("/fading/list", "get"),
        ("/fading/words.txt", "get"),
    }


def test_datetime_without_offset_or_sunset_before_start_is_refused():
    with pytest.raises(ConfigurationError, match="without its offset"):
        Deprecation(since=datetime(2026, 1, 1, 12))
    with pytest.raises(ConfigurationError, match="without its offset"):
        Deprecation(since=NOON, sunset=datetime(2026, 1, 1, 12))
    with pytest.raises(ConfigurationError, match="the sunset is before"):
        Deprecation(since=NOON, sunset=NOON - timedelta(seconds=1))
    assert Deprecation(since=NOON, sunset=NOON).sunset == NOON
