"""What `add_page` and `add_panel` promise: forms, links, validators, input."""

from __future__ import annotations

import pytest
from helpers import JSON, Shop, write_ini
from sqlalchemy import create_engine, event
from sqlalchemy.pool import QueuePool

from courseshop.domain.actor import GUEST, Actor
from courseshop.domain.shop import shop_of

MODERATOR = Actor(id=1, role="moderator")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    ini = write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **{"pyramid.includes": "probes"})
    shop = Shop.open(ini)
    shop.init()
    shop.add_course("python")
    yield shop
    shop.close()


def patch(shop, title, **headers):
    headers = {name.replace("_", "-"): value for name, value in {**JSON, **headers}.items()}
    return shop.app.patch_json(
        "/courses/python",
        {"title": title},
        headers=headers,
        extra_environ={"test.actor": MODERATOR},
        expect_errors=True,
    )


def test_edit_with_stale_if_match_gets_412(shop):
    before = shop.json("/courses/python").headers["ETag"]
    assert patch(shop, "One", If_Match=before).status_int == 200
    stale = patch(shop, "Two", If_Match=before)
    assert stale.status_int == 412
    assert stale.json["type"].endswith("precondition-failed")
    assert shop.json("/courses/python").json["title"] == "One"
    now = shop.json("/courses/python").headers["ETag"]
    assert patch(shop, "Three", If_Match=f'"x",{now}').status_int == 200
    assert patch(shop, "Four", If_Match="*").status_int == 200
    assert patch(shop, "Five").status_int == 200


def test_weak_etag_never_matches_on_write(shop):
    weak = f"W/{shop.json('/courses/python').headers['ETag']}"
    assert patch(shop, "Weak", If_Match=weak).status_int == 412


def test_new_review_does_not_make_edit_stale(shop):
    course_id, before = shop.add_course("rated"), shop.json("/courses/rated").headers["ETag"]
    shop.add_review(course_id, shop.add_person("bob"), 5)
    environ = {"test.actor": MODERATOR}
    headers = {**JSON, "If-Match": before}
    shop.app.patch_json(
        "/courses/rated", {"title": "x"}, headers=headers, extra_environ=environ, status=200
    )


