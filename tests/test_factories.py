"""What a factory stores is what its page stores: told by all rows of all tables."""

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

# Each row has its own; who acts by a service has no address, and a token is not used for it.
OWN = {"secret_hash", "password_hash", "key", "stamp", "actor_id", "address", "used_at"}


@pytest.fixture(autouse=True)
def _on_sqlite(backend):
    if backend != "sqlite":
        pytest.skip("there the numbers of rows go on from what is deleted")


def stored(shop):
    """Return how often each row stands in a table, without moments and what each row has of its own."""
    there = set(inspect(shop.engine).get_table_names())
    with shop.reading() as request:
        return Counter(
            " ".join(told(table, row))
            for table in Base.metadata.sorted_tables
            if table.name in there
            for row in request.db.execute(select(table)).mappings()
        )


def told(table, row):
    """Yield what a row of a table says."""
    yield table.name
    for name, value in sorted(row.items()):
        if name not in OWN:
            yield f"{name}={'a moment' if isinstance(value, datetime) else repr(value)}"


def added(shop, do):
    """Return the rows that something adds, and those that it takes away."""
    before = stored(shop)
    do()
    after = stored(shop)
    return sorted((after - before).elements()), sorted((before - after).elements())


def by_service(shop, make, *arguments, **words):
    with shop.storing() as db:
        make(db, *arguments, **words)


def same(shop, begin, by_http, make):
    """Compare what both ways add to a shop that begins alike."""
    found = []
    for do in (by_http, make):
        shop.clear()
        found.append(added(shop, partial(do, begin())))
    assert found[0][0]
    assert found[0] == found[1]


def test_a_registration(shop):
    settings = shop_of(shop.registry).settings
    same(
        shop,
        lambda: None,
        lambda _: Visitor(shop).register("sam"),
        lambda _: by_service(shop, factories.register, "sam", settings, "192.0.2.1"),
    )


def test_a_token(shop):
    def visitor():
        found = Visitor(shop)
        found.register("sam")
        return found

    body = {"name": "test", "scope": "write"}
    same(
        shop,
        visitor,
        lambda found: found.post_json("/account/tokens", body),
        lambda _found: by_service(shop, factories.add_token, 1),
    )


@pytest.mark.parametrize("words", [WORDS, FULL], ids=["few words", "many words"])
def test_a_course(shop, words):
    facts = CoursePost.model_validate_json(json.dumps(words)).facts()
    same(
        shop,
        lambda: Writer(shop, "ann"),
        lambda ann: ann.write(**words),
        lambda ann: by_service(shop, factories.write_course, ann.id, **facts),
    )


def test_a_publication(shop):
    def draft():
        write_course(shop, published=False)
        return Writer(shop, "mira", "moderator")

    same(
        shop,
        draft,
        lambda mira: mira.patch(URL, {"status": "published"}),
        lambda _mira: by_service(shop, factories.publish, SLUG),
    )


def test_an_enrolment(shop):
    def student():
        write_course(shop, published=True)
        return Writer(shop, "sam", "student")

    same(
        shop,
        student,
        lambda sam: sam.ask("PUT", f"{URL}/enrolment"),
        lambda sam: by_service(shop, factories.enrol, sam.id, SLUG),
    )


def test_a_review(shop):
    def student():
        write_course(shop, published=True)
        return enrolled(shop)

    same(
        shop,
        student,
        lambda sam: sam.post(REVIEWS, {"rating": 4, "text": "*Good*."}),
        lambda sam: by_service(shop, factories.write_review, sam.id, SLUG, 4, "*Good*."),
    )
