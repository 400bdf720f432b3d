"""Rows of a plugin: names that `find` is called with, and values that a database refuses."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Annotated, Any, Literal

import pytest
import shelves
from helpers import JSON, Shop, write_ini
from helpers import ROOT as ROOT_FOLDER
from pydantic import Field, create_model
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from courseshop.database.foreign_keys import blocking
from courseshop.domain.actor import Actor
from courseshop.framework.unbounded import is_unlimited
from courseshop.plugin import Line

ROOT = Actor(id=1, role="admin")
SHELF = "/shelf"
UNSTORABLE = "One of the values is too long or too large to be stored."


@pytest.fixture(scope="module")
def shelving(shop_with):
    return shop_with("shelves")


@pytest.fixture
def shop(shelving):
    shelving.clear()
    shelves.ASKED.clear()
    return shelving


def add(shop, **values):
    sent, environ = {"title": "Dune", **values}, {"test.actor": ROOT}
    return shop.app.post_json(SHELF, sent, headers=JSON, extra_environ=environ, expect_errors=True)


@pytest.mark.databases
def test_find_gets_an_int_for_a_row_id(shop):
    add(shop)
    with shop.reading() as request:
        (row_id,) = request.db.scalars(shelves.select(shelves.BookRow.id))
    assert shop.json(f"{SHELF}/{row_id}").json == {"title": "Dune"}
    assert [row_id] == shelves.ASKED
    assert type(shelves.ASKED[0]) is int


@pytest.mark.databases
@pytest.mark.parametrize(
    "name",
    ["x", "0", "-1", "+1", "01", "1_0", "1.0", "1e3", "%201", "%D9%A3", "9" * 19, "9" * 5000],
)
def test_an_invalid_name_is_404_without_a_query(shop, name):
    with shop.queries() as queries:
        assert shop.json(f"{SHELF}/{name}").status_int in {404, 414}
    assert (shelves.ASKED, queries) == ([], [])


def test_names_of_pages_never_reach_find(shop):
    assert shop.json(f"{SHELF}/oldest").json == {"titles": []}
    assert shop.json("/courses/edit").status_int == 404
    assert shelves.ASKED == []


def test_api_description_says_that_a_row_id_is_an_integer(shop):
    operation = shop.json("/openapi.json").json["paths"]["/shelf/{id}"]["get"]
    schema = operation["parameters"][0]["schema"]
    assert schema == {"type": "integer", "minimum": 1, "exclusiveMaximum": 10**18}


@pytest.mark.databases
@pytest.mark.parametrize("copies", [2**63, -(2**70)])
def test_a_number_that_no_database_can_store_is_422(shop, copies, caplog):
    answer = add(shop, copies=copies)
    assert answer.status_int == 422
    assert answer.json["errors"] == [{"field": "", "code": "unstorable", "message": UNSTORABLE}]
    assert "the page's schema accepted it" in caplog.text
    assert shop.json(SHELF).json == {"titles": []}


@pytest.mark.databases
def test_a_text_that_is_too_long_for_its_column_is_no_500(shop):
    answer = add(shop, title="x" * 21)
    # SQLite does not check the length of texts.
    stored = shop.engine.dialect.name == "sqlite"
    assert answer.status_int == (201 if stored else 422)
    assert len(shop.json(SHELF).json["titles"]) == (1 if stored else 0)


@pytest.mark.databases
def test_a_browser_gets_its_form_back_with_what_it_sent(shop):
    sent, environ = {"title": "Kept title", "copies": 2**63}, {"test.actor": ROOT}
    answer = shop.app.post(SHELF, sent, extra_environ=environ, expect_errors=True)
    assert answer.status_int == 422
    assert answer.html.find(role="alert").text == UNSTORABLE
    assert answer.html.find(attrs={"name": "title"})["value"] == "Kept title"


@pytest.mark.parametrize(
    ("annotation", "unlimited"),
    [
        (str, True),
        (str | None, True),
        (Line, True),
        (Any, False),
        (Any | None, False),
        (Annotated[Line, Field(max_length=20)], False),
        (Annotated[str, Field(max_length=20)] | None, False),
        (Annotated[str, Field(pattern="^[A-Z]{3}$")], False),
        (int, False),
        (Literal["a", "b"], False),
    ],
)
def test_a_text_is_unlimited_if_nothing_limits_its_length(annotation, unlimited):
    model = create_model("Draft", title=(annotation, ...))
    assert is_unlimited(model.model_fields["title"]) is unlimited


def test_start_up_names_an_unlimited_text_that_a_column_limits(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    ini = write_ini(tmp_path, "sqlite://", **{"pyramid.includes": "shelves"})
    Shop.open(ini).close()
    (sentence,) = [one for one in caplog.messages if "max_length" in one]
    assert sentence.startswith("shelves.BookDraft.title has no max_length, ")
    assert sentence.endswith("but shelf_book.title stores at most 20 characters")


LENDING = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column
from courseshop.plugin import Base, Id
class Lent(Base):
    __tablename__ = "lent"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
def includeme(config):
    config.add_migrations("lending:migrations")
"""
START = """
import courseshop
ini = {"sqlalchemy.url": "sqlite://", "courseshop.mode": "development"}
courseshop.configure({**ini, "pyramid.includes": "lending"}).commit()
"""


@pytest.mark.parametrize(
    ("ondelete", "nullable", "blocks"),
    [
        (None, True, True),
        ("RESTRICT", True, True),
        ("SET NULL", False, True),
        ("SET NULL", True, False),
        ("cascade", False, False),
    ],
)
def test_a_foreign_key_to_the_core_gives_way_or_is_named(ondelete, nullable, blocks):
    metadata = MetaData()
    course = Table("course", metadata, Column("id", Integer, primary_key=True))
    to_course, to_lent = ForeignKey("course.id", ondelete=ondelete), ForeignKey("lent.id")
    lent = Table(
        "lent",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("course_id", to_course, nullable=nullable),
        Column("other_id", to_lent),
    )
    assert list(blocking(lent, {course})) == (["lent.course_id"] if blocks else [])


@pytest.mark.slow
def test_a_foreign_key_that_blocks_a_deletion_stops_startup(tmp_path):
    """In another process, because all shops of a process share their tables."""
    (tmp_path / "lending" / "migrations").mkdir(parents=True)
    (tmp_path / "lending" / "migrations" / "env.py").touch()
    (tmp_path / "lending" / "__init__.py").write_text(LENDING)
    done = subprocess.run(
        [sys.executable, "-c", START],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": f"{ROOT_FOLDER}:{tmp_path}"},
    )  # fmt: skip
    assert "lent.course_id: a foreign key to a table of the shop needs" in done.stderr
