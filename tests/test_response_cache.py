"""The response cache replays responses to guests while the database is unchanged."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from helpers import Shop, bare, figures, serving, write_ini
from pyramid.authorization import DENY_ALL
from pyramid.request import Request
from sqlalchemy import update
from test_page_cache import FORMS, counting
from writers import REVIEWS, URL, WORDS, Writer

from courseshop.domain.shop import shop_of
from courseshop.framework import response_cache
from courseshop.framework.page_cache import CachedPage
from courseshop.framework.resource import Resource
from courseshop.models import Course
from courseshop.resources import Course as CoursePlace
from courseshop.resources import Root, Wishlists

# After these, the response is replayed.
WARM_UP_REQUESTS = 2


@pytest.fixture(autouse=True)
def _supported(backend):
    if backend == "mariadb":
        pytest.skip("MariaDB does not tell whether the database has changed")


def is_replayed(shop, url=URL, **headers):
    """Return whether the response is replayed, without a query."""
    with shop.queries() as sent:
        assert shop.get(url, **headers).status_int < 400
    return not sent


def ask_often(shop, url=URL, **headers):
    return [shop.get(url, **headers) for _time in range(WARM_UP_REQUESTS + 1)][-1]


@pytest.mark.parametrize("accept", FORMS)
def test_third_response_is_replayed_unchanged(shop, teacher, accept):
    first = shop.get(URL, Accept=accept)
    seen = [is_replayed(shop, Accept=accept) for _time in range(4)]
    assert seen == [False, True, True, True]
    assert bare(shop.get(URL, Accept=accept)) == bare(first)


def test_304_is_replayed_too(shop, teacher):
    tag = shop.get(URL).headers["ETag"]
    first = shop.get(URL, If_None_Match=tag)
    assert [is_replayed(shop, If_None_Match=tag) for _time in range(2)] == [False, True]
    again = shop.get(URL, If_None_Match=tag)
    assert (again.status_int, again.body) == (304, b"")
    assert bare(again) == bare(first)


def test_replayed_responses_have_their_own_request_ids(shop, teacher):
    ask_often(shop)
    names = [shop.get(URL).headers.getall("X-Request-ID") for _time in range(2)]
    assert [len(one) for one in names] == [1, 1]
    assert names[0] != names[1]
    assert shop.get(URL, X_Request_ID="mine").headers.getall("X-Request-ID") == ["mine"]


def test_replayed_response_counts_as_hit(shop, teacher):
    ask_often(shop)
    before = figures(shop)
    assert is_replayed(shop)
    assert figures(shop) == {**before, "hits": before["hits"] + 1}


@pytest.mark.databases
def test_change_shows_at_once_and_new_response_is_replayed(shop, teacher):
    for title in ("One", "Two", "Three"):
        assert teacher.patch(URL, {"title": title}).status_int == 200
        assert ask_often(shop).html.h1.text == title
        assert is_replayed(shop)


@pytest.mark.databases
def test_change_by_sql_alone_shows_at_once_too(shop, teacher):
    ask_often(shop)
    with shop.writing() as request:
        # Not even a stamp changes.
        request.db.execute(update(Course).values(status="draft"))
    assert shop.get(URL).status_int == 404


def test_errors_are_not_cached(shop, teacher):
    assert ask_often(shop, "/courses/later").status_int == 404
    shop.add_course("later")
    assert shop.get("/courses/later").status_int == 200


def test_page_evicted_from_page_cache_is_rendered_again(shop, teacher):
    body = ask_often(shop).body
    shop_of(shop.registry).page_cache.clear(CachedPage)
    assert not is_replayed(shop)
    assert is_replayed(shop)
    assert shop.get(URL).body == body


def test_response_expires_after_one_second(shop, teacher, monkeypatch):
    ask_often(shop)
    later = response_cache.monotonic() + response_cache.SECONDS
    monkeypatch.setattr(response_cache, "monotonic", lambda: later)
    assert [is_replayed(shop) for _time in range(2)] == [False, True]


def without_etag(answer):
    """Return a response without its ETag, which depends on the settings of the shop."""
    status, headers, body = bare(answer)
    return status, [one for one in headers if one[0] != "ETag"], body


VARIANTS = [
    {}, {"Accept": "application/json"}, {"Accept": "text/*"}, {"Accept": "image/png"},
    {"Accept_Language": "de"}, {"Accept_Language": "en"}, {"Host": "other.example"},
    {"Host": "other.example:8080"}, {"Cookie": "theme=dark"}, {"Cookie": "courseshop_notice=logged-out"},
    {"Cookie": "courseshop_session=nonsense"}, {"Authorization": "Basic YTpi"},
    {"Authorization": "Bearer nonsense"}, {"If_None_Match": "*"}, {"If_None_Match": '"nonsense"'},
    {"Idempotency_Key": "one"}, {"Origin": "https://elsewhere.example"}, {"User_Agent": "another"},
]  # fmt: skip


@pytest.mark.slow
def test_requests_with_other_headers_share_no_response(shop, teacher, open_second_process):
    settings = {"courseshop.locales": "en de"}
    caching_shop, uncached_shop = (
        open_second_process(**settings),
        open_second_process(**settings, **{"courseshop.kept_mib": "0"}),
    )
    for _time in range(WARM_UP_REQUESTS + 1):
        for variant in VARIANTS:
            found, made = (one.get(URL, **variant) for one in (caching_shop, uncached_shop))
            assert without_etag(found) == without_etag(made), variant


@pytest.mark.parametrize("accept", FORMS)
def test_requests_for_other_urls_share_no_response(shop, teacher, uncached_shop, accept):
    for _time in range(WARM_UP_REQUESTS + 1):
        for query in ("", "?", "?a=1", "?utm_source=x"):
            found, made = (one.get(URL + query, Accept=accept) for one in (shop, uncached_shop))
            assert without_etag(found) == without_etag(made), query
        for environ in (
            {"REQUEST_URI": URL.replace("-", "%2D")},
            {"RAW_URI": URL.replace("-", "%2D")},
            {"REQUEST_URI": URL},
            {"SCRIPT_NAME": "/shop"},
            {"wsgi.url_scheme": "https"},
            {"REQUEST_METHOD": "HEAD"},
            {"REQUEST_METHOD": "OPTIONS"},
            {"REQUEST_METHOD": "BREW"},
            {"REMOTE_USER": "somebody"},
            {"CONTENT_LENGTH": "x"},
        ):
            found, made = (send(one, environ, accept) for one in (shop, uncached_shop))
            assert without_etag(found) == without_etag(made), environ


def send(shop, environ, accept):
    asked = shop.app.RequestClass.blank(URL, environ, headers={"Accept": accept})
    return shop.app.do_request(asked, expect_errors=True)


def test_logged_in_user_gets_own_page_and_guests_keep_theirs(shop, teacher, student):
    guest = ask_often(shop)
    own = ask_often(SimpleNamespace(get=student.get), Accept="text/html")
    assert own.body != guest.body
    assert shop.get(URL).body == guest.body
    assert is_replayed(shop)


def test_lists_are_never_replayed(shop, teacher):
    ask_often(shop, "/courses")
    assert not is_replayed(shop, "/courses")


def recording_tween(seen, *places):
    """Return a configuration function that records requests and disables replay for places."""

    def factory(handler, _registry):
        def tween(request):
            seen.append(request.path)
            return handler(request)

        return tween

    def configure(config):
        # Pyramid looks up the tween by its name.
        globals()["tween"] = factory
        config.add_tween(f"{__name__}.tween", over="MAIN")
        config.disable_replay(*places)

    return configure


@pytest.mark.slow
@pytest.mark.parametrize("place", [Root, CoursePlace, Resource])
def test_plugin_sees_each_request_for_places_without_replay(teacher, open_second_process, place):
    seen = []
    plugged = open_second_process(recording_tween(seen, place))
    for _time in range(WARM_UP_REQUESTS + 2):
        assert plugged.get(URL).status_int == 200
    assert seen.count(URL) == WARM_UP_REQUESTS + 2


@pytest.mark.slow
def test_other_places_are_still_replayed(teacher, open_second_process):
    seen = []
    plugged = open_second_process(recording_tween(seen, Wishlists))
    ask_often(plugged)
    assert is_replayed(plugged)


@pytest.mark.slow
def test_two_plugins_can_disable_replay_of_one_place(teacher, open_second_process):
    def configure(config):
        config.include(lambda inner: inner.disable_replay(CoursePlace), route_prefix="a")
        config.include(lambda inner: inner.disable_replay(CoursePlace), route_prefix="b")

    plugged = open_second_process(configure)
    ask_often(plugged)
    assert not is_replayed(plugged)


@pytest.mark.slow
def test_panel_key_is_computed_each_time_without_replay(teacher, open_second_process):
    keys = iter(range(10))

    def configure(config):
        key = lambda *_: next(keys)  # noqa: E731
        config.add_panel("main", counting(), CoursePlace, "string", key=key)
        config.disable_replay(CoursePlace)

    plugged = open_second_process(configure)
    assert (
        len({plugged.get(URL).body for _time in range(WARM_UP_REQUESTS + 2)})
        == WARM_UP_REQUESTS + 2
    )


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
def test_panel_key_is_computed_within_a_second_with_replay(
    teacher, open_second_process, monkeypatch, shared
):
    panel, facts = counting(), ["one"]
    plugged = open_second_process(
        lambda config: config.add_panel(
            "main", panel, CoursePlace, "string", key=lambda *_: facts[0], shared=shared
        )
    )
    before = ask_often(plugged).body
    assert is_replayed(plugged)
    facts[0] = "two"
    later = response_cache.monotonic() + response_cache.SECONDS
    monkeypatch.setattr(response_cache, "monotonic", lambda: later)
    assert plugged.get(URL).body != before


class Office(Resource):
    """A plugin's place whose ACL does not depend on the database."""

    is_open = True

    def __acl__(self):
        return [] if self.is_open else [DENY_ALL]

    def key(self):
        return (1,)


