"""The body of a GET can be sent back; null resets optional fields; the rest is read-only."""

from __future__ import annotations

import pytest
from writers import FULL, REVIEWS, URL, Writer, enrolled

LIST = "/wishlists/default"
WISH = f"{LIST}/backend-with-python"


@pytest.fixture
def student(shop, teacher):
    student = enrolled(shop, "sam")
    student.url = student.post(REVIEWS, {"rating": 4, "text": "*Good*."}).json["url"]
    student.ask("PUT", WISH, {"note": "One."})
    return student


def places(student):
    return {"review": student.url, "list": LIST, "account": "/account"}


@pytest.mark.parametrize("kind", ["review", "list", "account"])
def test_the_body_of_a_get_can_be_sent_back(student, kind):
    url = places(student)[kind]
    before = student.get(url).json
    answer = student.patch(url, before)
    assert answer.status_int == 200, answer.text
    assert student.get(url).json == before


def test_a_wish_and_a_profile_can_be_sent_back_too(shop, student):
    wish = student.get(WISH).json
    assert student.ask("PUT", WISH, wish).status_int == 200
    admin = Writer(shop, "root", "admin")
    person = admin.get("/people/sam").json
    assert admin.patch("/people/sam", {**person, "role": "instructor"}).status_int == 200
    assert admin.patch("/people/sam", {**person, "name": "X", "role": "student"}).status_int == 422


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("review", {"rating": 2}),
        ("review", {"text": {"markdown": "New."}}),
        ("list", {"name": "Later"}),
        ("account", {"name": "Samantha"}),
    ],
)
def test_changed_body_can_be_sent_back(student, kind, change):
    url = places(student)[kind]
    assert student.patch(url, {**student.get(url).json, **change}).status_int == 200
    ((name, value),) = change.items()
    after = student.get(url).json[name]
    assert after == value or after["markdown"] == value["markdown"]


@pytest.mark.parametrize(
    ("kind", "sent", "field"),
    [
        ("review", {"id": 99}, "id"),
        ("review", {"helpful_count": 5}, "helpful_count"),
        ("review", {"verified": None}, "verified"),
        ("review", {"author": {"username": "ann"}}, "author"),
        ("review", {"text": {"markdown": "x", "html": "<p>y</p>"}}, "text.html"),
        ("list", {"key": "x"}, "key"),
        ("list", {"owner": None}, "owner"),
        ("list", {"items": []}, "items"),
        ("account", {"role": "admin"}, "role"),
        ("account", {"username": "boss"}, "username"),
        ("account", {"links": {}}, "links"),
    ],
)
def test_changed_read_only_field_gets_422_naming_it(student, kind, sent, field):
    answer = student.patch(places(student)[kind], sent)
    assert answer.status_int == 422
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [(field, "read_only")]


@pytest.mark.parametrize("kind", ["review", "list", "account"])
def test_unknown_field_gets_422(student, kind):
    assert student.patch(places(student)[kind], {"color": "red"}).status_int == 422


@pytest.mark.parametrize(
    "name",
    ["subtitle", "summary", "about", "level", "language", "duration_minutes", "price", "tags", "outcomes",
     "requirements", "audience", "outline"],
)  # fmt: skip
def test_null_resets_optional_field_of_course(teacher, name):
    plain = teacher.write(title="Plain")
    full = teacher.write(**FULL, subtitle="With a spoon")
    answer = teacher.patch(full["url"], {name: None})
    assert answer.status_int == 200, answer.text
    assert answer.json[name] == plain[name] != full[name]


def test_null_resets_fields_of_review_and_list_too(student):
    assert student.patch(student.url, {"text": None}).json["text"]["markdown"] == ""
    student.patch(student.url, {"text": "Again."})
    assert student.patch(student.url, {"text": {"markdown": None}}).json["text"]["html"] == ""
    student.patch(LIST, {"visibility": "link"})
    assert student.patch(LIST, {"visibility": None}).json["visibility"] == "private"


def test_null_status_turns_submitted_course_into_draft(teacher):
    url = teacher.write(title="Plain")["url"]
    assert teacher.patch(url, {"status": "submitted"}).json["status"] == "submitted"
    assert teacher.patch(url, {"status": None}).json["status"] == "draft"


def test_null_for_required_field_gets_422_naming_it(teacher, student):
    student.patch(LIST, {"name": "Later"})
    for who, url, name in (
        (teacher, URL, "title"),
        (teacher, URL, "category"),
        (student, student.url, "rating"),
        (student, LIST, "name"),
        (student, "/account", "name"),
        (student, "/account", "email"),
    ):
        before = who.get(url).json
        answer = who.patch(url, {name: None})
        if name == "email" and before["email"] is None:
            continue
        assert answer.status_int == 422, (url, name)
        assert {one["field"] for one in answer.json["errors"]} == {name}
        assert who.get(url).json == before
