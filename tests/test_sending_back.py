"""The body of a GET can be sent back; null resets optional fields; the rest is read-only."""

from __future__ import annotations

from itertools import product

import pytest
from browsing import form_with
from sqlalchemy import update
from writers import FULL, REVIEWS, SLUG, URL, Writer, enrolled, fault_of

from courseshop import importing
from courseshop.models import Course, Reply, Review, User, Wish, Wishlist
from courseshop.schemas.category import CategoryDraft
from courseshop.services import category

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


# What an earlier release has stored, and this one refuses.
OLD = {
    "title": "Bread\u2028for two",
    "subtitle": "With a\U000e0041 spoon",
    "about_markdown": "Flour \x08 and water",
    "outcomes": ["\u200b", "Bake"],
    "tags": ["a\u2029b"],
    "outline": [{"title": "\u200b", "lessons": [{"title": "x\u2028y", "minutes": 5}]}],
}


@pytest.fixture
def old_course(shop, teacher):
    with shop.storing() as db:
        db.execute(update(Course).values(OLD))
    return teacher


def test_a_course_with_texts_of_an_older_release_can_be_edited(old_course):
    before = old_course.get(URL).json
    answer = old_course.patch(URL, {"level": "beginner"})
    assert answer.status_int == 200, answer.text
    changing = {"level", "version", "updated_at"}
    assert without(answer.json, changing) == without(before, changing)


def test_the_body_of_a_get_with_such_texts_can_be_sent_back(old_course):
    before = old_course.get(URL).json
    answer = old_course.patch(URL, before)
    assert answer.status_int == 200, answer.text
    assert answer.json == before
    assert old_course.patch(URL, {**before, "level": "advanced"}).json["level"] == "advanced"


def test_a_form_with_such_texts_can_be_sent(old_course):
    form = form_with(old_course.browser().get(f"{URL}/edit"), "Save")
    form["level"] = "advanced"
    before = old_course.get(URL).json
    assert form.submit().status_int == 303
    after = old_course.get(URL).json
    assert after["level"] == "advanced"
    assert {name: after[name] for name in ("title", "about", "outcomes", "outline")} == {
        name: before[name] for name in ("title", "about", "outcomes", "outline")
    }


def test_such_a_text_is_refused_once_it_changes(old_course):
    before = old_course.get(URL).json
    answer = old_course.patch(URL, {**before, "outcomes": ["\u200b", "Cook"], "title": "a\u2028b"})
    assert answer.status_int == 422
    assert {one["field"] for one in answer.json["errors"]} == {"outcomes.0", "title"}


def test_a_file_can_change_a_course_with_such_texts(shop, old_course, tmp_path):
    path = tmp_path / "bread.json"
    path.write_text(f'{{"slug": "{SLUG}", "title": "Bread", "category": "things"}}')
    with shop.writing() as request:
        (report,) = importing.run(request, [path])
    assert report.outcome == "changed", report.detail
    after = old_course.get(URL).json
    assert (after["title"], after["outcomes"]) == ("Bread", ["\u200b", "Bake"])


def test_a_title_without_letters_of_an_older_release_stays(shop, teacher):
    with shop.storing() as db:
        db.execute(update(Course).values(title="!!!"))
    assert teacher.patch(URL, {"title": "!!!", "level": "beginner"}).status_int == 200
    assert teacher.patch(URL, {"title": "???"}).status_int == 409


def test_other_places_with_such_texts_can_be_edited_too(shop, student):
    odd = "a\u2028\x08b"
    with shop.storing() as db:
        db.execute(update(Review).values(text_markdown=odd))
        db.execute(update(Wishlist).values(name=odd))
        db.execute(update(Wish).values(note=odd))
        db.execute(update(User).where(User.id == student.id).values(name=odd))
    for url, change in (
        (student.url, {"rating": 1}),
        (LIST, {"visibility": "link"}),
        ("/account", {}),
    ):
        answer = student.patch(url, {**student.get(url).json, **change})
        assert answer.status_int == 200, (url, answer.text)
    wish = student.get(WISH).json
    assert student.ask("PUT", WISH, wish).json["note"] == odd == wish["note"]


def without(body, names):
    return {name: value for name, value in body.items() if name not in names}


# The same thing at another address, or as of another query.


def test_a_wishlist_can_be_sent_back_with_totals_for_other_hours(student):
    for hours in (1, 10):
        body = student.get(f"{LIST}?hours={hours}").json
        assert student.patch(LIST, body).status_int == 200
    totals = {**body["totals"], "weeks": body["totals"]["weeks"] + 1}
    assert student.patch(LIST, {"totals": totals}).status_int == 422
    assert student.patch(LIST, {"totals": {"hours_per_week": 0}}).status_int == 422


def test_the_default_wishlist_can_be_sent_back_to_both_addresses(student):
    addresses = (LIST, student.get(LIST).json["url"])
    for number, (url, other) in enumerate(product(addresses, addresses)):
        body = student.get(other).json
        answer = student.patch(url, {**body, "name": f"Later {number}"})
        assert answer.status_int == 200, answer.text
    mine = student.post("/wishlists", {"name": "Mine"}).json["url"]
    assert student.patch(mine, {"links": body["links"]}).status_int == 422


