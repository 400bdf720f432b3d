"""Conditional requests (RFC 9110, section 13): known pages are not sent, and no edit is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers import JSON
from writers import REVIEWS, URL, WORDS, Writer

from courseshop.framework.page import Page

EDITORS = 6
DEFAULT = "/wishlists/default"
WISH = f"{DEFAULT}/backend-with-python"


@pytest.fixture
def teacher(shop):
    """Return an instructor with a published course."""
    teacher = Writer(shop, "ann")
    teacher.write(**WORDS)
    publish(shop)
    return teacher


@pytest.fixture
def student(shop, teacher):
    """Return a student of that course who has reviewed it and has it on a wishlist."""
    student = Writer(shop, "sam", role="student")
    student.ask("PUT", f"{URL}/enrolment")
    student.url = student.ask("POST", REVIEWS, {"rating": 5, "text": "Good."}).json["url"]
    student.ask("PUT", WISH, {"note": "One."})
    return student


def publish(shop):
    boss = Writer(shop, "boss", role="moderator")
    assert boss.patch(URL, {"status": "published"}).status_int == 200


def fail_to_show(self, place, request, value):
    raise AssertionError(f"{self.view.__name__} was called, but the client has this page")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("what", ["course", "review", "wishlist", "wish"])
def test_304_is_sent_without_building_the_page(student, monkeypatch, what, accept):
    url = {"course": URL, "review": student.url, "wishlist": DEFAULT, "wish": WISH}[what]
    first = student.get(url, Accept=accept)
    monkeypatch.setattr(Page, "show", fail_to_show)
    for known in (first.headers["ETag"], f'"x", W/{first.headers["ETag"]}', "*"):
        again = student.get(url, Accept=accept, If_None_Match=known)
        assert (again.status_int, again.body) == (304, b"")
        for name in ("ETag", "Vary", "Cache-Control"):
            assert again.headers[name] == first.headers[name]


COLLECTIONS = [
    "/courses",
    "/courses?limit=1",
    REVIEWS,
    "/categories",
    "/categories/things",
    "/wishlists",
    "/people/ann",
]


@pytest.mark.parametrize("url", COLLECTIONS)
def test_unchanged_collection_is_304(teacher, student, url):
    tag = student.get(url).headers["ETag"]
    assert student.get(url, If_None_Match=tag).status_int == 304
    assert student.ask("HEAD", url, If_None_Match=tag).status_int == 304
    assert student.get(url, If_None_Match='"other"').status_int == 200
    assert student.get(url, Accept="text/html", If_None_Match=tag).status_int == 200


def add(who, url, field, text):
    """Append `text` to a field; retry until no other edit was faster."""
    while True:
        read = who.get(url)
        old = read.json[field]["markdown"] if field == "text" else read.json[field]
        new = [*old, text] if isinstance(old, list) else f"{old} {text}"
        answer = who.patch(url, {field: new}, If_Match=read.headers["ETag"])
        assert answer.status_int in {200, 412, 503}, answer.text
        if answer.status_int == 200:
            return


@pytest.mark.databases
@pytest.mark.parametrize(
    ("what", "field"), [("course", "tags"), ("review", "text"), ("wishlist", "name")]
)
def test_no_edit_is_lost_when_concurrent_editors_retry(teacher, student, what, field):
    who, url = {
        "course": (teacher, URL),
        "review": (student, student.url),
        "wishlist": (student, DEFAULT),
    }[what]
    before = who.get(url).json["version"]
    texts = [f"w{number}" for number in range(EDITORS)]
    with ThreadPoolExecutor(EDITORS) as pool:
        list(pool.map(lambda text: add(who, url, field, text), texts))
    after = who.get(url).json
    stored = after[field]["markdown"].split() if field == "text" else after[field]
    assert all(text in stored for text in texts)
    assert after["version"] == before + EDITORS


def test_if_none_match_star_prevents_overwriting(student):
    refused = student.ask("PUT", WISH, {"note": "Two."}, If_None_Match="*")
    assert refused.status_int == 412
    assert refused.json["detail"] == "Something already exists at this address (If-None-Match)."
    assert student.get(WISH).json["note"] == "One."
    assert student.ask("DELETE", WISH).status_int == 204
    assert student.ask("PUT", WISH, {"note": "Two."}, If_Match="*").status_int == 412
    assert student.ask("PUT", WISH, {"note": "Two."}, If_None_Match="*").status_int == 201


def test_if_none_match_with_the_current_etag_refuses_a_write(teacher):
    tag = teacher.get(URL).headers["ETag"]
    refused = teacher.patch(URL, {"title": "New"}, If_None_Match=tag)
    assert refused.status_int == 412
    assert (
        refused.json["detail"]
        == "Not done: the content has not changed since you read it (If-None-Match)."
    )
    assert teacher.patch(URL, {"title": "New"}, If_None_Match='"99.x"').status_int == 200


def test_permission_is_checked_before_if_match(shop, student):
    bob = Writer(shop, "bob", role="student")
    assert bob.patch(URL, {"title": "Mine"}, If_Match='"9.x"').status_int == 403
    assert bob.shop.request("PATCH", URL, If_Match='"9.x"', **JSON).status_int == 401
