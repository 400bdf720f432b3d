"""Third-party plugins: what one line of the ini adds, and what a plugin cannot break."""

from __future__ import annotations

import sys

import pytest
from helpers import JSON, Shop, write_ini
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError
from sqlalchemy import inspect

from courseshop import configure
from courseshop.database import migrations
from courseshop.domain.actor import Actor
from courseshop.services import user

ANNOUNCEMENTS = "/courses/python/announcements"


@pytest.fixture
def plugged(migrated_database, tmp_path):
    """Return a function that opens a shop with the given plugins, always on the same database."""
    url, opened = migrated_database(), []

    def open_shop(*plugins: str) -> Shop:
        shop = Shop.open(write_ini(tmp_path, url, **{"pyramid.includes": " ".join(plugins)}))
        shop.init()
        opened.append(shop)
        return shop

    yield open_shop
    for shop in opened:
        shop.close()


@pytest.fixture(scope="module")
def announcing(shop_with):
    """Return a shop with a plugin that uses every extension point."""
    return shop_with("courseshop_announcements")


@pytest.fixture
def shop(announcing):
    """Return that shop with nothing but a course and its teacher."""
    announcing.clear()
    return with_taught_course(announcing)


def with_taught_course(shop):
    teaches = frozenset({shop.add_course("python")})
    with shop.reading() as request:
        ann = user.find(request.db, "ann").id
    shop.teacher = Actor(id=ann, role="instructor", teaches=teaches)
    return shop


def announce(shop, text, **headers):
    return shop.app.post(
        ANNOUNCEMENTS,
        {"text": text},
        headers=headers,
        extra_environ={"test.actor": shop.teacher},
        expect_errors=True,
    )


def test_plugin_adds_child_to_every_course_in_json_and_html(shop):
    assert shop.json(ANNOUNCEMENTS).json == {"items": []}
    assert shop.get(ANNOUNCEMENTS).html.h1.text == "Announcements"


def test_child_appears_in_links_of_its_parent(shop):
    links = shop.json("/courses/python").json["links"]
    assert links["announcements"] == f"http://localhost{ANNOUNCEMENTS}"


def test_acl_of_child_decides_who_may_write(shop):
    body = {"text": "Exam on Friday"}
    guest = shop.app.post_json(ANNOUNCEMENTS, body, headers=JSON, status=401)
    assert guest.headers["WWW-Authenticate"]
    student = {"test.actor": Actor(id=9, role="student")}
    shop.app.post_json(ANNOUNCEMENTS, body, headers=JSON, extra_environ=student, status=403)
    teacher = {"test.actor": shop.teacher}
    made = shop.app.post_json(ANNOUNCEMENTS, body, headers=JSON, extra_environ=teacher, status=201)
    assert made.location == f"http://localhost{ANNOUNCEMENTS}"
    assert made.json == {"items": ["Exam on Friday"]}
    assert shop.json(ANNOUNCEMENTS).json == {"items": ["Exam on Friday"]}


def test_browser_is_redirected_to_page_after_writing(shop):
    response = announce(shop, "Welcome")
    assert (response.status_int, response.location) == (303, f"http://localhost{ANNOUNCEMENTS}")
    assert "Welcome" in response.follow()


def test_repeatable_page_accepts_idempotency_key(shop):
    headers = {**JSON, "Idempotency-Key": "one"}
    first, again = (announce(shop, "Welcome", **headers) for _ in range(2))
    assert (first.status_int, again.status_int) == (201, 201)
    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
    assert shop.json(ANNOUNCEMENTS).json == {"items": ["Welcome"]}


def test_panel_appears_on_course_page_and_in_its_json(shop):
    assert "panels" not in shop.json("/courses/python").json
    announce(shop, "Welcome <all>")
    assert shop.get("/courses/python").html.find(id="newest-announcement").text == "Welcome <all>"
    panels = shop.json("/courses/python").json["panels"]
    assert panels == {"main": [{"announcement": "Welcome <all>"}]}