def test_a_profile_needs_no_role(shop, student):
    admin = Writer(shop, "root", "admin")
    body = admin.get("/people/sam").json
    for sent in ({}, body):
        answer = admin.patch("/people/sam", sent)
        assert (answer.status_int, answer.json["role"]) == (200, "student")


def test_an_account_needs_no_change(student):
    assert student.patch("/account", {}).status_int == 200


def test_a_reply_can_be_sent_back(shop, teacher, student):
    url = f"{student.url}/reply"
    assert teacher.ask("PUT", url, teacher.get(url).json).status_int == 422
    assert teacher.ask("PUT", url, {"text": "Thank *you*."}).status_int == 201
    body = teacher.get(url).json
    assert body["text"] == body["reply"]["text"]
    answer = teacher.ask("PUT", url, body)
    assert (answer.status_int, answer.json) == (200, body)
    answer = teacher.ask("PUT", url, {**body, "text": {"markdown": "Thanks."}})
    assert answer.json["reply"]["text"]["markdown"] == "Thanks."
    assert teacher.ask("PUT", url, body).status_int == 412
    del body["version"]
    answer = teacher.ask("PUT", url, body)
    assert fault_of(answer) == ("reply", "read_only")
    with shop.storing() as db:
        db.execute(update(Reply).values(text_markdown="a\u2028\x08b"))
    assert teacher.ask("PUT", url, teacher.get(url).json).status_int == 200


def test_a_course_can_be_sent_back_with_another_category_alone(shop, teacher):
    with shop.storing() as db:
        category.add(db, CategoryDraft(slug="bread", title="Bread"))
    body = teacher.get(URL).json
    old = body["category"]
    answer = teacher.patch(URL, {**body, "category": {**old, "slug": "bread"}})
    assert answer.status_int == 200, answer.text
    assert answer.json["category"]["title"] == "Bread"
    answer = teacher.patch(URL, {"category": {**old, "slug": "bread"}})
    assert answer.status_int == 422
    answer = teacher.patch(URL, {"category": {"slug": "things", "title": "Other"}})
    assert [one["field"] for one in answer.json["errors"]] == ["category.title"]


# The HTML of a text is that which is stored, or that of the Markdown beside it.


@pytest.mark.parametrize("markdown", ["New *text*.", "New\r\n*text*."])
def test_the_html_beside_markdown_may_be_the_old_or_the_new_one(shop, teacher, student, markdown):
    teacher.patch(URL, {"about": {"markdown": "Old."}})
    student.patch(student.url, {"text": "Old."})
    new = teacher.post(f"{URL}/preview", {"about": {"markdown": markdown}}).json["about"]["html"]
    for writer, url, field in ((teacher, URL, "about"), (student, student.url, "text")):
        old = writer.get(url).json[field]["html"]
        for html in (old, new):
            sent = {field: {"markdown": markdown, "html": html}}
            assert writer.patch(url, sent).status_int == 200, html
            writer.patch(url, {field: {"markdown": "Old."}})
        answer = writer.patch(url, {field: {"markdown": markdown, "html": "<p>Other.</p>"}})
        assert fault_of(answer) == (f"{field}.html", "read_only")
        assert writer.get(url).json[field]["markdown"] == "Old."


def test_the_same_holds_for_what_is_new(shop, teacher):
    text = {"markdown": "*New*.", "html": "<p><em>New</em>.</p>\n"}
    other = {"markdown": "*New*.", "html": "<p>Other.</p>"}
    draft = {"title": "Bread", "category": "things"}
    assert fault_of(teacher.post("/courses", {**draft, "about": other}))[0] == "about.html"
    assert teacher.post("/courses", {**draft, "about": text}).status_int == 201
    tom = enrolled(shop, "tom")
    assert fault_of(tom.post(REVIEWS, {"rating": 3, "text": other}))[0] == "text.html"
    assert tom.post(REVIEWS, {"rating": 3, "text": text}).status_int == 201


def test_an_older_version_with_old_html_is_412(teacher):
    body = teacher.get(URL).json
    assert teacher.patch(URL, {"about": {"markdown": "Someone else's."}}).status_int == 200
    assert teacher.patch(URL, {**body, "level": "beginner"}).status_int == 412


# null within an object.


def test_null_resets_what_is_within_an_object(teacher):
    course = teacher.write(**FULL)
    answer = teacher.patch(course["url"], {"about": {"markdown": None}})
    assert (answer.status_int, answer.json["about"]["markdown"]) == (200, "")
    answer = teacher.patch(course["url"], {"price": {"currency": None}})
    assert (answer.status_int, answer.json["price"]) == (200, course["price"])
    sent = {"amount": "3.00", "currency": None}
    assert teacher.patch(course["url"], {"price": sent}).json["price"]["amount"] == "3.00"
    assert teacher.patch(course["url"], {"price": {"amount": None}}).status_int == 422
    assert teacher.patch(course["url"], {"comment": None}).status_int == 200
    answer = teacher.patch(course["url"], {"status": "submitted", "comment": None})
    assert answer.json["status"] == "submitted"
