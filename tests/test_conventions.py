"""URLs and headers that browsers, proxies and clients use by convention, without a link."""

from __future__ import annotations

import json
from codecs import BOM_UTF8

import pytest
import resvg_py
from helpers import JSON, Shop, write_ini
from writers import REVIEWS, URL

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
CODINGS = ["gzip", "br", "zstd", "deflate"]


def test_favicon_is_at_the_url_that_browsers_try(demo):
    answer = demo.get("/favicon.ico", Accept="image/avif,image/webp,image/*,*/*;q=0.8")
    assert (answer.status_int, answer.content_type) == (200, "image/x-icon")
    assert answer.body[:6] == b"\0\0\1\0\1\0"
    assert answer.body[22:30] == b"\x89PNG\r\n\x1a\n"
    assert "max-age=3600" in answer.headers["Cache-Control"]
    assert demo.request("HEAD", "/favicon.ico").content_length == len(answer.body)


def test_favicon_is_the_logo_of_the_shop(demo, migrated_database, tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(resvg_py.svg_to_bytes(svg_string=SQUARE))
    shop = Shop.open(write_ini(tmp_path, migrated_database(), **{"courseshop.logo": str(logo)}))
    drawn = shop.get("/favicon.ico").body
    shop.close()
    assert drawn[22:30] == b"\x89PNG\r\n\x1a\n"
    assert drawn != demo.get("/favicon.ico").body


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_well_known_url_redirects_to_the_password_form(demo, accept):
    answer = demo.get("/.well-known/change-password", Accept=accept)
    assert (answer.status_int, answer.location) == (303, "http://localhost/account/password")


@pytest.mark.parametrize(
    "url", ["/.well-known", "/.well-known/resource-that-should-not-exist", "/favicon.png"]
)
def test_unknown_well_known_url_is_404(demo, url):
    assert demo.get(url).status_int == 404


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("pattern", ['"{}-{}"', 'W/"{}-{}"', '"x", W/"{}--{}"', '"{}"-{}'])
@pytest.mark.parametrize("url", [URL, REVIEWS, "/courses"])
def test_etag_with_a_suffix_from_a_proxy_gives_304(teacher, url, coding, pattern):
    tag = teacher.get(url).headers["ETag"].strip('"')
    again = teacher.get(url, If_None_Match=pattern.format(tag, coding))
    assert (again.status_int, again.body) == (304, b"")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("pattern", ['"{}-{}"', 'W/"{}-{}"'])
def test_etag_with_a_suffix_from_a_proxy_works_in_if_match(teacher, coding, pattern):
    tag = teacher.get(URL).headers["ETag"].strip('"')
    known = pattern.format(tag, coding)
    assert teacher.patch(URL, {"title": "New"}, If_Match=known).status_int == 200
    assert teacher.patch(URL, {"title": "Newer"}, If_Match=known).status_int == 412


def test_weak_etag_without_a_suffix_never_allows_a_write(teacher):
    tag = teacher.get(URL).headers["ETag"]
    assert teacher.patch(URL, {"title": "New"}, If_Match=f"W/{tag}").status_int == 412


def patch(writer, body, kind):
    headers = {**JSON, "Authorization": f"Bearer {writer.token}", "Content-Type": kind}
    return writer.shop.app.patch(URL, body, headers=headers, expect_errors=True)


@pytest.mark.parametrize("kind", ["application/json", "application/merge-patch+json"])
def test_byte_order_mark_before_json_is_ignored(teacher, kind):
    answer = patch(teacher, BOM_UTF8 + json.dumps({"title": "Marked"}).encode(), kind)
    assert (answer.status_int, answer.json["title"]) == (200, "Marked")


@pytest.mark.parametrize(
    "body", [BOM_UTF8 + b"{", b"{}".join([BOM_UTF8] * 2), '{"title": "x"}'.encode("utf-16")]
)
def test_byte_order_mark_does_not_make_invalid_json_valid(teacher, body):
    assert patch(teacher, body, "application/json").status_int == 400