def test_errors_of_write_are_checked_in_order(shop):
    environ = {"test.actor": MODERATOR}

    def ask(body, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return shop.app.patch(
            "/courses/python", body, headers, extra_environ=environ, expect_errors=True
        ).status_int

    wrong = {"Content_Type": "text/plain", "Accept": "image/png", "If_Match": '"9.x"'}
    assert ask(b"{", **{**wrong, "Content_Type": "application/json"}) == 400
    assert ask(b"{}", **wrong) == 415
    assert ask(b"{}", **{**wrong, "Content_Type": "application/merge-patch+json"}) == 406
    wrong = {"Content_Type": "application/json", "If_Match": '"9.x"', **JSON}
    assert ask(b"{}", **wrong) == 412
    assert ask(b'{"title": 1}', **{**wrong, "If_Match": "*"}) == 422


@pytest.mark.parametrize("tags", ['"x","{}"', 'W/"x",W/"{}"', '"x" , "{}"', "*", '"{}"'])
def test_if_none_match_accepts_every_list_syntax(shop, tags):
    tag = shop.json("/courses/python").headers["ETag"].strip('"')
    assert shop.json("/courses/python", If_None_Match=tags.format(tag)).status_int == 304


def test_named_page_is_not_validated_by_key_of_its_place(shop):
    first = shop.json("/courses/python/counted")
    again = shop.json("/courses/python/counted", If_None_Match=first.headers["ETag"])
    assert again.status_int == 200
    assert again.json["attempt"] > first.json["attempt"]


def test_json_contains_only_fields_declared_by_returns(shop):
    assert list(shop.json("/courses/python/counted").json) == ["attempt"]
    assert "for the page alone" in shop.get("/courses/python/counted").text


def test_etag_depends_on_user_and_host(shop):
    def tag(actor=GUEST, **headers):
        return shop.json("/courses/python", actor, **headers).headers["ETag"]

    assert (
        len({tag(), tag(MODERATOR), tag(Actor(id=2, role="moderator")), tag(Host="other.example")})
        == 4
    )


def test_etag_changes_with_related_rows(shop):
    from sqlalchemy import update

    from courseshop.models import Category, Course, User

    course_id = shop.add_course("moving")
    review = shop.add_review(course_id, shop.add_person("mover"), 4)
    for table, page in ((Category, "/courses/moving"), (Course, f"/courses/moving/reviews/{review}"),
                        (User, f"/courses/moving/reviews/{review}")):  # fmt: skip
        before = shop.json(page).headers["ETag"]
        with shop.writing() as request:
            request.db.execute(update(table).values(stamp=table.stamp + 1))
        assert shop.json(page, If_None_Match=before).status_int == 200


def test_etag_depends_on_release(shop):
    before, release = (
        shop.json("/courses/python").headers["ETag"],
        shop_of(shop.registry).release,
    )
    shop_of(shop.registry).release = "another"
    try:
        assert shop.json("/courses/python", If_None_Match=before).status_int == 200
    finally:
        shop_of(shop.registry).release = release


def test_links_contain_only_pages_allowed_for_caller(shop):
    guest = shop.json("/courses/python").json["links"]
    assert {"office", "staff"} & set(guest) == set()
    moderator = shop.json("/courses/python", MODERATOR).json["links"]
    assert {"office", "staff"} <= set(moderator)
    for url in moderator.values():
        assert shop.json(url.removeprefix("http://localhost"), MODERATOR).status_int == 200


def test_only_list_fields_may_be_repeated(shop):
    def post(body):
        return shop.app.post("/probe/lists", body, headers=JSON, expect_errors=True)

    assert post("tags=a&tags=b").json == {"tags": ["a", "b"]}
    assert post("tags=a").json == {"tags": ["a"]}
    assert post("").json == {"tags": []}
    assert post("text=a&text=b").status_int == 422
    assert shop.json("/probe/lists?tags=a").json == {"tags": ["a"]}
    assert shop.json("/probe/lists?text=a&text=b").status_int == 400


def test_nul_character_is_refused_in_json_and_form(shop):
    shop.app.post_json("/probe/lists", {"tags": ["a\0b"]}, headers=JSON, status=422)
    shop.app.post("/probe/lists", "tags=a%00b", headers=JSON, status=422)


@pytest.mark.parametrize("page", ["row", "none"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_log_names_view_that_returns_no_plain_dict(shop, page, accept, caplog):
    assert shop.get(f"/probe/{page}", Accept=accept).status_int == 500
    assert f"probes.{page} returned" in caplog.text


def test_write_without_result_gets_204_or_redirects_browser(shop):
    shop.add_course("gone")
    done = shop.request("DELETE", "/courses/gone", MODERATOR, **JSON)
    assert (done.status_int, done.body, "Content-Type" in done.headers) == (204, b"", False)
    browser = shop.request("DELETE", "/courses/gone", MODERATOR)
    assert (browser.status_int, browser.location) == (303, "http://localhost/courses/gone")
    assert "Accept" in browser.vary


def test_unsupported_method_takes_no_write_lock(shop):
    with shop.queries() as sent, shop.writing() as request:
        request.db.connection()
        assert shop.request("PROPFIND", "/courses/python").status_int == 405
    assert sent


def test_schema_mismatch_is_unavailable_but_sql_typo_is_not():
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError

    from courseshop.database.engine import is_unavailable

    with create_engine("sqlite://").connect() as connection:
        with pytest.raises(OperationalError) as typo:
            connection.execute(text("SELEC 1"))
        # The schema is not the one that the code expects.
        with pytest.raises(OperationalError) as no_table:
            connection.execute(text("SELECT 1 FROM course"))
        with pytest.raises(OperationalError) as no_column:
            connection.execute(text("SELECT nope"))
    assert not is_unavailable(typo.value)
    assert is_unavailable(no_table.value)
    assert is_unavailable(no_column.value)


@pytest.mark.parametrize("word", ["once", "twice"])
def test_refused_form_shows_stored_data_and_takes_no_second_lock(shop, word):
    begins = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("BEGIN"):
            begins.append(statement)

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        answer = shop.app.post("/probe/form", f"word={word}", expect_errors=True)
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)
    if word == "twice":
        assert answer.status_int == 500
    else:
        assert answer.status_int == 422
        assert word not in answer.text
        assert "ETag" not in answer.headers
        assert begins == ["BEGIN IMMEDIATE", "BEGIN"]
    assert word not in shop.get("/probe/form").text


def test_exhausted_connection_pool_gets_503(shop):
    own = shop_of(shop.registry).engine
    small = create_engine(
        own.url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    shop_of(shop.registry).engine = small
    try:
        with small.connect():
            assert shop.json("/courses").status_int == 503
    finally:
        shop_of(shop.registry).engine = own
        small.dispose()
