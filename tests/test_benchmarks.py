"""The generated shops of the benchmarks are consistent and reproducible."""

from __future__ import annotations

import pytest
from click import ClickException
from click.testing import CliRunner
from helpers import Shop, write_ini
from sqlalchemy import func, inspect, select

from benchmarks.__main__ import cli
from benchmarks.data.filling import fill_once
from benchmarks.data.plan import COMMON, MIDDLING, SPECIAL, Plan
from benchmarks.scale import PAGES
from courseshop.database.base import Base
from courseshop.domain import markdown
from courseshop.domain.shop import shop_of
from courseshop.models import Course, Enrolment, Review, Wish
from courseshop.schemas.category import CategoryDraft
from courseshop.services import category, doctor

pytestmark = [pytest.mark.databases, pytest.mark.slow]

PLAN = Plan(60)


@pytest.fixture(scope="module")
def ini(new_database, tmp_path_factory):
    return write_ini(tmp_path_factory.mktemp("bench"), new_database())


@pytest.fixture(scope="module")
def filled(ini):
    """Return the shop of `ini`, filled; tests must not change it."""
    shop = Shop.open(ini)
    shop.init()
    fill_once(shop.registry, PLAN)
    yield shop
    shop.close()


def ask(shop, statement):
    with shop.reading() as request:
        return request.db.execute(statement).all()


def number(shop, *what):
    return ask(shop, select(func.count()).select_from(*what))[0][0]


def rows(shop):
    """Return all rows by table, except tables of plugins that other tests have loaded."""
    return {
        table.name: ask(shop, select(table).order_by(*table.primary_key))
        for table in Base.metadata.sorted_tables
        if inspect(shop.engine).has_table(table.name)
    }


def run(*arguments):
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_doctor_finds_no_problems(filled):
    with filled.reading() as request:
        assert doctor.faults(request.db) == []
        reserved = shop_of(filled.registry).reserved_slugs
        assert doctor.hidden_slugs(request.db, reserved) == []


def test_row_counts_match_the_plan(filled):
    assert number(filled, Course) == 60
    reviews = sum(SPECIAL.values()) + 10 * (60 - len(SPECIAL))
    assert number(filled, Review) == number(filled, Enrolment) == reviews
    assert number(filled, Wish) == 120


@pytest.mark.parametrize("slug", SPECIAL)
def test_special_course_has_as_many_reviews_as_its_slug_says(filled, slug):
    rating = filled.json(f"/courses/{slug}").json["rating"]
    assert rating["count"] == SPECIAL[slug] == int(slug.split("-")[1])
    assert filled.json(f"/courses/{slug}/reviews").json["total"] == SPECIAL[slug]


@pytest.mark.parametrize(("word", "courses"), [(COMMON, 30), (MIDDLING, 10)])
def test_search_finds_each_word_in_planned_number_of_courses(filled, word, courses):
    assert filled.json(f"/courses?q={word}").json["total"] == courses


def test_stored_html_matches_rendered_markdown(filled):
    texts = ask(filled, select(Course.about_markdown, Course.about_html))
    texts += ask(filled, select(Review.text_markdown, Review.text_html).limit(100))
    assert all(markdown.render(text) == html for text, html in texts)


@pytest.mark.one_database
def test_same_plan_creates_same_rows(filled, shop):
    fill_once(shop.registry, PLAN)
    assert rows(shop) == rows(filled)


@pytest.mark.one_database
def test_a_second_run_does_nothing(filled):
    before = rows(filled)
    fill_once(filled.registry, PLAN)
    assert rows(filled) == before


@pytest.mark.one_database
def test_a_shop_with_other_courses_is_refused(shop):
    shop.add_course("bread")
    with pytest.raises(ClickException, match="an empty shop is needed"):
        fill_once(shop.registry, PLAN)
    assert number(shop, Course) == 1


@pytest.mark.one_database
def test_a_shop_with_data_of_another_size_is_refused(filled):
    with pytest.raises(ClickException, match="60 courses, edition "):
        fill_once(filled.registry, Plan(61))


def test_row_added_later_gets_unused_id(filled):
    with filled.writing() as request:
        assert category.add(request.db, CategoryDraft(slug="bread", title="Bread")).id == 37
        request.tm.doom()


@pytest.mark.one_database
def test_scale_prints_a_line_for_each_page(filled, ini):
    done = run("scale", ini, ini, "--rounds", 1)
    assert done.exit_code == 0, done.output
    head, columns, *lines = done.stdout.splitlines()
    assert head == "process_time, ms per request, median of 1 rounds"
    assert columns.split() == ["page", *["sqlite", "60"] * 2, "ratio"]
    assert [line[:47].strip() for line in lines] == list(PAGES)
