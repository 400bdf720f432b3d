"""What is sent again without a look at the page: as long as nothing has changed, and to guests."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from threading import Event
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from helpers import Shop, bare, figures, serving, write_ini
from pyramid.authorization import DENY_ALL
from pyramid.events import ContextFound, NewRequest, NewResponse
from pyramid.interfaces import INewRequest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.traversal import ResourceTreeTraverser
from sqlalchemy import update
from test_kept import FORMS, counting
from writers import REVIEWS, URL, WORDS, Writer
from zope.interface import Interface

from courseshop import unchanged
from courseshop.kept import Kept
from courseshop.models import Course
from courseshop.resources import Course as CoursePlace
from courseshop.resources import Root
from courseshop.security import ShopSecurityPolicy
from courseshop.traversal import Resource

# After these the third is sent again.
LONG_WAYS = 2


@pytest.fixture(autouse=True)
def _known(backend):
    if backend == "mariadb":
        pytest.skip("MariaDB does not say whether something has changed")


def is_sent_again(shop, url=URL, **headers):
    """Tell whether an answer is sent without a look at what is stored."""
    with shop.queries() as sent:
        assert shop.get(url, **headers).status_int < 400
    return not sent


def ask_often(shop, url=URL, **headers):
    return [shop.get(url, **headers) for _time in range(LONG_WAYS + 1)][-1]


@pytest.mark.parametrize("accept", FORMS)
def test_the_third_time_it_is_sent_again_as_it_was(shop, teacher, accept):
    first = shop.get(URL, Accept=accept)
    seen = [is_sent_again(shop, Accept=accept) for _time in range(4)]
    assert seen == [False, True, True, True]
    assert bare(shop.get(URL, Accept=accept)) == bare(first)


def test_so_is_that_the_client_has_it_already(shop, teacher):
    tag = shop.get(URL).headers["ETag"]
    first = shop.get(URL, If_None_Match=tag)
    assert [is_sent_again(shop, If_None_Match=tag) for _time in range(2)] == [False, True]
    again = shop.get(URL, If_None_Match=tag)
    assert (again.status_int, again.body) == (304, b"")
    assert bare(again) == bare(first)


def test_each_answer_has_its_own_request_id(shop, teacher):
    ask_often(shop)
    names = [shop.get(URL).headers.getall("X-Request-ID") for _time in range(2)]
    assert [len(one) for one in names] == [1, 1]
    assert names[0] != names[1]
    assert shop.get(URL, X_Request_ID="mine").headers.getall("X-Request-ID") == ["mine"]


def test_what_is_sent_again_counts_as_found(shop, teacher):
    ask_often(shop)
    before = figures(shop)
    assert is_sent_again(shop)
    assert figures(shop) == {**before, "hits": before["hits"] + 1}


@pytest.mark.databases
def test_a_change_is_seen_at_once_and_what_follows_is_sent_again_anew(shop, teacher):
    for title in ("One", "Two", "Three"):
        assert teacher.patch(URL, {"title": title}).status_int == 200
        assert ask_often(shop).html.h1.text == title
        assert is_sent_again(shop)


@pytest.mark.databases
def test_what_is_behind_the_shops_back_is_seen_too(shop, teacher):
    ask_often(shop)
    with shop.writing() as request:
        # Not even a stamp moves.
        request.db.execute(update(Course).values(status="draft"))
    assert shop.get(URL).status_int == 404


def test_an_error_is_not_kept(shop, teacher):
    assert ask_often(shop, "/courses/later").status_int == 404
    shop.add_course("later")
    assert shop.get("/courses/later").status_int == 200


def test_a_page_that_has_left_the_shelf_is_made_anew(shop, teacher):
    body = ask_often(shop).body
    shop.registry["courseshop.shelf"].clear(Kept)
    assert not is_sent_again(shop)
    assert is_sent_again(shop)
    assert shop.get(URL).body == body


def test_after_a_second_it_is_looked_at_whatever_the_database_says(shop, teacher, monkeypatch):
    ask_often(shop)
    later = unchanged.monotonic() + unchanged.SECONDS
    monkeypatch.setattr(unchanged, "monotonic", lambda: later)
    assert [is_sent_again(shop) for _time in range(2)] == [False, True]


def like(answer):
    """Return what shops that keep more or less must say alike: their ETags tell them apart."""
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
def test_nobody_gets_what_is_for_another(shop, teacher, open_second_process):
    settings = {"courseshop.locales": "en de"}
    remembering, uncached_shop = (
        open_second_process(**settings),
        open_second_process(**settings, **{"courseshop.kept_mib": "0"}),
    )
    for _time in range(LONG_WAYS + 1):
        for variant in VARIANTS:
            found, made = (one.get(URL, **variant) for one in (remembering, uncached_shop))
            assert like(found) == like(made), variant


@pytest.mark.parametrize("accept", FORMS)
def test_nor_what_is_at_another_address(shop, teacher, uncached_shop, accept):
    for _time in range(LONG_WAYS + 1):
        for query in ("", "?", "?a=1", "?utm_source=x"):
            found, made = (one.get(URL + query, Accept=accept) for one in (shop, uncached_shop))
            assert like(found) == like(made), query
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
            assert like(found) == like(made), environ


def send(shop, environ, accept):
    asked = shop.app.RequestClass.blank(URL, environ, headers={"Accept": accept})
    return shop.app.do_request(asked, expect_errors=True)


def test_who_is_logged_in_gets_their_own_and_leaves_guests_theirs(shop, teacher, student):
    guest = ask_often(shop)
    own = ask_often(SimpleNamespace(get=student.get), Accept="text/html")
    assert own.body != guest.body
    assert shop.get(URL).body == guest.body
    assert is_sent_again(shop)


def test_a_list_is_looked_at_each_time(shop, teacher):
    ask_often(shop, "/courses")
    assert not is_sent_again(shop, "/courses")


def standing_around(around):
    """Return ways by which a plugin, with `around`, sees each request, as calls of the config."""

    def tween_factory(handler, _registry):
        def tween(request):
            around()
            return handler(request)

        return tween

    def deriver(view, _info):
        def derived(context, request):
            around()
            return view(context, request)

        return derived

    # Pyramid finds it by its name.
    globals()["tween"] = tween_factory
    return {
        "tween": lambda config: config.add_tween(f"{__name__}.tween", over="MAIN"),
        "derived view": lambda config: config.add_view_deriver(deriver, "derived"),
        "registered by itself": lambda config: config.registry.registerHandler(
            lambda _event: around(), (INewRequest,)
        ),
        **{
            event.__name__: partial(watch, event, around)
            for event in (NewRequest, ContextFound, NewResponse, Interface)
        },
    }


def deciding(around):
    """Return ways by which it, with `around`, decides what a request gets."""

    class Policy(ShopSecurityPolicy):
        def identity(self, request):
            around()
            return super().identity(request)

    class Traverser(ResourceTreeTraverser):
        def __call__(self, request):
            around()
            return super().__call__(request)

    class Closed(SimpleNamespace):
        def __init__(self, _value, _config):
            super().__init__(text=str, phash=str)

        def __call__(self, _info, _request):
            around()
            return False

    def say(answer, _request):
        around()
        return answer

    def close(config):
        config.add_route_predicate("closed", Closed)
        config.add_route("closed", "/*rest", closed=True)

    return {
        "policy": lambda config: config.set_security_policy(Policy()),
        "negotiator": lambda config: config.set_locale_negotiator(partial(say, "en")),
        "traverser": lambda config: config.add_traverser(Traverser),
        "response": lambda config: config.set_response_factory(lambda _: say(Response(), None)),
        "route": close,
        "method of Pyramid's": lambda config: config.add_request_method(
            lambda request: say("en", request), "locale_name", reify=True
        ),
    }


def ways(around):
    return {**standing_around(around), **deciding(around)}


def watch(event, around, config):
    config.add_subscriber(lambda *_event: around(), event)


@pytest.mark.slow
@pytest.mark.parametrize("way", sorted(ways(None)))
def test_a_plugin_that_sees_requests_sees_all_of_them(teacher, open_second_process, way):
    seen = []
    plugged = open_second_process(ways(partial(seen.append, 1))[way])
    for _time in range(LONG_WAYS + 2):
        before = len(seen)
        assert plugged.get(URL).status_int == 200
        assert len(seen) > before


@pytest.mark.slow
def test_one_that_sees_no_requests_changes_nothing(teacher, open_second_process):
    class Sold:
        pass

    def configure(config):
        config.add_subscriber(print, Sold)
        config.add_request_method(lambda _request: None, "basket", reify=True)
        config.add_static_view("office-static", "courseshop:static")

    plugged = open_second_process(configure)
    ask_often(plugged)
    assert is_sent_again(plugged)


@pytest.mark.slow
def test_the_key_of_a_plugins_panel_is_asked_each_time(teacher, open_second_process):
    keys = iter(range(10))
    plugged = open_second_process(
        lambda config: config.add_panel(
            "main", counting(), CoursePlace, "string", key=lambda *_: next(keys)
        )
    )
    assert len({plugged.get(URL).body for _time in range(LONG_WAYS + 2)}) == LONG_WAYS + 2


@pytest.mark.slow
def test_that_of_one_for_everybody_at_least_once_a_second(
    teacher, open_second_process, monkeypatch
):
    panel, facts = counting(), ["one"]
    plugged = open_second_process(
        lambda config: config.add_panel(
            "main", panel, CoursePlace, "string", key=lambda *_: facts[0], shared=True
        )
    )
    before = ask_often(plugged).body
    assert is_sent_again(plugged)
    facts[0] = "two"
    later = unchanged.monotonic() + unchanged.SECONDS
    monkeypatch.setattr(unchanged, "monotonic", lambda: later)
    assert plugged.get(URL).body != before


class Office(Resource):
    """A plugin's place whose ACL is no matter of the database."""

    is_open = True

    def __acl__(self):
        return [] if self.is_open else [DENY_ALL]

    def key(self):
        return (1,)


