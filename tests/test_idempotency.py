"""Idempotency-Key: a repeated request is executed once, and gets the same response again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from browsing import form_with
from helpers import JSON
from sqlalchemy import delete, func, select, update
from writers import REVIEWS, URL, Writer, fault_of, rating

from courseshop.domain.clock import now
from courseshop.framework.idempotency import parse
from courseshop.models import Course, Review, StoredResponse, User
from courseshop.services import idempotency

pytestmark = pytest.mark.databases

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
REVIEW = {"rating": 4, "text": "*Good*, but long."}
COURSE = {"title": "Bread for Two", "category": "things"}
OVER_A_DAY = timedelta(hours=24, seconds=1)


def post(writer, url, body, key=KEY, **headers):
    return writer.post(url, body, Idempotency_Key=key, **headers)


def count(shop, model=StoredResponse):
    with shop.reading() as request:
        return request.db.scalar(select(func.count()).select_from(model))


def is_replayed(answer):
    return answer.headers.get("Idempotent-Replayed") == "true"


def advance_clock(monkeypatch, later):
    monkeypatch.setattr("courseshop.services.idempotency.now", lambda: now() + later)


def assert_same(answers):
    assert {answer.status_int for answer in answers} == {201}, [one.text for one in answers]
    for facts in ("body", "location", "content_type", "vary"):
        assert len({getattr(answer, facts) for answer in answers}) == 1, facts


@pytest.fixture
def creation(request, shop, teacher, student):
    """Return a writer, a URL, a body to send there, and the model of the row that it creates."""
    return {
        "review": (student, REVIEWS, REVIEW, Review),
        "course": (teacher, "/courses", COURSE, Course),
    }[request.param]


both = pytest.mark.parametrize("creation", ["review", "course"], indirect=True)


@both
def test_repeated_request_gets_the_first_response(shop, creation):
    writer, url, body, model = creation
    before = count(shop, model)
    first = post(writer, url, body)
    assert first.status_int == 201
    assert not is_replayed(first)
    again = post(writer, url, body)
    assert_same([first, again])
    assert again.headers["Location"] == again.json["url"]
    assert is_replayed(again)
    assert count(shop, model) == before + 1


@both
def test_one_of_concurrent_requests_is_executed_and_all_get_its_response(shop, creation):
    writer, url, body, model = creation
    before = count(shop, model)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(writer, url, body), range(8)))
    assert_same(answers)
    assert sorted(map(is_replayed, answers)) == [False, *[True] * 7]
    assert count(shop, model) == before + 1
    assert count(shop) == 1


def test_refused_concurrent_requests_do_not_wait_for_each_other(shop, student):
    student.post(REVIEWS, REVIEW)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(student, REVIEWS, {"rating": 1}), range(8)))
    assert {answer.status_int for answer in answers} == {409}
    assert count(shop) == 0


def test_concurrent_requests_with_different_keys_are_all_executed(shop, teacher):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: post(teacher, "/courses", COURSE, f"key-{n % 4}"), range(8))
        )
    assert {answer.status_int for answer in answers} == {201}
    assert len({answer.location for answer in answers}) == 4
    assert count(shop) == 4


def test_request_without_a_key_uses_no_stored_responses(shop, teacher):
    with shop.queries() as sent:
        for _ in range(2):
            assert teacher.post("/courses", COURSE).status_int == 201
    assert not [statement for statement in sent if "kept_answer" in statement]


def test_key_is_the_same_with_and_without_quotes(shop, teacher):
    first = post(teacher, "/courses", COURSE, KEY)
    assert_same([first, post(teacher, "/courses", COURSE, f'"{KEY}"')])
    assert parse(r' "a \"b\" \\" ') == r'a "b" \ '[:-1]
    assert count(shop) == 1


@pytest.mark.parametrize(
    "key", ["x", "x" * 255, f'"{"x" * 255}"', '"two words"', "a/b+c==", "a:b@c"]
)
def test_key_may_be_any_text_of_up_to_255_characters(teacher, key):
    assert post(teacher, "/courses", COURSE, key).status_int == 201
    assert is_replayed(post(teacher, "/courses", COURSE, key))


MALFORMED = ["", '""', "x" * 256, f'"{"x" * 256}"', "two words", "a, b", '"a", "b"', '"open', 'in"side', r'"\x"',
             "k\xe9y", "a;b=c", "\\"]  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("key", MALFORMED)
def test_a_malformed_key_is_400_and_named(shop, teacher, key):
    for answer in (post(teacher, "/courses", COURSE, key), post(teacher, REVIEWS, {}, key)):
        assert answer.status_int == 400
        assert "Idempotency-Key" in answer.json["detail"]
    # A malformed key is refused before permissions are checked.
    guest = shop.request("POST", "/courses", **JSON, Idempotency_Key=key)
    assert guest.status_int == 400
    assert count(shop, Course) == 1


@pytest.mark.one_database
@pytest.mark.parametrize("key", [KEY, "two words", ""])
def test_key_is_400_where_it_has_no_effect(shop, teacher, student, key):
    for method, url in (
        ("GET", URL),
        ("HEAD", "/livez"),
        ("PUT", f"{URL}/enrolment"),
        ("PATCH", URL),
        ("DELETE", URL),
        ("POST", f"{URL}/edit"),
        ("POST", "/account/logout"),
        ("POST", "/account/tokens"),
    ):
        answer = teacher.ask(method, url, Idempotency_Key=key)
        assert answer.status_int == 400, (method, url)
        assert method == "HEAD" or "has no effect" in answer.json["detail"]
    assert post(teacher, "/nowhere", {}, "two words").status_int == 404
    assert post(teacher, "/courses/", COURSE, "two words").status_int == 404
    assert count(shop) == 0


@pytest.mark.one_database
def test_the_field_of_a_form_is_refused_where_the_header_is(shop, teacher):
    browser = teacher.browser()
    for url, key, part in (
        (f"{URL}/edit", KEY, "has no effect"),
        ("/account/logout", KEY, "has no effect"),
        ("/courses/new", "two words", "visible ASCII"),
        ("/courses", "", "visible ASCII"),
    ):
        sent = {"idempotency_key": key, **COURSE}
        answer = browser.app.post(url, sent, expect_errors=True)
        assert (answer.status_int, part in answer.text) == (400, True), url
    assert count(shop, Course) == 1


@pytest.mark.one_database
def test_the_preview_of_a_form_with_a_key_needs_none(shop, teacher):
    form = form_with(teacher.browser().get("/courses/new"), "Preview")
    assert form["idempotency_key"].value
    form.action = "/courses/preview"
    assert form.submit().status_int == 200


def test_key_works_for_wishlists_invitations_reports_and_moves(shop, teacher, student):
    Writer(shop, "bob")
    review = student.post(REVIEWS, REVIEW).json["url"]
    other = student.post("/wishlists", {"name": "Other"}).json["key"]
    student.ask("PUT", "/wishlists/default/backend-with-python")
    for writer, url, body in (
        (student, "/wishlists", {"name": "Later"}),
        (teacher, f"{URL}/instructors", {"username": "bob"}),
        (teacher, f"{review}/reports", {"reason": "false"}),
        (student, "/wishlists/default/backend-with-python/move", {"to": other, "keep": True}),
    ):
        key = f"{writer.username}-{len(url)}"
        first, again = (post(writer, url, body, key) for _ in range(2))
        assert first.status_int in {200, 201}, first.text
        assert (again.status_int, again.body, is_replayed(again)) == (
            first.status_int,
            first.body,
            True,
        )
        another = post(writer, url, {**body, "more": 1}, key)
        assert (another.status_int, fault_of(another)[0]) == (422, "Idempotency-Key")


def test_form_may_send_its_key_in_a_hidden_field(shop, student):
    browser = student.browser()
    form = form_with(browser.get("/wishlists"), "Create wishlist")
    fields = [*form.submit_fields(), ("name", "Later"), ("idempotency_key", KEY)]
    fields = list(dict(fields).items())
    first, again = (browser.app.post("/wishlists", fields) for _ in range(2))
    assert (first.status_int, again.status_int) == (303, 303)
    assert first.location == again.location
    assert is_replayed(again)
    assert [one["name"] for one in student.get("/wishlists").json["items"]].count("Later") == 1


def test_different_body_with_the_same_key_is_422(shop, student):
    first = post(student, REVIEWS, REVIEW)
    for body in ({"rating": 5}, {**REVIEW, "text": ""}, {"rating": 99}):
        answer = post(student, REVIEWS, body)
        assert (answer.status_int, answer.content_type) == (422, "application/problem+json")
        assert fault_of(answer) == ("Idempotency-Key", "reused")
    assert_same([first, post(student, REVIEWS, REVIEW)])
    assert rating(shop)["average"] == 4.0


def test_different_url_or_format_with_the_same_key_is_422(shop, teacher):
    url = teacher.write(title="Jam")["url"]
    change(shop, update(Course).values(status="published"))
    kim = Writer(shop, "kim", "student")
    for course in (URL, url):
        assert kim.ask("PUT", f"{course}/enrolment").status_int == 201
    assert post(kim, REVIEWS, REVIEW).status_int == 201
    again = post(kim, f"{url}/reviews", REVIEW)
    assert (again.status_int, fault_of(again)[0]) == (422, "Idempotency-Key")
    assert post(kim, f"{REVIEWS}?limit=5", REVIEW).status_int == 422
    assert post(kim, REVIEWS, REVIEW, Accept="text/html").status_int == 422
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert post(kim, REVIEWS, REVIEW, **form).status_int == 422
    assert post(kim, REVIEWS, REVIEW).status_int == 201
    assert count(shop, Review) == 1


def test_same_key_of_another_account_is_a_different_key(shop, teacher):
    bob = Writer(shop, "bob")
    mine, theirs = post(teacher, "/courses", COURSE), post(bob, "/courses", COURSE)
    assert not is_replayed(theirs)
    assert mine.location != theirs.location
    assert theirs.json["instructors"][0]["username"] == "bob"
    guest = shop.request("POST", "/courses", **JSON, Idempotency_Key=KEY)
    assert guest.status_int == 401


def test_a_session_and_a_token_of_one_account_share_its_keys(shop, teacher):
    first = post(teacher, "/courses", COURSE)
    browser = teacher.browser()
    again = browser.app.post_json("/courses", COURSE, headers={**JSON, "Idempotency-Key": KEY})
    assert again.body == first.body
    assert is_replayed(again)


def test_refused_request_is_not_stored_and_may_be_sent_again(shop, student):
    assert post(student, REVIEWS, {"rating": 99}).status_int == 422
    assert post(student, "/courses", COURSE).status_int == 403
    assert count(shop) == 0
    assert post(student, REVIEWS, REVIEW).status_int == 201
    assert post(student, REVIEWS, REVIEW, "another").status_int == 409
    student.ask("DELETE", student.get(REVIEWS).json["items"][0]["url"])
    assert post(student, REVIEWS, REVIEW, "another").status_int == 201


def test_response_is_replayed_after_its_review_changed_or_was_deleted(shop, student):
    first = post(student, REVIEWS, REVIEW)
    student.patch(first.json["url"], {"rating": 1})
    assert post(student, REVIEWS, REVIEW).body == first.body
    student.ask("DELETE", first.json["url"])
    assert post(student, REVIEWS, REVIEW).body == first.body
    assert rating(shop)["count"] == 0


def test_replay_requires_the_same_permissions(shop, teacher, student):
    for writer, url, body in ((teacher, "/courses", COURSE), (student, REVIEWS, REVIEW)):
        assert post(writer, url, body).status_int == 201
    change(shop, update(User).where(User.username == "ann").values(role="student"))
    assert post(teacher, "/courses", COURSE).status_int == 403
    student.ask("DELETE", f"{URL}/enrolment")
    assert (post(student, REVIEWS, REVIEW).status_int) == 403
    student.ask("PUT", f"{URL}/enrolment")
    assert is_replayed(post(student, REVIEWS, REVIEW))
    change(shop, update(Course).values(status="archived"))
    assert post(student, REVIEWS, REVIEW).status_int == 404
    student.token += "0"
    assert post(student, REVIEWS, REVIEW).status_int == 401


def test_enrolment_is_checked_before_the_body(shop, teacher):
    eve = Writer(shop, "eve", "student")
    answer = eve.post(REVIEWS, {"rating": 99})
    assert (answer.status_int, fault_of(answer)) == (403, ("", "not_enrolled"))


def test_replay_does_not_check_if_match_again(shop, student):
    tag = student.get(REVIEWS).headers["ETag"]
    first = post(student, REVIEWS, REVIEW, If_Match=tag)
    assert_same([first, post(student, REVIEWS, REVIEW, If_Match=tag)])
    assert post(student, REVIEWS, {"rating": 1}, If_Match=tag).status_int == 412


def test_key_expires_after_a_day(shop, teacher, monkeypatch):
    first = post(teacher, "/courses", COURSE)
    advance_clock(monkeypatch, timedelta(hours=23, minutes=59))
    assert post(teacher, "/courses", COURSE).location == first.location
    advance_clock(monkeypatch, OVER_A_DAY)
    second = post(teacher, "/courses", {**COURSE, "title": "Jam"})
    assert (second.status_int, is_replayed(second)) == (201, False)
    assert is_replayed(post(teacher, "/courses", {**COURSE, "title": "Jam"}))
    assert count(shop) == 1


def test_one_of_concurrent_requests_with_an_expired_key_is_executed(shop, teacher, monkeypatch):
    post(teacher, "/courses", COURSE)
    advance_clock(monkeypatch, OVER_A_DAY)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(teacher, "/courses", COURSE), range(8)))
    assert_same(answers)
    assert answers[0].json["slug"] == "bread-for-two-2"


def test_each_request_deletes_some_expired_responses(shop, teacher, student, monkeypatch):
    with shop.writing() as request:
        for n in range(idempotency.PURGE_BATCH + 5):
            answer = {"user_id": student.id, "key_hash": str(n), "fingerprint": "", "status": 201}
            request.db.add(StoredResponse(**answer, created_at=now()))
    post(teacher, "/courses", COURSE, "1")
    assert count(shop) == idempotency.PURGE_BATCH + 6
    advance_clock(monkeypatch, OVER_A_DAY)
    post(teacher, "/courses", COURSE, "2")
    assert count(shop) == 7
    post(teacher, "/courses", COURSE, "3")
    assert count(shop) == 2


def test_replayed_response_sets_no_cookie(teacher):
    browser = teacher.browser()
    form = form_with(browser.get("/courses/new"), "Create course")
    form["title"], form["category"] = "Bread for Two", "things"
    headers = {"Idempotency-Key": KEY}
    first, again = form.submit(headers=headers), form.submit(headers=headers)
    assert (first.status_int, again.status_int) == (303, 303)
    assert first.location == again.location
    assert is_replayed(again)
    assert "Set-Cookie" in first.headers
    assert "Set-Cookie" not in again.headers


def test_a_double_click_creates_one_course(shop, teacher):
    form = form_with(teacher.browser().get("/courses/new"), "Create course")
    form["title"], form["category"] = "Twice", "things"
    first, second = form.submit(), form.submit()
    assert (first.status_int, first.location) == (second.status_int, second.location)
    assert first.status_int == 303
    with shop.reading() as request:
        assert request.db.scalars(select(Course.slug).where(Course.title == "Twice")).all() == [
            "twice"
        ]
    assert (
        form_with(teacher.browser().get("/courses/new"), "Create course")["idempotency_key"].value
        != form["idempotency_key"].value
    )


def test_deleted_account_deletes_its_stored_responses(shop, teacher, student):
    post(student, REVIEWS, REVIEW)
    post(teacher, "/courses", COURSE)
    change(shop, delete(User).where(User.id == student.id))
    with shop.reading() as request:
        assert request.db.scalars(select(StoredResponse.user_id)).all() == [teacher.id]


def test_only_the_hash_of_a_key_is_stored(shop, teacher):
    post(teacher, "/courses", COURSE)
    with shop.reading() as request:
        row = request.db.execute(select(StoredResponse)).scalar_one()
    assert KEY not in repr((row.key_hash, row.fingerprint, row.headers, row.body))


def change(shop, statement):
    with shop.writing() as request:
        request.db.execute(statement.execution_options(synchronize_session=False))


@pytest.mark.one_database
def test_api_description_says_which_operations_accept_a_key(demo):
    paths = demo.json("/openapi.json").json["paths"]
    taken = [
        path
        for path, operations in paths.items()
        for one in operations.get("post", {}).get("parameters", ())
        if one.get("$ref") == "#/components/parameters/IdempotencyKey"
    ]
    assert taken == [
        "/courses",
        "/courses/new",
        "/courses/{slug}/instructors",
        "/courses/{slug}/reviews",
        "/courses/{slug}/reviews/{id}/reports",
        "/wishlists",
        "/wishlists/{key}/{slug}/move",
    ]