@pytest.mark.slow
def test_acl_is_checked_each_time_without_replay(teacher, open_second_process, monkeypatch):
    def configure(config):
        config.add_child(Root, "office", Office)
        config.add_page(lambda *_: {}, context=Office, renderer="string")
        config.disable_replay(Office)

    plugged = open_second_process(configure)
    assert ask_often(plugged, "/office").status_int == 200
    monkeypatch.setattr(Office, "is_open", False)
    # Not through WebTest: the API description was built while the office was open.
    assert Request.blank("/office").get_response(plugged.app.app).status_int == 404


@pytest.mark.databases
def test_readers_never_miss_a_committed_write(shop, teacher):
    """Threads read all the time, and the writer reads its own change after each commit."""
    over = Event()

    def read():
        while not over.is_set():
            assert shop.get(URL, Accept="application/json").status_int == 200

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for number in range(30):
                assert teacher.patch(URL, {"title": f"Number {number}"}).status_int == 200
                for _time in range(WARM_UP_REQUESTS + 1):
                    assert shop.json(URL).json["title"] == f"Number {number}"
        finally:
            over.set()
        for one in readers:
            one.result()


@pytest.mark.slow
def test_other_processes_never_miss_a_committed_write(new_database, tmp_path):
    ini = write_ini(tmp_path, new_database())
    local = Shop.open(ini)
    local.init()
    teacher = Writer(local, "ann")
    local.add_course("backend-with-python")
    with serving(ini, processes=2) as base:
        port = urlsplit(base).port
        for number in range(8):
            assert teacher.patch(URL, {"title": f"Number {number}"}).status_int == 200
            # Each connection may come to the other process.
            assert {title_at(port) for _ in range(8)} == {f"Number {number}"}
    local.close()


