"""The load benchmarks measure what they report, and measure nothing if pages differ."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import webtest
from click import ClickException
from click.testing import CliRunner
from helpers import ROOT
from sqlalchemy import create_engine, make_url, text

from benchmarks import profile
from benchmarks.__main__ import cli
from benchmarks.load import bare, command, measure, nginx, report
from benchmarks.load.cases import COLD_JSON, REVIEWS, WARM
from benchmarks.load.checks import missing

pytestmark = pytest.mark.slow

needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")


def run(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)))


def some(option, *names):
    return [part for name in names for part in (option, name)]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the options of a very small shop on SQLite."""
    folder = tmp_path_factory.mktemp("load")
    assert run("prepare", "--folder", folder, "--courses", 20).exit_code == 0
    return ["--folder", folder, "--courses", "20", "--databases", "sqlite"]


def url_of(small):
    return make_url(f"sqlite:///{small[1]}/sqlite-20.sqlite")


@pytest.fixture(scope="module")
def measured(small, tmp_path_factory):
    """Return the figures and the output of a very short run."""
    file = tmp_path_factory.mktemp("told") / "load.json"
    few = some("--case", WARM.name, COLD_JSON.name, REVIEWS.name)
    short = ("--rounds", 1, "--seconds", 1, "--requests", 1, "--json", file)
    done = run("load", *small, *few, *short)
    assert done.exit_code == 0, done.output
    found = json.loads(file.read_text())
    return SimpleNamespace(**found["sqlite-20"], output=done.output)


@needs_wrk
def test_run_measures_each_case_on_each_server_that_supports_it(measured):
    found = {(row["case"], row["server"]): row for row in measured.rows}
    servers = [one for one in command.SERVERS if nginx.find() or one not in command.NGINX]
    wanted = {
        (case.name, server)
        for case in (WARM, COLD_JSON, REVIEWS)
        for server in servers
        if server in command.SHOP or server in case.peers
    }
    assert found.keys() == wanted
    assert all(row["errors"] == 0 for row in measured.rows)
    ours, theirs = found[WARM.name, "waitress"], found[WARM.name, "bare"]
    assert ours["ratios"]["vs. bare"] == pytest.approx(ours["per_second"] / theirs["per_second"])
    line = next(line for line in measured.output.splitlines() if line.startswith(WARM.what))
    assert line.split()[-len(ours["ratios"]) - 7] == "waitress"


@needs_wrk
def test_run_counts_the_queries_of_each_request(measured):
    found = {(row["case"], row["server"]): row["queries"] for row in measured.rows}
    # The response is replayed; the check of the data version is a PRAGMA, which does not count.
    assert found[WARM.name, "waitress"] == 0
    assert found[WARM.name, "bare"] is None
    assert {found[WARM.name, peer] for peer in ("flask", "django", "fastapi")} == {4}
    assert found[REVIEWS.name, "waitress"] == found[REVIEWS.name, "granian"] > 4


@needs_wrk
def test_run_reports_each_target(measured):
    for start in ("course page, warm", "JSON, cold", "their p99", "errors", "seconds", "the same"):
        assert any(what.startswith(start) for what in measured.targets)
    assert measured.targets[command.ERRORS] == measured.targets[command.WRONG] == [0]
    (memory,) = (values for what, values in measured.targets.items() if what.startswith("MiB"))
    assert memory[0] > 10


@needs_wrk
def test_run_writes_only_to_a_copy(small, measured):
    assert measured.targets
    engine = create_engine(url_of(small))
    with engine.connect() as connection:
        writers = "SELECT count(*) FROM user_account WHERE username LIKE 'writer%'"
        assert connection.scalar(text(writers)) == 0
    engine.dispose()


