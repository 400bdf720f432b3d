"""What differs from database to database is tested on each of them; and how databases are made."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from databases import emptying
from helpers import ROOT
from sqlalchemy import func, inspect, select

from courseshop.database.base import Base

PACKAGE, TESTS = ROOT / "courseshop", Path(__file__).parent
# What code says that does not do the same on each database.
SAYS = {"dialect", "driver", "with_variant", "with_for_update", "prefix_with"}
# Modules whose users send each database something of its own.
HELPERS = {"courseshop.services.unique", "courseshop.database.compiled"}
# These use such a service to have something to look at, and look at something else.
ON_ONE = {
    "test_access_matrix.py": "asks who may; test_examples asks every page on each database",
    "test_course.py": "reads a page; test_writing writes courses",
    "test_course_forms.py": "fills in forms; test_writing writes courses",
    "test_design.py": "reads code",
    "test_page.py": "uses a plugin's pages",
    "test_operator.py": "runs commands, whose services have tests of their own",
    "test_queries.py": "counts what code asks, and reads the plans of SQLite",
    "test_rows.py": "compares names and types, and asks no database",
    "test_rules.py": "calculates",
    "test_write_lock.py": "is of the lock of SQLite",
}
# Services that are tested under another name.
TESTED_BY = {
    "admin": "test_reauthorization.py",
    "filters": "test_catalogue.py",
    "invitation": "test_instructors.py",
    "report": "test_moderation.py",
    "share": "test_sharing.py",
    "slug": "test_writing.py",
}


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imported(path):
    """Return the modules of the shop that a file imports by itself."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("courseshop"):
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def depends(path):
    """Return whether a module of the shop does not do the same on each database."""
    tree = ast.parse(path.read_text())
    said = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    dialects = any(
        "sqlalchemy.dialects" in (getattr(node, "module", None) or "") for node in ast.walk(tree)
    )
    return bool(said & SAYS) or dialects or bool(imported(path) & HELPERS)


@cache
def dependent():
    """Return the modules of the shop that do not do the same on each database."""
    found = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
    return {dotted(path) for path in found if depends(path)}


MODULES = sorted(TESTS.glob("test_*.py"))


def nouns(path):
    """Return the services that a module of tests is called after: test_wishes, services/wish.py."""
    noun = path.stem.removeprefix("test_")
    singular = {
        noun,
        noun.removesuffix("s"),
        noun.removesuffix("es"),
        f"{noun.removesuffix('ies')}y",
    }
    return {f"courseshop.services.{one}" for one in singular}


def touched(path):
    others = {f"courseshop.services.{name}" for name, of in TESTED_BY.items() if of == path.name}
    return (imported(path) | nouns(path) | others) & dependent()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_tests_of_what_depends_on_the_database_run_on_each(path):
    if touched(path) and path.name not in ON_ONE:
        assert "mark.databases" in path.read_text(), touched(path)


def test_no_module_is_let_off_that_need_not_be():
    let_off = {
        path.name for path in MODULES if touched(path) and "mark.databases" not in path.read_text()
    }
    assert let_off == set(ON_ONE)


def test_each_service_that_depends_on_the_database_has_such_tests():
    marked = [path for path in MODULES if "mark.databases" in path.read_text()]
    tested = set().union(*map(touched, marked))
    services = {name for name in dependent() if name.startswith("courseshop.services.")}
    assert len(services) > 15
    assert {name for name in services if name.count(".") == 2} - tested == set()


@pytest.mark.databases
def test_a_copy_has_the_tables_keys_and_rows_of_what_was_migrated(shop, engine, environments):
    from courseshop.database import migrations

    migrations.upgrade(engine, environments)
    made, copied = inspect(engine), inspect(shop.engine)
    names = set(made.get_table_names())
    assert set(copied.get_table_names()) == names
    for name in names:
        for of in ("get_columns", "get_foreign_keys", "get_unique_constraints", "get_indexes"):
            described = [sorted(map(repr, getattr(one, of)(name))) for one in (made, copied)]
            assert described[0] == described[1], (name, of)


@pytest.mark.databases
def test_emptying_leaves_no_row_in_any_table(shop):
    course_id = shop.add_course("one")
    shop.add_review(course_id, shop.add_person("sam"), 5)
    emptying(shop.engine)()
    with shop.reading() as request:
        for table in Base.metadata.sorted_tables:
            if inspect(shop.engine).has_table(table.name):
                assert request.db.scalar(select(func.count()).select_from(table)) == 0, table.name
