"""The media type of the JSON version: in `Accept`, in `Content-Type`, and in refusals."""

from __future__ import annotations

import pytest
from browsing import Visitor
from helpers import JSON
from writers import REVIEWS, URL, Writer

from courseshop.framework import traversal
from courseshop.framework.introspection import pages_of
from courseshop.framework.negotiation import JSON as PLAIN
from courseshop.framework.negotiation import choose

V1 = "application/vnd.courseshop.v1+json"
V2 = "application/vnd.courseshop.v2+json"
COURSE = "/courses/backend-with-python"
PAGES = ["/", "/courses", COURSE, f"{COURSE}/reviews", "/categories", "/people/jonas-lindqvist"]


@pytest.mark.parametrize("url", PAGES)
def test_versioned_type_has_same_body_as_plain_json(demo, url):
    plain, named = demo.json(url), demo.get(url, Accept=V1)
    assert (named.status_int, named.headers["Content-Type"]) == (200, V1)
    assert named.body == plain.body
    assert "Accept" in named.vary


@pytest.mark.parametrize(
    ("accept", "expected"),
    [(V1, V1), (V1.upper(), V1), (f"{V1}; charset=utf-8", V1), (f"{V1}, */*;q=0.1", V1), (f"{V1}, {PLAIN};q=0.9", V1),
     (f"{V2}, {V1};q=0.1", V1), (f"{V1}, {PLAIN}", PLAIN), (f"{V1};q=0.5, {PLAIN}", PLAIN), (f"{V2}, {PLAIN};q=0.5", PLAIN),
     ("application/*", PLAIN), (f"{V1};q=0.5, text/html", "text/html"), (f"{V2}, text/*", "text/html"), ("*/*", "text/html"),
     (V2, None), (f"{V2}, {V1};q=0", None), ("application/vnd.courseshop+json", None), ("application/vnd.other.v1+json", None)],
)  # fmt: skip
def test_versioned_type_is_negotiated_like_any_other(accept, expected):
    assert choose(accept) == expected


@pytest.mark.parametrize("url", [*PAGES, "/courses?q=python"])
def test_unknown_version_gets_406_listing_available_types(demo, url):
    refused = demo.get(url, Accept=V2)
    assert (refused.status_int, refused.content_type) == (406, "application/problem+json")
    assert f"text/html, {PLAIN}" in refused.json["detail"].replace(", text/csv, text/markdown", "")
    assert V1 in refused.json["detail"]
    assert demo.get(url, Accept=f"{V2}, {PLAIN};q=0.5").content_type == PLAIN


def test_problems_keep_their_own_type(demo):
    for url, status in (("/nothing", 404), ("/courses?limit=0", 400), ("/account", 401)):
        problem = demo.get(url, Accept=V1)
        assert (problem.status_int, problem.content_type) == (status, "application/problem+json")


@pytest.mark.parametrize("url", PAGES)
def test_each_media_type_has_its_own_etag(demo, url):
    plain, named = (demo.get(url, Accept=accept).headers["ETag"] for accept in (PLAIN, V1))
    assert plain != named
    for accept, tag, status in ((V1, named, 304), (PLAIN, plain, 304), (V1, plain, 200)):
        assert demo.get(url, Accept=accept, If_None_Match=tag).status_int == status


def test_etag_of_either_type_guards_writes(teacher):
    for accept in (PLAIN, V1):
        tag = teacher.get(URL, Accept=accept).headers["ETag"]
        assert teacher.patch(URL, {"summary": accept}, If_Match=tag).status_int == 200
        assert teacher.patch(URL, {"summary": "x"}, If_Match=tag).status_int == 412


def test_etag_of_versioned_account_guards_writes(shop):
    bob = Visitor(shop)
    bob.register("bob")
    tag = bob.get("/account", headers={"Accept": V1}).headers["ETag"]
    for accept, status in ((PLAIN, 200), (V1, 412)):
        sent = {"Accept": accept, "If-Match": tag}
        answer = bob.app.patch_json("/account", {"name": "B"}, headers=sent, expect_errors=True)
        assert answer.status_int == status