def title_at(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", URL, headers={"Accept": "text/html"})
        page = connection.getresponse().read().decode()
    return page.partition("<h1")[2].partition(">")[2].partition("<")[0].strip()


@pytest.mark.databases
def test_uncommitted_change_is_not_shown(shop, teacher, student):
    ask_often(shop, REVIEWS)
    before = ask_often(shop).body
    with shop.writing() as request:
        request.db.execute(update(Course).values(title="Not yet", stamp=Course.stamp + 1))
        assert shop.get(URL).body == before
        assert is_replayed(shop)
    assert b"Not yet" in shop.get(URL).body


@pytest.mark.slow
@pytest.mark.databases
def test_change_during_rendering_shows_in_next_response(teacher, open_second_process):
    due = []

    def key(*_args):
        if due:
            # After the course was read.
            assert teacher.patch(URL, {"title": due.pop()}).status_int == 200
        return 1

    plugged = open_second_process(
        lambda config: config.add_panel(
            "main", counting(), CoursePlace, "string", key=key, shared=True
        )
    )
    plugged.get(URL)
    due.append("Meanwhile")
    titles = [plugged.get(URL).html.h1.text for _time in range(2)]
    assert titles == [WORDS["title"], "Meanwhile"]


def test_request_with_very_long_header_is_not_cached(shop, teacher):
    before = figures(shop)["bytes"]
    for number in range(3):
        shop.get(URL, If_None_Match=f'"{number}"' + "x" * response_cache.LONGEST)
    # The page itself, once.
    assert figures(shop)["kept"] == 1
    assert not is_replayed(shop, If_None_Match='"2"' + "x" * response_cache.LONGEST)
    assert figures(shop)["bytes"] - before < 60_000