@pytest.mark.slow
def test_the_acl_of_a_plugins_place_is_asked_each_time(teacher, open_second_process, monkeypatch):
    def configure(config):
        config.add_child(Root, "office", Office)
        config.add_page(lambda *_: {}, context=Office, renderer="string")

    plugged = open_second_process(configure)
    assert ask_often(plugged, "/office").status_int == 200
    monkeypatch.setattr(Office, "is_open", False)
    # By itself: the description of the API was made while it was open.
    assert Request.blank("/office").get_response(plugged.app.app).status_int == 404


@pytest.mark.databases
def test_what_a_writer_has_been_told_is_there_no_reader_misses(shop, teacher):
    """Threads read all the time; the writer reads after each commit what it has written."""
    over = Event()

    def read():
        while not over.is_set():
            assert shop.get(URL, Accept="application/json").status_int == 200

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for number in range(30):
                assert teacher.patch(URL, {"title": f"Number {number}"}).status_int == 200
                for _time in range(LONG_WAYS + 1):
                    assert shop.json(URL).json["title"] == f"Number {number}"
        finally:
            over.set()
        for one in readers:
            one.result()


@pytest.mark.slow
def test_nor_does_one_of_another_process(new_database, tmp_path):
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
def test_while_a_review_waits_for_its_commit_guests_see_the_page_without_it(shop, teacher, student):
    ask_often(shop, REVIEWS)
    before = ask_often(shop).body
    with shop.writing() as request:
        request.db.execute(update(Course).values(title="Not yet", stamp=Course.stamp + 1))
        assert shop.get(URL).body == before
        assert is_sent_again(shop)
    assert b"Not yet" in shop.get(URL).body


@pytest.mark.slow
@pytest.mark.databases
def test_what_is_committed_while_an_answer_is_made_is_seen_by_the_next(
    teacher, open_second_process
):
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


def test_an_address_with_headers_of_great_length_takes_no_room(shop, teacher):
    before = figures(shop)["bytes"]
    for number in range(3):
        shop.get(URL, If_None_Match=f'"{number}"' + "x" * unchanged.LONGEST)
    # The page itself, once.
    assert figures(shop)["kept"] == 1
    assert not is_sent_again(shop, If_None_Match='"2"' + "x" * unchanged.LONGEST)
    assert figures(shop)["bytes"] - before < 60_000
