"""The benchmarks under load: they measure what they say, and nothing where pages differ."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import ExitStack
from types import SimpleNamespace

import html5lib
import pytest
import webtest
from click.testing import CliRunner
from helpers import ROOT, Shop, write_ini

from benchmarks import profile
from benchmarks.__main__ import cli
from benchmarks.data.command import fill_once
from benchmarks.data.plan import Plan
from benchmarks.load import bare, facts, figures, life, nginx, wrk
from benchmarks.load.agreement import faults
from benchmarks.load.cases import CASES, chosen
from benchmarks.load.command import there
from benchmarks.load.copies import served_ini, url_of
from benchmarks.load.goals import goals
from benchmarks.load.measure import Sample
from benchmarks.load.options import DATABASES
from benchmarks.load.process import Reply, Start, free_port, running
from benchmarks.load.servers import PEERS, SHOP, Entrant, Setup
from courseshop.scripts.relate import relate_all

pytestmark = pytest.mark.slow

needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
COURSE, PAGE = "/courses/bench-10-reviews", "course-10-html-guest-warm"


@pytest.fixture(scope="module")
def ini(new_database, backend, tmp_path_factory):
    if backend not in DATABASES:
        pytest.skip("shops on it are not measured")
    return write_ini(tmp_path_factory.mktemp("load"), new_database())


@pytest.fixture(scope="module")
def filled(ini):
    """Return the shop of `ini`, full; tests leave it as it is."""
    shop = Shop.open(ini)
    shop.init()
    fill_once(shop.registry, Plan(60))
    relate_all(shop.registry)
    yield shop
    shop.close()


def run(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)))


PATHS = [f"/courses/bench-{number}-reviews" for number in (0, 10, 10_000)]


def start(stack, server, ini, folder):
    """Return a server of the shop that runs until the stack is closed, with one process."""
    url, port = url_of(ini).render_as_string(hide_password=False), free_port()
    served = served_ini(ROOT, url, port, folder) if server.ours else ini
    setup = Setup(served, url, port, processes=1)
    how = Start(server.name, port, server.argv(setup), server.environment(setup), COURSE)
    return Entrant(server, stack.enter_context(running(how, folder)))


def test_the_pages_of_others_say_what_ours_does(filled, ini, tmp_path):
    with ExitStack() as stack:
        ours = start(stack, SHOP["waitress"], ini, tmp_path)
        for name in ("flask", "django", "fastapi"):
            theirs = start(stack, PEERS[name], ini, tmp_path)
            for path in PATHS:
                assert faults(path, ours.running, theirs) == []


def test_a_page_that_lacks_a_review_or_much_else_is_found_out():
    ours = "<p>Well made.</p><p>Too long.</p><style>p {}</style>"
    assert facts.differences(["Too long."], ours, "<p>Too <b>long.</b></p> Well made") == []
    lacking = facts.differences(["Too long."], ours, "<p>Well made.</p>")
    assert lacking == ["does not say 'Too long.'", "lacks 2 of 4 words, such as too, long"]


def test_a_json_with_another_price_or_other_courses_is_found_out():
    price, related = {"amount": "9.00", "currency": "USD"}, [{"slug": "jam", "title": "Jam"}]
    ours = {"price": price, "url": "a", "panels": {"main": [{"related": related}]}}
    theirs = {"price": price, "url": "b", "related": related}
    assert facts.json_differences(ours, theirs) == []
    other = {"price": {**price, "amount": "1.00"}, "related": []}
    assert facts.json_differences(ours, other) == ["has another 'price'", "has another 'related'"]


def test_the_bare_callable_answers_with_the_very_bytes(tmp_path):
    headers = {"Accept": "text/html"}
    reply = Reply(200, {"content-type": "text/html", "date": "now", "etag": '"1"'}, b"\xc3\xa9")
    bare.write(tmp_path / "answers.json", dict.fromkeys(bare.key(COURSE, headers), reply))
    app = webtest.TestApp(bare.main({}, str(tmp_path / "answers.json")))
    for path in (COURSE, "/courses/another"):
        got = app.get(path, headers=headers)
        assert (got.status_int, got.body, got.headers["etag"]) == (200, b"\xc3\xa9", '"1"')


def test_without_wrk_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    done = run("load")
    assert done.exit_code == 1
    assert "apt-get install wrk" in done.output


@needs_wrk
def test_a_case_that_there_is_not_lists_those_that_there_are():
    done = run("load", "--case", "cours")
    assert done.exit_code == 2
    assert PAGE in done.stderr


def sample(server, round_, per_second):
    more = {"p50": 1, "p99": 2, "cpu_ms": 1, "bytes": 9, "errors": 0}
    return Sample("sqlite", PAGE, server, round_, per_second, **more)


def test_a_ratio_is_the_median_of_those_of_each_round():
    ours = [sample("waitress", number, rate) for number, rate in enumerate((100, 300, 50))]
    theirs = [sample("flask", number, rate) for number, rate in enumerate((50, 100, 50))]
    row, _theirs = figures.rows(ours + theirs, CASES, {})
    assert (row["per_second"], row["ratios"]) == (100, {"flask": 2})
    (goal,) = goals([row], {})
    assert (goal.value, goal.bound, goal.reached) == (2, 4, False)


def test_what_nginx_keeps_is_held_to_its_own_speed():
    samples = [sample("nginx", 0, 90), sample("file", 0, 100), sample("waitress", 0, 10)]
    found = {row["server"]: row for row in figures.rows(samples, CASES, {})}
    assert found["nginx"]["ratios"] == {"file": 0.9}
    assert found["waitress"]["ratios"] == {"nginx": pytest.approx(1 / 9), "file": 0.1}
    (goal,) = goals([found["nginx"]], {})
    assert (goal.value, goal.bound, goal.reached) == (0.9, 0.8, True)


def test_without_nginx_it_is_left_out_with_a_word(monkeypatch, capsys):
    monkeypatch.setattr(nginx, "find", lambda: None)
    assert there(("bare", "nginx", "file", "flask")) == ("bare", "flask")
    assert "apt-get install nginx-light" in capsys.readouterr().err
    assert there(("bare",)) == ("bare",)
    assert capsys.readouterr().err == ""


def test_nginx_keeps_pages_of_courses_for_guests_alone():
    kept = {case.name for case in CASES if case.has_peer("nginx")}
    assert kept == {f"course-{number}-html-guest-warm" for number in (0, 10, 10_000)}
    assert kept == {case.name for case in CASES if case.has_peer("file")}


def test_cases_are_chosen_by_patterns():
    assert [one.name for one in chosen(["wish-*"])] == ["wish-1", "wish-32"]
    assert len({one.name for one in CASES}) == len(CASES)


def test_a_stack_counts_for_the_first_layer_that_it_is_in():
    page = "pserve (waitress/task.py:1);_call_view (pyramid/view.py:2);show (courseshop/framework/panels.py:3)"
    stacks = [
        f"{page};root (courseshop/templates/course/course.jinja2:4);escape (markupsafe/__init__.py:5) 3",
        f"{page};find (courseshop/services/course.py:6);execute (sqlalchemy/engine/base.py:7) 4",
        f"{page} 2",
        "main (pyramid/scripts/pserve.py:8);serve (courseshop/server/__init__.py:9);run (waitress/server.py:1) 1",
    ]
    shares = {"database": 0.4, "templates": 0.3, "what a page says": 0.2, "waitress": 0.1}
    assert dict(profile.layers(stacks)) == shares


@needs_wrk
@pytest.mark.skipif(os.geteuid() != 0, reason="py-spy may look into other processes as root alone")
def test_a_profile_tells_where_the_time_of_a_page_goes(filled, ini):
    filled.engine.dispose()
    done = run("profile", ini, "--case", "course-html-guest-cold", "--seconds", 3)
    assert done.exit_code == 0, done.output
    assert re.search(r"^ +[0-9]+%  Pyramid and WebOb$", done.output, re.MULTILINE)


@pytest.fixture(scope="module")
def told(filled, ini, tmp_path_factory):
    """Return the figures, the report and what is printed of a run that is as short as can be."""
    # PostgreSQL copies no database that is in use.
    filled.engine.dispose()
    folder = tmp_path_factory.mktemp("told")
    out = ("--json", folder / "load.json", "--html", folder / "load.html")
    few = ("--servers", "waitress", "--peers", "bare,nginx,file", "--case", PAGE, "--case", "*-32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(life, "STARTS", 1)
        patch.setattr(life, "SECONDS", 1)
        done = run("load", ini, *few, "--rounds", 1, "--seconds", 1, "--requests", 1, *out)
    assert done.exit_code == 0, done.output
    found = json.loads((folder / "load.json").read_text())
    return SimpleNamespace(**found, page=(folder / "load.html").read_text(), output=done.output)


@needs_wrk
def test_a_run_measures_the_shop_and_its_bare_bytes_in_a_copy(filled, told, backend):
    ours, bare_bytes, *_others = told.rows
    written = [row for row in told.rows if row["case"] != ours["case"]]
    assert [row["server"] for row in (ours, bare_bytes, *written)] == [
        "waitress",
        "bare",
        *["waitress"] * 2,
    ]
    assert all(row["per_second"] > 0 and row["errors"] == 0 for row in told.rows)
    assert ours["ratios"]["bare"] == pytest.approx(ours["per_second"] / bare_bytes["per_second"])
    assert bare_bytes["bytes"] == pytest.approx(ours["bytes"], rel=0.01)
    # It is sent again, after a question for the version of the data; that of SQLite is a PRAGMA.
    assert ours["queries"] == (backend == "postgresql")
    assert [row["counters"] for row in written] == [True, True]
    assert told.lives[backend]["memory"][0]["mib"] > 10
    assert filled.json("/people/writer0").status_int == 404
    assert "course, 10 reviews, HTML, guest, warm" in told.output
    assert_asks_for_nothing(told.page)


@needs_wrk
@pytest.mark.skipif(not nginx.find(), reason="nginx is not installed")
def test_a_run_measures_what_nginx_keeps_beside_the_same_as_a_file(told):
    found = {row["server"]: row for row in told.rows if row["case"] == told.rows[0]["case"]}
    # Ours says more in its headers.
    assert 0 < found["nginx"]["bytes"] - found["file"]["bytes"] < 3_000
    assert "kept by nginx" in told.output


def assert_asks_for_nothing(page):
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<svg" in page
    assert not re.findall(r"<(?:script|link|img|iframe|object)|\b(?:src|href)=|url\(", page)


@needs_wrk
def test_two_commits_are_compared_pair_by_pair(tmp_path):
    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is no clone of the repository")
    done = run(
        *("compare", "HEAD", "HEAD", "--folder", tmp_path, "--courses", 20, "--rounds", 1),
        *("--seconds", 1, "--case", "course-html-member-cold", "--case", "review-32"),
        *("--json", tmp_path / "pairs.json"),
    )
    assert done.exit_code == 0, done.output
    rows = json.loads((tmp_path / "pairs.json").read_text())["rows"]
    assert [row["case"] for row in rows] == ["course-html-member-cold", "review-32"]
    assert all(0 < row["least"] == row["ratio"] == row["most"] for row in rows)
    trees = subprocess.run(["git", "worktree", "list"], cwd=ROOT, capture_output=True, check=True)
    assert str(tmp_path) not in trees.stdout.decode()


@needs_wrk
def test_wrk_tells_what_it_could_not_do():
    load = wrk.Load("http://127.0.0.1:9", [wrk.Asked("/")], {}, clients=1, seconds=1)
    with pytest.raises(wrk.click.ClickException, match="wrk failed"):
        wrk.run(load)