def test_key_of_panel_changes_etag_of_page(shop):
    before = shop.json("/courses/python").headers["ETag"]
    assert shop.json("/courses/python", If_None_Match=before).status_int == 304
    announce(shop, "Welcome")
    after = shop.json("/courses/python", If_None_Match=before)
    assert after.status_int == 200
    assert after.headers["ETag"] != before


def test_conflict_gets_409_with_problem_or_filled_in_form(shop):
    announce(shop, "Welcome")
    problem = announce(shop, "Welcome", **JSON)
    assert problem.status_int == 409
    assert problem.json["errors"] == [
        {"field": "text", "code": "repeated", "message": "This was announced already."}
    ]
    form = announce(shop, "Welcome")
    assert form.status_int == 409
    assert form.html.find("input", attrs={"name": "text"})["value"] == "Welcome"
    assert form.html.find(class_="fault")["data-field"] == "text"
    assert shop.json(ANNOUNCEMENTS).json == {"items": ["Welcome"]}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"text"}),
        ({"text": 5}, {"text"}),
        ({"text": "a\x00b"}, {"text"}),
        ({"x": 1}, {"text", "x"}),
    ],
)
def test_invalid_body_gets_422_naming_every_field(shop, body, fields):
    teacher = {"test.actor": shop.teacher}
    response = shop.app.post_json(
        ANNOUNCEMENTS, body, headers=JSON, extra_environ=teacher, status=422
    )
    assert {fault["field"] for fault in response.json["errors"]} == fields


def test_unknown_media_type_gets_415_but_guest_gets_401(shop):
    post = shop.app.post
    teacher = {"test.actor": shop.teacher}
    xml = {"content_type": "application/xml", "headers": JSON}
    post(ANNOUNCEMENTS, b"<a/>", **xml, status=401)
    post(ANNOUNCEMENTS, b"<a/>", **xml, extra_environ=teacher, status=415)
    latin = {"content_type": "application/json; charset=latin-1", "headers": JSON}
    post(ANNOUNCEMENTS, b"{}", **latin, extra_environ=teacher, status=415)


