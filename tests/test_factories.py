"""Each factory stores the same rows, in all tables, as the page that it replaces."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from functools import partial

import factories
import pytest
from browsing import Visitor
from sqlalchemy import inspect, select
from writers import FULL, REVIEWS, SLUG, URL, WORDS, Writer, enrolled, write_course

from courseshop.database.base import Base
from courseshop.domain.shop import shop_of
from courseshop.schemas.writing import CoursePost

# Columns that differ from row to row, or that only a request with an address and a token sets.
OWN = {"secret_hash", "password_hash", "key", "stamp", "actor_id", "address", "used_at"}


@pytest.fixture(autouse=True)
def _on_sqlite(backend):
    if backend != "sqlite":
        pytest.skip("the other databases do not reuse the ids of deleted rows")


def count_rows(shop):
    """Count the rows of all tables, without their times and the columns in OWN."""
    there = set(inspect(shop.engine).get_table_names())
    with shop.reading() as request:
        return Counter(
            " ".join(columns_of(table, row))
            for table in Base.metadata.sorted_tables
            if table.name in there
            for row in request.db.execute(select(table)).mappings()
        )


def columns_of(table, row):
    """Yield the name of a table and the columns of one of its rows."""
    yield table.name
    for name, value in sorted(row.items()):
        if name not in OWN:
            yield f"{name}={'a moment' if isinstance(value, datetime) else repr(value)}"


def changed_rows(shop, store):
    """Return the rows that `store` adds and those that it deletes."""
    before = count_rows(shop)
    store()
    after = count_rows(shop)
    return sorted((after - before).elements()), sorted((before - after).elements())


def run_factory(shop, make, *arguments, **words):
    with shop.storing() as db:
        make(db, *arguments, **words)


def assert_same_rows(shop, prepare, by_http, make):
    """Assert that a request and a factory change the same rows of the same shop."""
    found = []
    for store in (by_http, make):
        shop.clear()
        found.append(changed_rows(shop, partial(store, prepare())))
    assert found[0][0]
    assert found[0] == found[1]


def test_register_factory_stores_what_its_page_does(shop):
    settings = shop_of(shop.registry).settings
    assert_same_rows(
        shop,
        lambda: None,
        lambda _: Visitor(shop).register("sam"),
        lambda _: run_factory(shop, factories.register, "sam", settings, "192.0.2.1"),
    )


def test_token_factory_stores_what_its_page_does(shop):
    def visitor():
        found = Visitor(shop)
        found.register("sam")
        return found

    body = {"name": "test", "scope": "write"}
    assert_same_rows(
        shop,
        visitor,
        lambda found: found.post_json("/account/tokens", body),
        lambda _found: run_factory(shop, factories.add_token, 1),
    )


@pytest.mark.parametrize("words", [WORDS, FULL], ids=["few words", "many words"])
def test_course_factory_stores_what_its_page_does(shop, words):
    facts = CoursePost.model_validate_json(json.dumps(words)).facts()
    assert_same_rows(
        shop,
        lambda: Writer(shop, "ann"),
        lambda ann: ann.write(**words),
        lambda ann: run_factory(shop, factories.write_course, ann.id, **facts),
    )


def test_publish_factory_stores_what_its_page_does(shop):
    def draft():
        write_course(shop, published=False)
        return Writer(shop, "mira", "moderator")

    assert_same_rows(
        shop,
        draft,
        lambda mira: mira.patch(URL, {"status": "published"}),
        lambda _mira: run_factory(shop, factories.publish, SLUG),
    )


def test_enrol_factory_stores_what_its_page_does(shop):
    def student():
        write_course(shop, published=True)
        return Writer(shop, "sam", "student")

    assert_same_rows(
        shop,
        student,
        lambda sam: sam.ask("PUT", f"{URL}/enrolment"),
        lambda sam: run_factory(shop, factories.enrol, sam.id, SLUG),
    )


def test_review_factory_stores_what_its_page_does(shop):
    def student():
        write_course(shop, published=True)
        return enrolled(shop)

    assert_same_rows(
        shop,
        student,
        lambda sam: sam.post(REVIEWS, {"rating": 4, "text": "*Good*."}),
        lambda sam: run_factory(shop, factories.write_review, sam.id, SLUG, 4, "*Good*."),
    )