@needs_wrk
def test_wrong_counters_and_lost_reviews_are_counted(small):
    with command.copied(url_of(small)) as shop:
        assert command.wrong_counters(shop) == 0
        engine = create_engine(shop.url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE course SET enrolled_count = 7000 WHERE id = 1"))
        engine.dispose()
        shop.people.made = 2
        assert command.wrong_counters(shop) == 3


OURS = "<p>Nobody teaches the very first steps better.</p><p>Too long.</p><style>p {}</style>"


@pytest.mark.parametrize(
    ("theirs", "faults"),
    [
        ("Too <b>long</b>. Nobody teaches the very first steps better!", []),
        (
            "<p>Too long.</p>",
            ["lacks 'nobody teaches the very first steps better'", "lacks 7 of 9 words"],
        ),
        ("<p>Nobody teaches the very first steps better.</p>", ["lacks 2 of 9 words, such as too"]),
    ],
)
def test_page_that_lacks_a_review_or_many_words_is_detected(theirs, faults):
    found = missing(OURS, theirs)
    assert len(found) == len(faults)
    assert all(one.startswith(fault) for one, fault in zip(found, faults, strict=True))


def test_json_with_a_different_price_is_detected():
    ours = '{"price":{"amount":"9.00"},"url":"http://localhost/a"}'
    assert missing(ours, '{"url":"http://localhost/b","price":{"amount":"9.00"}}') == []
    assert missing(ours, '{"price":{"amount":"1.00"}}') == ["lacks 1 of 2 words, such as 9"]


@needs_wrk
def test_run_measures_nothing_if_pages_differ(small, monkeypatch):
    monkeypatch.setattr("benchmarks.load.checks.MOST_MISSING", -1)
    done = run("load", *small, *some("--servers", "waitress", "flask"))
    assert done.exit_code == 1
    assert "the pages differ:\nflask, course, 10 reviews, HTML" in done.output


def test_bare_app_responds_with_exactly_the_recorded_bytes(monkeypatch, tmp_path):
    headers = [("content-type", "text/html"), ("etag", '"1"')]
    answers = {("text/html", "", ""): ("200 OK", headers, b"\xc3\xa9")}
    (tmp_path / "answers").write_text(repr(answers))
    monkeypatch.setenv("BENCH_ANSWERS", str(tmp_path / "answers"))
    app = webtest.TestApp(bare.main({}))
    for path in ("/courses/one", "/courses/another"):
        got = app.get(path, headers={"Accept": "text/html"})
        assert (got.status_int, got.body, got.headers["etag"]) == (200, b"\xc3\xa9", '"1"')


def test_error_without_wrk_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    done = run("load")
    assert done.exit_code == 1
    assert "apt-get install wrk" in done.output


def test_missing_nginx_is_skipped_with_a_message(monkeypatch, capsys):
    monkeypatch.setattr(nginx, "find", lambda: None)
    assert command.there(["flask", "nginx", "file", "waitress"]) == ["waitress", "flask"]
    assert "apt-get install nginx-light" in capsys.readouterr().err
    assert command.there(["waitress"]) == ["waitress"]
    assert capsys.readouterr().err == ""


@needs_wrk
def test_run_needs_a_server_of_the_shop():
    done = run("load", *some("--servers", "flask", "django"))
    assert done.exit_code == 2
    assert "one of waitress, gunicorn, granian is missing" in done.stderr


@needs_wrk
def test_error_about_an_unknown_case_lists_the_known_ones():
    done = run("load", "--case", "cours")
    assert done.exit_code == 2
    assert WARM.name in done.stderr


def test_ratio_is_the_median_of_the_ratios_of_all_rounds():
    samples = {
        (WARM, server): [
            measure.Answers(1, rate, p50=1, p99=2, errors=0, made=0, cpu=1) for rate in rates
        ]
        for server, rates in {"waitress": (100, 300, 50), "flask": (50, 100, 50)}.items()
    }
    ours, _theirs = report.rows(samples, {})
    assert (ours.per_second, ours.ratios) == (100, {"vs. flask": 2})
    assert report.targets([ours]) == {"vs. flask: 4 or more": [2]}


def test_stack_counts_for_the_first_layer_that_it_matches():
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
def test_profile_shows_the_share_of_each_layer(small):
    done = run("profile", *small, "--seconds", 3)
    assert done.exit_code == 0, done.output
    assert re.search(r"^ +[0-9]+%  Pyramid and WebOb$", done.output, re.MULTILINE)


@needs_wrk
def test_two_commits_are_compared_in_pairs_of_runs(tmp_path):
    if subprocess.run(["git", "rev-parse"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is not a git clone")
    done = run(
        *("compare", "HEAD", "HEAD", "--folder", tmp_path, "--courses", 20, "--rounds", 1),
        *("--seconds", 1, *some("--case", "course-html-member-cold", "review-32")),
        *("--json", tmp_path / "pairs.json"),
    )
    assert done.exit_code == 0, done.output
    old, new, *reviews = json.loads((tmp_path / "pairs.json").read_text())["rows"]
    assert [row["case"] for row in (new, *reviews)] == [new["case"], *["review-32"] * 2]
    assert new["ratios"]["vs. old"] == pytest.approx(new["per_second"] / old["per_second"])
    assert new["ratios"]["CPU vs. old"] == pytest.approx(new["cpu"] / old["cpu"])


@needs_wrk
def test_failure_of_wrk_is_reported():
    with pytest.raises(ClickException, match="wrk failed"):
        measure.run_wrk("http://127.0.0.1:9", [measure.Request("/", {})], clients=1, seconds=1)