def test_child_is_in_api_description(shop):
    paths = shop.json("/openapi.json").json["paths"]
    post = paths["/courses/{slug}/announcements"]["post"]
    assert set(post["requestBody"]["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
    }
    assert post["x-who-may"] == ["instructors of the course", "admins"]
    assert {"201", "401", "403", "409", "422"} <= set(post["responses"])
    assert post["parameters"][0]["example"] == "backend-with-python"
    assert (
        "announcements" in shop.get("/api").html.find("nav", {"aria-labelledby": "contents"}).text
    )


@pytest.mark.databases
def test_plugin_tables_have_their_own_migrations(shop):
    tables = set(inspect(shop.engine).get_table_names())
    assert {"announcement", "alembic_version", "alembic_version_courseshop_announcements"} <= tables
    with shop.engine.connect() as connection:
        assert migrations.drift(connection, migrations.environments(shop.registry)) == []


@pytest.mark.slow
def test_shop_starts_after_plugin_was_removed(plugged):
    announce(with_taught_course(plugged("courseshop_announcements")), "Welcome")
    bare = plugged()
    assert bare.json(ANNOUNCEMENTS).status_int == 404
    assert "announcements" not in bare.json("/courses/python").json["links"]
    again = plugged("courseshop_announcements")
    assert again.json(ANNOUNCEMENTS).json == {"items": ["Welcome"]}


def test_leaky_acl_does_not_expose_hidden_course(plugged):
    shop = plugged("leaky")
    course_id = shop.add_course("draft", published=None)
    shop.add_course("python")
    assert shop.json("/courses/python/open").status_int == 200
    assert shop.json("/courses/draft/open").status_int == 404
    teacher = Actor(id=1, role="instructor", teaches=frozenset({course_id}))
    assert shop.json("/courses/draft/open", teacher).status_int == 200


def test_duplicate_child_name_stops_startup_naming_both_modules(plugged):
    with pytest.raises(ConfigurationConflictError) as conflict:
        plugged("clashing")
    assert "courseshop/views/tree.py" in str(conflict.value)
    assert "plugins/clashing" in str(conflict.value)


def test_a_template_can_be_replaced(plugged):
    shop = plugged("restyled")
    shop.add_course("python")
    assert shop.get("/courses/python").html.find(id="restyled").text == "Python"


def test_child_named_like_a_page_stops_startup(tmp_path, monkeypatch):
    plug(
        tmp_path,
        monkeypatch,
        "from courseshop.resources import Course\n"
        "from courseshop.plugin import Resource\n"
        "def includeme(config):\n"
        "    config.add_child(Course, 'share', Resource)\n",
    )
    with pytest.raises(ConfigurationError, match="share"):
        commit("plugged_module")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("config.add_child(Course, 'a/b', Resource)", "a/b"),
        ("config.add_child(Course, '', Resource)", "''"),
        ("config.add_child(Course, '@@x', Resource)", "@@x"),
        ("config.add_panel('nowhere', print, Course, 'x.jinja2')", "nowhere"),
        ("config.add_page(print, Course, request_method='FETCH')", "FETCH"),
        ("config.add_page(print, Course, 'x', renderer='string', repeatable=True)", "repeatable"),
        (
            "config.add_page(print, Course, 'x', request_method='POST', repeatable=True)",
            "repeatable",
        ),
        ("config.add_migrations('courseshop:static')", "env.py"),
        ("config.add_page(print, Course, 'x', renderer='nope.jinja2')", "there is no template"),
        ("config.add_panel('main', print, Course, 'nope.jinja2')", "there is no template"),
        ("config.add_page(print, Course, 'x', permission='ad')", "unknown permission 'ad'"),
        (
            "config.add_panel('main', print, Course, 'x', permission='ad')",
            "unknown permission 'ad'",
        ),
        ("config.add_page(print, Course, 'x', accepts=dict)", "needs a renderer"),
        ("config.add_panel('main', print, Courses, 'x')", "Courses have no slots"),
        (
            "config.add_child(Course, 'x', object)",
            "is not a courseshop.plugin.Resource",
        ),
        ("config.add_child(Course, 'x', lambda parent, name: None)", "annotation"),
        ("config.add_child(Course, 'x', Silent)", "Silent.find: annotate"),
        ("config.add_child(Course, 'x', Odd)", "Odd.find: Unable to generate"),
    ],
)
def test_invalid_directive_stops_startup(tmp_path, monkeypatch, line, named):
    plug(
        tmp_path,
        monkeypatch,
        "from courseshop.resources import Course, Courses\n"
        "from courseshop.plugin import Resource\n"
        "class Silent(Resource):\n"
        "    def find(self, name):\n"
        "        return None\n"
        "class Odd(Resource):\n"
        "    def find(self, name: Silent, /) -> Silent:\n"
        "        return None\n"
        f"def includeme(config):\n    {line}\n",
    )
    with pytest.raises(ConfigurationError, match=named):
        commit("plugged_module")


