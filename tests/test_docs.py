"""Every command, curl and example of README.md and docs/ is run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import JSON, ROOT, Shop, serving, write_ini
from operating import courseshop, on_path

from courseshop.domain.actor import Actor

pytestmark = pytest.mark.slow

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BIN = Path(sys.executable).parent
# Run by .ci/run, by the fixtures that serve, or by test_settings; not again here.
# Each of these is one story, told by one test: what it must print.
STORIES = {
    ROOT / "docs" / "api.md": [
        *('"after_login":{', '"did_you_mean":null', "| Course |", "304 Not Modified", "}201\n"),
        *('"field":"color"', '"enrolled":true', "Idempotent-Replayed: true", '"rating":5'),
        *("412 Precondition Failed", '"note":"For the long evenings."', '"name":"bluesky"'),
        *("204 No Content", ': "token";r=', ": tour.1"),
        *("Content-Type: application/vnd.courseshop.v1+json", "Access-Control-Allow-Origin: *"),
    ],
    ROOT / "docs" / "accounts.md": [
        *('"username":"ann"', '"name":"Ann Lee"', '"token":"cs_', "204 No Content"),
        *('"demo-instructor"', "moderator", "may not edit", ': "token";r='),
    ],
    ROOT / "docs" / "courses.md": [
        *('"status":"draft"', "<em>think</em>", "<strong>Boil</strong>", '"kind":"course"'),
        *('"status":"published"', "unchanged", '"accepted":true', '"slug":"jam"', "204 No Content"),
        *("/categories/kitchen: Kitchen Table", "/categories/garden: Garden & Balcony"),
    ],
    ROOT / "docs" / "catalogue.md": [
        *('"filters":[{"name":"category"', '{"text":"Python","found":true}', '"q":"python"'),
        *('"items":[{"title":"Design Systems', "slug,title,url", "| Course | Category |"),
        *("/categories/type: Type Design", '"parent":null'),
    ],
    ROOT / "docs" / "reviews.md": [
        *('"enrolled":true', '"rating":4', '"rating":5', "204 No Content", '"attends":[{'),
        "No problems found.",
        *('"reply":{"author":{"username":"demo-instructor"', '"reason":"false"', '"kind":"review"'),
        *('"status":"hidden","hidden_reason":"Rude."', '"hidden_count":1', "<feed xmlns="),
    ],
    ROOT / "docs" / "wishlists.md": [
        *(
            '"wished":true',
            '"visibility":"link"',
            '"note":"After Christmas."',
            '"hours_per_week":3',
        ),
        *("404", "204 No Content", '"default":true'),
    ],
}
# What a story shows to be refused; in the others nothing is.
REFUSED = {"api.md": ["400", "412", "406"]}
ELSEWHERE = (
    "make ",
    "pip install",
    "pserve",
    "export ",
    "PYTHONPATH=. pserve",
    "courseshop init production.ini",
    # test_server.py
    "gunicorn ",
    "granian ",
)


def blocks(language):
    for page in PAGES:
        for block in re.findall(
            rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
        ):
            yield page, block


def commands(program):
    return [
        line
        for page, block in blocks("sh")
        if page not in STORIES
        for line in block.splitlines()
        if line.startswith(program)
    ]


def files_of(page):
    """Return the files that a page shows: a name in backticks before a block of code."""
    shown = re.findall(
        r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
    )
    assert shown
    return dict(shown)


@pytest.fixture(scope="module")
def base(demo_ini):
    with serving(demo_ini) as base:
        yield base


@pytest.fixture(scope="module")
def token(demo_ini):
    (line,) = re.findall(r"TOKEN=\$\((.*)\)", (ROOT / "docs" / "http.md").read_text())
    words = line.replace("development.ini", str(demo_ini)).split()
    return courseshop(*words[1:]).stdout.strip()


def curl(base, token, line):
    line = line.replace("localhost:6543", base.removeprefix("http://")).replace("$TOKEN", token)
    words = [*shlex.split(line), "-sS"]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout


@pytest.mark.parametrize("line", [line for line in commands("curl") if "/pace" not in line])
def test_curls(base, token, line):
    told = curl(base, token, line)
    assert told
    assert "Internal Server Error" not in told


def test_what_the_docs_send_with_a_key_can_be_sent_again(base, token):
    (line,) = [line for line in commands("curl") if "Idempotency-Key" in line]
    for told in (curl(base, token, line), curl(base, token, line)):
        assert "201 Created" in told
        assert '"slug":"bread-for-two"' in told
    assert "Idempotent-Replayed: true" in told


@pytest.mark.parametrize(
    "line", [line for line in commands("courseshop") if not line.startswith(ELSEWHERE)]
)
def test_commands_of_the_operator(demo_ini, line):
    words = shlex.split(
        line.replace("development.ini", str(demo_ini)).replace("docs/", f"{ROOT}/docs/")
    )
    done = courseshop(*words[1:])
    assert done.returncode == 0, done.stderr


def test_no_command_is_left_out():
    for page, block in blocks("sh"):
        for line in block.splitlines() if page not in STORIES else ():
            assert line.startswith(("curl", "courseshop", *ELSEWHERE)), line


def test_every_make_target_that_is_named_exists():
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text())) - {"test"}
    shown = subprocess.run(
        ["make", "help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    for target in named:
        assert f"make {target} " in shown


@pytest.mark.parametrize("story", STORIES, ids=lambda page: page.stem)
def test_a_story_works_from_beginning_to_end(base, demo_ini, tmp_path, story):
    lines = [line for page, block in blocks("sh") if page == story for line in block.splitlines()]
    assert len(lines) > 10
    script = "\n".join(["set -euxo pipefail", *lines]).replace(" development.ini", f" {demo_ini}")
    with on_path(tmp_path) as folder:
        done = subprocess.run(
            ["bash", "-c", script.replace("localhost:6543", base.removeprefix("http://"))],
            capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.findall(r'"status":(4\d\d)', done.stdout) == REFUSED.get(story.name, [])
    for told in STORIES[story]:
        assert told in done.stdout, told


def write(folder, files):
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)


def test_the_readmes_plugin_works_at_the_first_try(tmp_path, monkeypatch):
    write(tmp_path, files_of(ROOT / "README.md"))
    (line,) = [block for page, block in blocks("ini") if page.name == "README.md"]
    key, _, value = line.strip().partition(" = ")
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite", **{key: value})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    subprocess.run([BIN / "courseshop", "init", ini, "--demo"], check=True, capture_output=True)
    (curl,) = [line for line in commands("curl") if "/pace" in line]
    with serving(ini) as base:
        words = shlex.split(curl.replace("localhost:6543", base.removeprefix("http://")))
        done = subprocess.run([*words, "-sS"], capture_output=True, text=True, check=True)
        assert done.stdout == '{"weeks":6}'
        page = subprocess.run(
            ["curl", "-sS", words[-1]], capture_output=True, text=True, check=True
        )
        assert "<h1>6 weeks" in page.stdout


def test_the_example_with_everything_works(tmp_path):
    """In a process of its own: its table has the name of that of the plugin in these tests."""
    write(tmp_path, files_of(ROOT / "docs" / "plugins.md"))
    script = "import sys, test_docs; test_docs.use_announcements(sys.argv[1])"
    path = [str(tmp_path), str(Path(__file__).parent)]
    code = f"import sys; sys.path[:0] = {path!r}\n{script}"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def use_announcements(folder):
    url = f"sqlite:///{folder}/shop.sqlite"
    shop = Shop.open(
        write_ini(Path(folder), url, **{"pyramid.includes": "courseshop_announcements"})
    )
    shop.init()
    course = shop.add_course("python")
    place, teacher = "/courses/python/announcements", Actor(1, teaches=frozenset({course}))
    assert shop.json(place).json == {"items": []}
    environ = {"test.actor": teacher}
    shop.app.post_json(place, {"text": "Hello"}, headers=JSON, status=401)
    shop.app.post_json(place, {"text": "Hello"}, headers=JSON, extra_environ=environ, status=201)
    again = shop.app.post(place, {"text": "Hello"}, extra_environ=environ, status=409)
    assert again.html.find(role="alert").text == "This has already been announced."
    assert shop.json("/courses/python").json["panels"] == {"main": [{"announcement": "Hello"}]}
    assert shop.get(place).html.find("form", method="post") is None
    assert "announcements" in shop.json("/courses/python").json["links"]


def test_the_page_of_the_contributors_works(tmp_path, monkeypatch):
    (block,) = [block for page, block in blocks("python") if "class ReadingOut" in block]
    package = tmp_path / "reading_of_the_docs"
    package.mkdir()
    (package / "reading.jinja2").write_text("<p>{{ minutes }} minutes</p>")
    shown = block.replace("courseshop:templates/course/reading.jinja2", "reading.jinja2")
    (package / "__init__.py").write_text(f"{shown}\n\ndef includeme(config):\n    config.scan()\n")
    monkeypatch.syspath_prepend(tmp_path)
    url = f"sqlite:///{tmp_path}/x.sqlite"
    shop = Shop.open(write_ini(tmp_path, url, **{"pyramid.includes": package.name}))
    shop.init()
    shop.add_course("python", about="word " * 500)
    assert shop.json("/courses/python/reading").json == {"minutes": 3}
    assert shop.get("/courses/python/reading").text == "<p>3 minutes</p>"
    assert "reading" in shop.json("/courses/python").json["links"]


def test_the_branch_with_rows_works(tmp_path, monkeypatch):
    (block,) = [block for page, block in blocks("python") if "class Glossary" in block]
    package = tmp_path / "glossary_of_the_docs"
    package.mkdir()
    around = (
        "from types import SimpleNamespace\n"
        "from courseshop.plugin import Slug\n"
        "from courseshop.plugin import Resource\n"
        "from courseshop.plugin import page\n"
        "TermRow = SimpleNamespace(slug='')\n"
        "def select(_): return SimpleNamespace(where=lambda _: 'SELECT 1')\n"
    )
    shown = "\n\n@page(context=Term, renderer='string')\ndef term(place, request):\n    return {'slug': place.row.slug}\n"
    (package / "__init__.py").write_text(around + block + shown)
    monkeypatch.syspath_prepend(tmp_path)
    ini = write_ini(
        tmp_path, f"sqlite:///{tmp_path}/x.sqlite", **{"pyramid.includes": package.name}
    )
    paths = Shop.open(ini).json("/openapi.json").json["paths"]
    assert paths["/glossary/{slug}"]["get"]["parameters"][0]["name"] == "slug"
