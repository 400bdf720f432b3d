"""Compression of responses: on request, once per cached page, and never with a secret."""

from __future__ import annotations

import gzip

import brotli
import pytest
from helpers import figures
from pyramid.request import Request
from writers import REVIEWS, URL

from courseshop.framework import compression

DECOMPRESS = {"br": brotli.decompress, "gzip": gzip.decompress}
COURSE = "/courses/backend-with-python"
FORMS = ("text/html", "application/json")


def ask(shop, url, method="GET", **headers):
    """Return a response as it is sent; WebTest would decompress it."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request.blank(url, method=method, headers=headers).get_response(shop.app.app)


def is_replayed(shop, **headers):
    with shop.queries() as sent:
        assert ask(shop, URL, **headers).status_int == 200
    return not sent


@pytest.mark.parametrize("coding", DECOMPRESS)
@pytest.mark.parametrize("accept", FORMS)
@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/courses",
        COURSE,
        "/courses/speak-up-public-speaking/reviews",
        "/openapi.json",
        "/feed.atom",
    ],
)
def test_compressed_response_is_smaller_and_has_the_same_content(demo, url, accept, coding):
    plain, packed = (
        ask(demo, url, Accept=accept),
        ask(demo, url, Accept=accept, Accept_Encoding=coding),
    )
    assert packed.headers["Content-Encoding"] == coding
    assert DECOMPRESS[coding](packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert "Accept-Encoding" in plain.vary
    assert set(packed.vary) == set(plain.vary)
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize(
    ("header", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip;q=1.0, br;q=0.5", "gzip"), ("gzip;q=0.5, br;q=0.4", "gzip"),
     ("br;q=0.1", "br"), ("gzip;q=0.5, identity;q=0.4", "gzip"), ("*;q=0", None), ("*", "br"), ("br;q=0, *", "gzip"),
     ("identity", None), ("", None), ("zstd", None), ("identity, gzip;q=0.5", None), ("gzip;q=0", None)],
)  # fmt: skip
def test_accept_encoding_chooses_the_coding(demo, header, coding):
    assert ask(demo, COURSE, Accept_Encoding=header).headers.get("Content-Encoding") == coding


@pytest.mark.parametrize("coding", DECOMPRESS)
@pytest.mark.parametrize("url", [COURSE, "/courses"])
def test_each_coding_has_its_own_etag_that_gives_304(demo, url, coding):
    tag = ask(demo, url).headers["ETag"]
    packed = ask(demo, url, Accept_Encoding=coding).headers["ETag"]
    assert packed == f'{tag[:-1]}-{coding}"'
    again = ask(demo, url, Accept_Encoding=coding, If_None_Match=packed)
    assert (again.status_int, again.body, again.headers["ETag"]) == (304, b"", packed)
    assert ask(demo, url, Accept_Encoding=coding, If_None_Match=tag).headers["ETag"] == tag


@pytest.mark.parametrize("coding", DECOMPRESS)
def test_etag_of_compressed_json_can_be_used_for_a_write(teacher, coding):
    teacher.patch(URL, {"about": {"markdown": "word " * 500}})
    proof = {"Authorization": f"Bearer {teacher.token}", "Accept": "application/json"}
    read = ask(teacher.shop, URL, **proof, Accept_Encoding=coding)
    assert read.headers["Content-Encoding"] == coding
    tag = read.headers["ETag"]
    assert teacher.patch(URL, {"title": "New"}, If_Match=tag).status_int == 200
    assert teacher.patch(URL, {"title": "Newer"}, If_Match=tag).status_int == 412


def test_pages_of_a_session_are_never_compressed(shop, teacher):
    browser = teacher.browser()
    for url in ("/courses", URL, "/account", f"{REVIEWS}?q=a"):
        for accept in FORMS:
            cookie = f"courseshop_session={browser.cookie}"
            answer = ask(shop, url, Cookie=cookie, Accept=accept, Accept_Encoding="gzip, br")
            assert answer.status_int == 200
            assert "Content-Encoding" not in answer.headers, url


@pytest.mark.parametrize("url", ["/livez", "/favicon.ico", f"{COURSE}/card.png", "/nothing"])
def test_short_responses_images_and_errors_are_not_compressed(demo, url):
    assert (
        "Content-Encoding"
        not in ask(demo, url, Accept="application/json", Accept_Encoding="gzip").headers
    )


def test_a_cached_page_is_compressed_once_for_each_coding(shop, teacher, monkeypatch):
    packed = []
    for coding, pack in list(compression.CODINGS.items()):
        monkeypatch.setitem(
            compression.CODINGS, coding, lambda body, pack=pack: packed.append(1) or pack(body)
        )
    bodies = {
        coding: {ask(shop, URL, Accept_Encoding=coding).body for _ in range(5)}
        for coding in DECOMPRESS
    }
    assert [len(one) for one in bodies.values()] == [1, 1]
    assert len(packed) == 2
    assert figures(shop)["hits"] > 0


@pytest.mark.parametrize("coding", DECOMPRESS)
def test_compressed_page_is_replayed_unchanged(shop, teacher, coding):
    plain = ask(shop, URL)
    first = ask(shop, URL, Accept_Encoding=coding)
    seen = [is_replayed(shop, Accept_Encoding=coding) for _time in range(3)]
    assert seen == [False, True, True]
    again = ask(shop, URL, Accept_Encoding=coding)
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    assert DECOMPRESS[coding](again.body) == ask(shop, URL).body == plain.body


def test_head_has_the_content_length_of_get(demo):
    got = ask(demo, COURSE, Accept_Encoding="gzip")
    head = ask(demo, COURSE, "HEAD", Accept_Encoding="gzip")
    assert (head.body, head.headers["Content-Length"]) == (b"", got.headers["Content-Length"])
