"""URLs and headers that browsers, proxies and clients use by convention, without a link."""

from __future__ import annotations

import gzip
import json
from codecs import BOM_UTF8
from urllib.parse import quote

import pytest
import resvg_py
from browsing import PASSWORD, Visitor, form_with
from helpers import JSON, Shop, write_ini
from writers import REVIEWS, SLUG, URL

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


def sent_by(writer, kind, headers):
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**JSON, "Authorization": f"Bearer {writer.token}", "Content-Type": kind, **more}


def patch(writer, body, kind, **headers):
    headers = sent_by(writer, kind, headers)
    return writer.shop.app.patch(URL, body, headers=headers, expect_errors=True)


@pytest.mark.parametrize("kind", ["application/json", "application/merge-patch+json"])
def test_byte_order_mark_before_json_is_ignored(teacher, kind):
    answer = patch(teacher, BOM_UTF8 + json.dumps({"title": "Marked"}).encode(), kind)
    assert (answer.status_int, answer.json["title"]) == (200, "Marked")


def send_form(writer, body, kind="application/x-www-form-urlencoded", **headers):
    headers = sent_by(writer, kind, headers)
    return writer.shop.app.post("/wishlists", body, headers=headers, expect_errors=True)


@pytest.mark.parametrize("sent", ["name=café", "\ufeffname=caf%C3%A9", "name=caf%C3%A9"])
def test_a_form_may_be_plain_utf_8_with_a_mark(teacher, sent):
    answer = send_form(teacher, sent.encode())
    assert (answer.status_int, answer.json["name"]) == (201, "café")


def test_a_guest_may_log_in_after_such_a_form(shop, teacher):
    visitor = Visitor(shop)
    visitor.register("nora", email="nora@example.com")
    visitor.app.reset()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost"}
    sent = "wish=on&note=café".encode()
    led = visitor.app.post(f"/wishlists/default/{SLUG}", sent, headers=kind, expect_errors=True)
    assert led.status_int == 303
    visitor.log_in("nora", PASSWORD, led.location)
    assert visitor.get(f"/wishlists/default/{SLUG}", headers=JSON).json["note"] == "café"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"name=caf\xe9", "The body is not valid UTF-8."),
        (b"name=caf%E9", "The body is not a valid form in UTF-8."),
        (b"&".join([b"name=a"] * 1_001), "A form can have at most 1000 fields."),
    ],
)
def test_a_form_that_is_malformed_is_400_that_says_why(teacher, body, message):
    answer = send_form(teacher, body)
    assert (answer.status_int, answer.json["detail"]) == (400, message)


def test_latin_1_in_json_is_400_that_says_why(teacher):
    answer = patch(teacher, '{"title": "Café"}'.encode("latin-1"), "application/json")
    assert (answer.status_int, answer.json["detail"]) == (400, "The body is not valid UTF-8.")


@pytest.mark.parametrize("kind", ["application/json", "application/merge-patch+json"])
def test_another_charset_is_415(teacher, kind):
    sent = '{"title": "x"}'.encode("utf-16")
    answer = patch(teacher, sent, f"{kind}; charset=utf-16")
    assert (answer.status_int, "must be UTF-8" in answer.json["detail"]) == (415, True)


def test_a_compressed_body_is_415_that_says_so(teacher):
    packed = gzip.compress(b'{"title": "x"}')
    answer = patch(teacher, packed, "application/json", Content_Encoding="gzip")
    assert (answer.status_int, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert "must not be compressed" in answer.json["detail"]
    form = "application/x-www-form-urlencoded"
    assert send_form(teacher, packed, form, Content_Encoding="gzip").status_int == 415
    plain = patch(teacher, b'{"title": "x"}', "application/json", Content_Encoding="identity")
    assert plain.status_int == 200


# Queries that nobody can read.
UNREADABLE = ["q=caf%E9", "q=a%1Fb", "foo=%00", "q=caf\xe9", "caf%E9=1", "q=%C3%28"]


@pytest.mark.parametrize("query", UNREADABLE)
def test_a_browser_gets_the_page_without_what_nobody_can_read(shop, teacher, query):
    answer = Visitor(shop).get(f"/courses?{query}&level=all")
    assert answer.status_int == 200
    assert "We ignored a part of this link" in answer.html.find("main").parent.text
    assert "level=all" in answer.text
    assert Visitor(shop).get(f"/nowhere?{query}").status_int == 404


@pytest.mark.parametrize("query", UNREADABLE)
@pytest.mark.parametrize("path", ["/courses", URL, "/nowhere", "/account", "/livez"])
def test_a_program_gets_400_that_names_what_nobody_can_read(shop, teacher, path, query):
    answer = shop.json(f"{path}?{query}&level=all")
    assert answer.status_int == 400
    (fault,) = answer.json["errors"]
    name = "caf\ufffd" if query.startswith("caf") else query.partition("=")[0]
    assert fault["field"] == name
    assert fault["message"] == "Send valid UTF-8 without control characters."


# Separators.


@pytest.mark.parametrize(
    "query", ["level=all&amp;limit=1", "level=all&amp;limit=1&amp;utm_source=a"]
)
def test_an_ampersand_that_was_copied_from_html_is_one(shop, teacher, query):
    found = shop.json(f"/courses?{query}").json
    assert found["links"]["self"] == "http://localhost/courses?level=all&limit=1"


def test_a_semicolon_is_part_of_a_value(shop, teacher):
    found = shop.json("/courses?q=backend;utm_source=a").json
    assert found["links"]["self"] == "http://localhost/courses?q=backend%3Butm_source%3Da"


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("/courses?utm_source=a&level=all", "/courses?level=all"),
        ("/courses?fbclid=a", "/courses"),
        ("/account/login?next=%2Fcourses%3Futm_source%3Da%26level%3Dall",
         "/account/login?next=%2Fcourses%3Flevel%3Dall"),
        ("/courses?q=caf%C3%A9", "/courses?q=caf%C3%A9"),
    ],
)  # fmt: skip
def test_a_path_to_return_to_has_no_tracking_parameters(shop, teacher, path, clean):
    page = Visitor(shop).get(f"/account/login?next={quote(path)}")
    back = shop.json(f"/account/login?next={quote(path)}").json["back"]
    assert back == f"http://localhost{clean}"
    for mark in ("utm_", "fbclid"):
        assert mark not in page.text
    form = form_with(teacher.browser().get(URL), "Wishlist")
    form["return_to"] = path
    assert form.submit().location == f"http://localhost{clean}"


def test_paths_within_paths_are_cut_off_at_some_depth(shop):
    deep = "/a?next=" * 900
    assert Visitor(shop).get(f"/account/login?next={deep}").status_int == 200


@pytest.mark.parametrize(
    "body", [BOM_UTF8 + b"{", b"{}".join([BOM_UTF8] * 2), '{"title": "x"}'.encode("utf-16")]
)
def test_byte_order_mark_does_not_make_invalid_json_valid(teacher, body):
    assert patch(teacher, body, "application/json").status_int == 400
