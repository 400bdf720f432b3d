"""The public API of plugins, and its old paths, which warn for one release."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from importlib import import_module

import pytest
from helpers import ROOT

import courseshop
from courseshop import plugin, resources

PUBLIC = [
    "AccountRenamed",
    "Actor",
    "Base",
    "CategoryChanged",
    "CategoryCreated",
    "Committed",
    "Configurator",
    "Conflict",
    "CourseCreated",
    "CourseEdited",
    "CoursePublished",
    "Deprecation",
    "EmailConfirmed",
    "Enrolled",
    "Event",
    "Id",
    "Input",
    "InstructorsChanged",
    "Keyset",
    "Left",
    "Line",
    "LoggedIn",
    "LongBytes",
    "LongText",
    "Moment",
    "Money",
    "NotAllowed",
    "PageData",
    "PageLinks",
    "PageQuery",
    "Refused",
    "Registered",
    "Replied",
    "Request",
    "Resource",
    "ReviewChanged",
    "ReviewModerated",
    "ReviewReported",
    "ReviewWritten",
    "RoleChanged",
    "RowId",
    "RowResource",
    "Slice",
    "Slug",
    "StaleEdit",
    "StatusChanged",
    "Total",
    "Unwished",
    "Username",
    "UtcDateTime",
    "VoteWithdrawn",
    "Voted",
    "Wished",
    "collection",
    "courses",
    "created",
    "enrolments",
    "jobs",
    "now",
    "page",
    "paginate",
    "publish",
    "render_markdown",
    "run_after_response",
    "run_migrations",
    "touch",
    "users",
    "writing",
]
OLD = {
    "courseshop.traversal": ["Resource"],
    "courseshop.db": ["Base", "Id", "LongText", "Money", "UtcDateTime", "writing"],
    "courseshop.schemas": ["Input", "PageQuery", "RowId", "Slug", "Username"],
    "courseshop.errors": ["Refused", "Conflict", "NotAllowed"],
    "courseshop.events": ["Committed", "Enrolled", "ReviewWritten", "publish"],
    "courseshop.views": ["page", "created", "collection", "Deprecation"],
}
# These plugins use the public API only; `probes` uses internals.
PLUGINS = sorted(
    path for path in (ROOT / "tests" / "plugins").rglob("*.py") if "probes" not in path.parts
)


def test_plugin_module_exports_exactly_these_names():
    assert plugin.__all__ == PUBLIC
    assert all(hasattr(plugin, name) for name in PUBLIC)


def test_configurator_has_the_documented_directives():
    config = courseshop.configure({"sqlalchemy.url": "sqlite://", "courseshop.mode": "development"})
    for name in (
        "child",
        "page",
        "panel",
        "migrations",
        "job",
        "event_job",
        "check",
        "unavailable",
    ):
        assert callable(getattr(config, f"add_{name}"))
    assert callable(config.disable_replay)


def test_place_has_the_methods_that_plugins_use():
    for name in ("find", "moved", "children", "links", "url", "key", "stand_ins", "permits"):
        assert callable(getattr(resources.Course, name))


@pytest.mark.parametrize("module", sorted(OLD))
def test_old_path_still_works_and_warning_names_new_one(module):
    for name in OLD[module]:
        with pytest.warns(
            DeprecationWarning, match=rf"^{module}\.{name} .* {name} from courseshop\.plugin$"
        ):
            assert getattr(import_module(module), name) is getattr(plugin, name)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [("db", "Overtaken", "StaleEdit"), ("migrating", "run", "run_migrations")],
)
def test_old_name_still_works_and_warning_names_new_one(module, old, new):
    with pytest.warns(DeprecationWarning, match=rf"{old} .* import {new} from courseshop\.plugin"):
        assert getattr(import_module(f"courseshop.{module}"), old) is getattr(plugin, new)


def test_former_attributes_of_request_and_actor_warn(demo):
    with demo.reading() as request:
        with pytest.warns(DeprecationWarning, match=r"request\.shop is request\.settings"):
            assert request.shop is request.settings
        with pytest.warns(DeprecationWarning, match="attends is enrolled_in"):
            assert request.actor.attends == frozenset()


def test_log_formatter_named_in_old_ini_still_exists():
    with pytest.warns(DeprecationWarning, match=r"courseshop\.framework\.request_id"):
        assert import_module("courseshop.request_id").Formatter


def test_warning_points_at_importing_line(tmp_path):
    (tmp_path / "old.py").write_text("\n\nfrom courseshop.db import Base\n")
    done = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning", "old.py"],
        cwd=tmp_path, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "old.py:3: DeprecationWarning: courseshop.db.Base goes" in done.stderr


def test_unknown_name_of_old_module_raises_attribute_error():
    with warnings.catch_warnings(), pytest.raises(AttributeError, match="no attribute 'nothing'"):
        import_module("courseshop.db").nothing  # noqa: B018


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_example_plugins_import_only_public_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("courseshop."):
            assert node.module in {"courseshop.plugin", "courseshop.resources"}