def send(writer, method, url, body, kind, accept=PLAIN):
    """Send `body` (bytes) with the content type `kind`."""
    app = writer.shop.app
    headers = {"Accept": accept, "Authorization": f"Bearer {writer.token}", "Content-Type": kind}
    asked = app.RequestClass.blank(url, method=method, headers=headers, body=body)
    return app.do_request(asked, expect_errors=True)


@pytest.mark.parametrize("kind", [V1, f"{V1}; charset=utf-8", V1.upper()])
def test_request_body_may_have_versioned_type(shop, teacher, kind):
    made = send(teacher, "POST", "/courses", b'{"title": "Bread", "category": "things"}', kind, V1)
    assert (made.status_int, made.content_type) == (201, V1)
    assert send(teacher, "PATCH", URL, b'{"summary": "New."}', kind).json["summary"] == "New."
    sam = Writer(shop, "sam", "student")
    assert sam.ask("PUT", f"{URL}/enrolment").status_int == 201
    reviewed = send(sam, "POST", REVIEWS, b'{"rating": 5}', kind)
    assert reviewed.status_int == 201
    replied = send(teacher, "PUT", f"{reviewed.json['url']}/reply", b'{"text": "Thanks."}', kind)
    assert replied.status_int in {200, 201}
    assert replied.json["reply"]["text"]["markdown"] == "Thanks."


def test_malformed_json_of_versioned_type_gets_400(teacher):
    assert send(teacher, "POST", "/courses", b"{", V1).status_int == 400


def test_versioned_json_with_cookie_needs_no_csrf_token(teacher):
    browser = teacher.browser()
    body, headers = b'{"title": "Bread", "category": "things"}', {**JSON, "Content-Type": V1}
    assert browser.app.post("/courses", body, headers=headers).status_int == 201


@pytest.mark.parametrize(
    ("method", "url"), [("POST", "/courses"), ("PATCH", URL), ("PUT", f"{REVIEWS}/1/reply")]
)
def test_body_of_unknown_version_gets_415_listing_supported_types(shop, teacher, method, url):
    sam = Writer(shop, "sam", "student")
    sam.ask("PUT", f"{URL}/enrolment")
    reply = f"{sam.post(REVIEWS, {'rating': 4}).json['url']}/reply"
    refused = send(teacher, method, url if method != "PUT" else reply, b"{}", V2)
    assert (refused.status_int, refused.content_type) == (415, "application/problem+json")
    assert f", {V1}" in refused.json["detail"]
    assert PLAIN in refused.json["detail"]


def patchable(shop):
    """Return the paths that accept PATCH."""
    return {
        spot.path
        for spot in traversal.walk(shop.registry)
        for page in pages_of(shop.registry, spot.place)
        if page.method == "PATCH"
    }


@pytest.mark.parametrize("kind", ["application/merge-patch+json", PLAIN, V1])
def test_every_patch_accepts_each_media_type(shop, teacher, kind):
    sam = Writer(shop, "sam", "student")
    sam.ask("PUT", f"{URL}/enrolment")
    written = sam.post(REVIEWS, {"rating": 4}).json["url"].removeprefix("http://localhost")
    admin = Writer(shop, "root", "admin")
    patches = {
        "/courses/{slug}": (teacher, URL, b'{"price": {"amount": "5.00"}}'),
        "/courses/{slug}/reviews/{id}": (sam, written, b'{"rating": 5}'),
        "/wishlists/{key}": (sam, "/wishlists/default", b'{"visibility": "link"}'),
        "/people/{username}": (admin, "/people/sam", b'{"role": "student"}'),
        "/account": (None, "/account", b'{"name": "Bob"}'),
    }
    assert set(patches) == patchable(shop)
    for writer, url, body in patches.values():
        if writer:
            answer = send(writer, "PATCH", url, body, kind)
        else:
            headers = {**JSON, "Content-Type": kind}
            answer = sam.browser().app.patch(url, body, headers=headers, expect_errors=True)
        assert answer.status_int in {200, 204}, (url, answer.text)