def plug(tmp_path, monkeypatch, source):
    (tmp_path / "plugged_module.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "plugged_module", raising=False)


def commit(plugin):
    ini = {"sqlalchemy.url": "sqlite://", "courseshop.mode": "development"}
    configure({**ini, "pyramid.includes": plugin}).commit()


@pytest.mark.slow
def test_places_accept_interfaces_and_names_and_nearest_page_wins(tmp_path, monkeypatch):
    plug(
        tmp_path,
        monkeypatch,
        "from zope.interface import Interface, implementer\n"
        "from courseshop.resources import Root\n"
        "from courseshop.plugin import Resource\n"
        "class IBranch(Interface): pass\n"
        "@implementer(IBranch)\n"
        "class Branch(Resource): pass\n"
        "class Twig(Branch): pass\n"
        "class Leaf(Resource): pass\n"
        "def of_branch(place, request): return {'of': 'branch'}\n"
        "def of_twig(place, request): return {'of': 'twig'}\n"
        "def of_leaf(place, request): return {'of': 'leaf'}\n"
        "def includeme(config):\n"
        "    config.add_child('courseshop.resources.Root', 'branch', Branch)\n"
        "    config.add_child(Root, 'twig', Twig)\n"
        "    config.add_child(IBranch, 'leaf', Leaf)\n"
        "    config.add_page(of_branch, Branch, renderer='string')\n"
        "    config.add_page(of_twig, Twig, renderer='string')\n"
        "    config.add_page(of_leaf, Leaf, renderer='string')\n",
    )
    ini = write_ini(tmp_path, "sqlite://", **{"pyramid.includes": "plugged_module"})
    shop = Shop.open(ini)
    for url, of in {
        "/branch": "branch",
        "/twig": "twig",
        "/branch/leaf": "leaf",
        "/twig/leaf": "leaf",
    }.items():
        assert shop.json(url).json == {"of": of}
    paths = shop.json("/openapi.json").json["paths"]
    assert {"/branch", "/twig", "/branch/leaf", "/twig/leaf"} <= set(paths)
    assert paths["/twig"]["get"]["summary"] == "Of twig"
    shop.close()


@pytest.mark.slow
def test_two_plugins_share_a_slot_in_order_and_respect_permissions(
    tmp_path, monkeypatch, new_database
):
    source = (
        "from courseshop.resources import Course\n"
        "def early(place, request): return {'name': 'early'}\n"
        "def late(place, request): return {'name': 'late'}\n"
        "def hidden(place, request): return {'name': 'hidden'}\n"
        "def includeme(config):\n"
        "    config.add_panel('aside', late, Course, 'string', order=2)\n"
        "    config.add_panel('aside', early, Course, 'string', order=1)\n"
        "    config.add_panel('aside', hidden, Course, 'string', permission='moderate')\n"
    )
    plug(tmp_path, monkeypatch, source)
    plugins = "plugged_module courseshop_announcements"
    shop = Shop.open(write_ini(tmp_path, new_database(), **{"pyramid.includes": plugins}))
    shop.init()
    shop.add_course("python")

    def names(actor):
        return [
            panel["name"] for panel in shop.json("/courses/python", actor).json["panels"]["aside"]
        ]

    assert names(Actor()) == ["early", "late"]
    assert names(Actor(id=1, role="moderator")) == ["hidden", "early", "late"]
    migrations.downgrade(shop.engine, migrations.environments(shop.registry))
    assert "course" not in inspect(shop.engine).get_table_names()
    shop.close()


@pytest.mark.slow
def test_keyless_panel_prevents_304(tmp_path, monkeypatch):
    plug(
        tmp_path,
        monkeypatch,
        "from itertools import count\n"
        "from courseshop.resources import Course\n"
        "numbers = count()\n"
        "def panel(place, request): return {'n': next(numbers)}\n"
        "def includeme(config):\n"
        "    config.add_panel('main', panel, Course, 'string')\n",
    )
    ini = write_ini(
        tmp_path, f"sqlite:///{tmp_path}/x.sqlite", **{"pyramid.includes": "plugged_module"}
    )
    shop = Shop.open(ini)
    shop.init()
    shop.add_course("python")
    tag = shop.json("/courses/python").headers["ETag"]
    assert shop.json("/courses/python", If_None_Match=tag).status_int == 200
    shop.close()


NAMESAKES = (
    "from typing_extensions import TypedDict\n"
    "from courseshop.resources import Course\n"
    "class Part(TypedDict):\n"
    "    x: int\n"
    "class CourseOut(TypedDict):\n"
    "    part: Part\n"
    "def show(place, request): return {'part': {'x': 1}}\n"
    "def includeme(config):\n"
    "    config.add_page(show, Course, 'x', renderer='string', returns=CourseOut)\n"
)


def test_two_types_of_one_plugin_with_the_same_name_stop_startup(tmp_path, monkeypatch):
    plug(
        tmp_path,
        monkeypatch,
        f"{NAMESAKES}"
        "    Other = TypedDict('CourseOut', {'y': int})\n"
        "    config.add_page(show, Course, 'y', renderer='string', returns=Other)\n",
    )
    with pytest.raises(ConfigurationError, match="two different types are called PluggedModule"):
        commit("plugged_module")


def test_types_of_two_owners_with_the_same_name_get_the_name_of_the_plugin(tmp_path, monkeypatch):
    document = described(tmp_path, monkeypatch, NAMESAKES)
    schemas = document["components"]["schemas"]
    assert "slug" in schemas["Course"]["properties"]
    part = {"$ref": "#/components/schemas/Part"}
    assert schemas["PluggedModuleCourse"]["properties"] == {"part": part}
    content = document["paths"]["/courses/{slug}/x"]["get"]["responses"]["200"]["content"]
    ref = "#/components/schemas/PluggedModuleCourse"
    assert content["application/json"]["schema"] == {"$ref": ref}


def test_types_within_types_get_the_name_of_the_plugin_too(tmp_path, monkeypatch):
    (tmp_path / "second_module.py").write_text(
        NAMESAKES.replace("x: int", "y: str").replace("'x', r", "'y', r")
    )
    monkeypatch.delitem(sys.modules, "second_module", raising=False)
    document = described(tmp_path, monkeypatch, NAMESAKES, "plugged_module second_module")
    schemas = document["components"]["schemas"]
    part = {"$ref": "#/components/schemas/SecondModulePart"}
    assert schemas["SecondModuleCourse"]["properties"] == {"part": part}
    assert schemas["SecondModulePart"]["properties"] == {"y": {"type": "string"}}
    assert schemas["Part"]["properties"] == {"x": {"type": "integer"}}


@pytest.mark.parametrize(
    ("plugin", "error", "message"),
    [
        ("plugged_module", ImportError, "No module named 'plugged'"),
        ("plugged", ConfigurationError, "there is no package 'plugged'"),
        ("plugged.views", ConfigurationError, "there is no package 'plugged.views'"),
        ("plugged:includeme", ConfigurationError, "there is no package 'plugged:includeme'"),
        ("plugged_module.views", ConfigurationError, "no package 'plugged_module.views'"),
    ],
)
def test_a_missing_plugin_differs_from_a_plugin_with_a_missing_import(
    tmp_path, monkeypatch, plugin, error, message
):
    plug(tmp_path, monkeypatch, "import plugged\n" if error is ImportError else "")
    with pytest.raises(error, match=message):
        commit(plugin)


def test_plugin_can_be_included_by_its_function(tmp_path, monkeypatch):
    plug(tmp_path, monkeypatch, "def includeme(config):\n    pass\n")
    commit("plugged_module.includeme")
    assert "plugged_module" in sys.modules


def described(tmp_path, monkeypatch, source, plugins="plugged_module"):
    """Return the API description of a shop with a plugin of this source."""
    plug(tmp_path, monkeypatch, source)
    ini = write_ini(tmp_path, "sqlite://", **{"pyramid.includes": plugins})
    shop = Shop.open(ini)
    found = shop.json("/openapi.json").json
    shop.close()
    return found


def test_a_place_without_samples_is_not_described_as_open(tmp_path, monkeypatch):
    document = described(
        tmp_path,
        monkeypatch,
        "from courseshop.plugin import Resource\n"
        "from courseshop.resources import Root\n"
        "class Closed(Resource):\n"
        "    def __init__(self, parent, name):\n"
        "        super().__init__(parent, name)\n"
        "        self.__acl__ = parent.request.nothing\n"
        "def show(place, request): return {}\n"
        "def includeme(config):\n"
        "    config.add_child(Root, 'closed', Closed)\n"
        "    config.add_page(show, Closed, renderer='string')\n",
    )
    operation = document["paths"]["/closed"]["get"]
    assert operation["security"] == [{"token": []}, {"session": []}]
    assert operation["x-who-may"] == ["unknown"]
    assert "Guests may be refused." in operation["description"]
