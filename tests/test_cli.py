"""The `courseshop` command: init, tree, help and exit codes."""

from __future__ import annotations

import pytest
from helpers import Shop, write_ini
from operating import courseshop, run_courseshop
from sqlalchemy import func, select, update

from courseshop.models import Course, Review


@pytest.fixture
def ini(tmp_path, new_database):
    return write_ini(tmp_path, new_database())


@pytest.mark.slow
def test_init_creates_the_demo_only_once(ini):
    first = run_courseshop("init", ini, "--demo")
    assert (first.returncode, first.stderr) == (0, "")
    assert "44 courses added" in first.stdout
    shop = Shop.open(ini)
    with shop.writing() as request:
        request.db.execute(update(Course).where(Course.slug == "messy-data").values(title="Mine"))
    before = shop.json("/courses?limit=100").json
    second = courseshop("init", ini, "--demo")
    assert second.returncode == 0
    assert "0 courses added" in second.stdout
    assert shop.json("/courses?limit=100").json == before
    shop.close()


def test_demo_has_the_seed_course_and_courses_with_reviews(demo):
    courses = demo.json("/courses?limit=100").json["items"]
    seed = next(course for course in courses if course["slug"] == "backend-with-python")
    assert (seed["rating"]["count"], seed["enrolled_count"], seed["price"]["amount"]) == (
        0,
        0,
        "0.00",
    )
    assert sum(course["rating"]["count"] >= 5 for course in courses) >= 8


def test_demo_counters_match_its_reviews(demo):
    with demo.reading() as request:
        recount = select(Review.course_id, func.count(), func.sum(Review.rating)).group_by(
            Review.course_id
        )
        real = {
            course_id: (count, total) for course_id, count, total in request.db.execute(recount)
        }
        for course in request.db.execute(select(Course.id, Course.rating_count, Course.rating_sum)):
            assert real.get(course.id, (0, 0)) == (course.rating_count, course.rating_sum)


def test_tree_prints_places_packages_pages_and_permissions(tmp_path):
    ini = write_ini(tmp_path, "sqlite://", **{"pyramid.includes": "courseshop_announcements"})
    done = courseshop("tree", ini)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "/courses/{slug}/reviews/{id}  Review  (courseshop)" in lines
    at = lines.index("/courses/{slug}/announcements  Announcements  (courseshop_announcements)")
    assert lines[at + 1].split()[:4] == ["GET", "(itself)", "view", "HTML,"]
    assert lines[at + 2].split()[:3] == ["POST", "(itself)", "add"]


@pytest.mark.parametrize("arguments", [["--help"], ["init", "--help"], ["tree", "-h"]])
def test_help_shows_usage_of_a_command(arguments):
    done = courseshop(*arguments)
    assert done.returncode == 0
    assert "Usage: courseshop" in done.stdout


def test_wrong_usage_exits_with_2():
    assert courseshop("init").returncode == 2
    assert courseshop("init", "/no/such.ini").returncode == 2
    assert courseshop("fly", "development.ini").returncode == 2


@pytest.mark.slow
def test_unknown_setting_exits_with_1_and_is_named_on_stderr(tmp_path):
    ini = write_ini(tmp_path, "sqlite://", **{"courseshop.nmae": "x"})
    done = run_courseshop("init", ini)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: courseshop.nmae: unknown setting")
