"""Tests of database-dependent code run on each database; and how test databases are created."""

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
# Attributes whose use makes a module behave differently on each database.
DEPENDENT_ATTRIBUTES = {"dialect", "driver", "with_variant", "with_for_update", "prefix_with"}
# Modules whose importers send different SQL to each database.
HELPERS = {"courseshop.services.unique", "courseshop.database.compiled"}
# These use a database-dependent service for their data, but test something else.
EXCEPTIONS = {
    "test_access_matrix.py": "checks access; test_examples requests every page on each database",
    "test_course.py": "reads a page; test_writing writes courses",
    "test_course_forms.py": "fills in forms; test_writing writes courses",
    "test_design.py": "reads code",
    "test_page.py": "requests the pages of a plugin",
    "test_operator.py": "runs commands, whose services have tests of their own",
    "test_sending_back.py": "sends what test_writing and others write on each database",
    "test_queries.py": "counts queries, and reads the query plans of SQLite",
    "test_rows.py": "compares names and types, without a database",
    "test_rules.py": "tests calculations",
    "test_write_lock.py": "tests the write lock of SQLite",
}
# Services that are tested under another name.
TESTED_BY = {
    "admin": "test_reauthorization.py",
    "filters": "test_catalogue.py",
    "invitation": "test_instructors.py",
    "own_courses": "test_reauthorization.py",
    "report": "test_moderation.py",
    "share": "test_sharing.py",
    "slug": "test_writing.py",
}


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imported(path):
    """Return the modules of the shop that a file imports directly."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("courseshop"):
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def is_dependent(path):
    """Return whether a module of the shop behaves differently on each database."""
    tree = ast.parse(path.read_text())
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    dialects = any(
        "sqlalchemy.dialects" in (getattr(node, "module", None) or "") for node in ast.walk(tree)
    )
    return bool(attributes & DEPENDENT_ATTRIBUTES) or dialects or bool(imported(path) & HELPERS)


@cache
def dependent():
    """Return the modules of the shop that behave differently on each database."""
    found = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
    return {dotted(path) for path in found if is_dependent(path)}


MODULES = sorted(TESTS.glob("test_*.py"))


def services_named_by(path):
    """Return the services that a test module is named after, such as `wish` for test_wishes."""
    noun = path.stem.removeprefix("test_")
    singular = {
        noun,
        noun.removesuffix("s"),
        noun.removesuffix("es"),
        f"{noun.removesuffix('ies')}y",
    }
    return {f"courseshop.services.{one}" for one in singular}


def dependent_services(path):
    others = {f"courseshop.services.{name}" for name, of in TESTED_BY.items() if of == path.name}
    return (imported(path) | services_named_by(path) | others) & dependent()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_database_dependent_tests_run_on_each_database(path):
    if dependent_services(path) and path.name not in EXCEPTIONS:
        assert "mark.databases" in path.read_text(), dependent_services(path)


def test_exceptions_are_exactly_the_modules_that_need_one():
    exceptions = {
        path.name
        for path in MODULES
        if dependent_services(path) and "mark.databases" not in path.read_text()
    }
    assert exceptions == set(EXCEPTIONS)


def test_each_database_dependent_service_is_tested_on_each_database():
    marked = [path for path in MODULES if "mark.databases" in path.read_text()]
    tested = set().union(*map(dependent_services, marked))
    services = {name for name in dependent() if name.startswith("courseshop.services.")}
    assert len(services) > 15
    assert {name for name in services if name.count(".") == 2} - tested == set()


@pytest.mark.databases
def test_copied_database_has_the_same_schema_as_a_migrated_one(shop, engine, environments):
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
