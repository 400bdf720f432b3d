"""Plugins whose backend is away: their branch is 503, and everything else goes on."""

from __future__ import annotations

import sys

import pytest
from helpers import JSON, Shop, figures, write_ini

from courseshop.domain.shop import shop_of

SOURCE = """
from pyramid.authorization import Allow, Everyone
from courseshop.plugin import Resource
from courseshop.resources import Course

AWAY = set()

class LibraryAway(Exception):
    pass

def ask(part):
    if part in AWAY:
        raise LibraryAway("no route to the library")
    return part

class Books(Resource):
    def __init__(self, parent, name):
        super().__init__(parent, name)
        self.__acl__ = lambda: [(Allow, Everyone, ask("view") and ("view", "add"))]
    def find(self, name: str, /) -> "Books | None":
        return ask("find") and None

def show(place, request):
    return {"books": ask("page")}

def panel(place, request):
    return {"books": ask("panel")}

def key(place, request):
    return ask("key")

def includeme(config):
    config.add_unavailable(LibraryAway)
    config.add_child(Course, "books", Books)
    config.add_page(show, Books, renderer="string")
    config.add_page(show, Books, "new", renderer="string", request_method="POST", permission="add")
    config.add_panel("main", panel, Course, "string", key=key)
"""
COURSE, BOOKS = "/courses/python", "/courses/python/books"


@pytest.fixture(scope="module")
def _open(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    (folder / "library_plugin.py").write_text(SOURCE)
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(folder)
        url = f"sqlite:///{folder}/shop.sqlite"
        shop = Shop.open(write_ini(folder, url, **{"pyramid.includes": "library_plugin"}))
        shop.init()
        shop.add_course("python")
        yield shop
        shop.close()


@pytest.fixture
def shop(_open):
    away().clear()
    shop_of(_open.registry).page_cache.clear()
    return _open


def away():
    return sys.modules["library_plugin"].AWAY


@pytest.mark.parametrize("part", ["view", "page"])
def test_a_branch_whose_backend_is_away_is_503(shop, part, caplog):
    away().add(part)
    answer = shop.json(BOOKS)
    assert (answer.status_int, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json["detail"].startswith("This part of the shop isn't available")
    assert "a backend is away: LibraryAway" in caplog.text
    assert shop.get(BOOKS).status_int == 503
    assert shop.app.post(f"{BOOKS}/new", headers=JSON, status=503)


def test_a_row_whose_backend_is_away_is_503(shop):
    away().add("find")
    assert shop.json(f"{BOOKS}/dune").status_int == 503
    assert shop.json("/courses").status_int == 200


@pytest.mark.parametrize("part", ["panel", "key"])
def test_the_course_page_goes_on_without_the_panel_and_is_not_cached(shop, part, caplog):
    whole = shop.json(COURSE)
    shop_of(shop.registry).page_cache.clear()
    away().update({part, "panel"})
    for ask in (shop.json, shop.get):
        answer = ask(COURSE)
        assert (answer.status_int, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "ETag" not in answer.headers
    assert "panels" not in shop.json(COURSE).json
    assert figures(shop)["kept"] == 0
    assert "the panel main library_plugin.panel is left out: LibraryAway" in caplog.text
    away().clear()
    again = shop.json(COURSE)
    assert again.json["panels"] == {"main": [{"books": "panel"}]}
    assert again.headers["ETag"] == whole.headers["ETag"]


def test_the_course_page_does_not_link_to_a_branch_that_is_away(shop):
    assert "books" in shop.json(COURSE).json["links"]
    shop_of(shop.registry).page_cache.clear()
    away().add("view")
    answer = shop.json(COURSE)
    assert (answer.status_int, "books" in answer.json["links"]) == (200, False)
    assert "ETag" not in answer.headers
