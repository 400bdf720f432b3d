"""What a plugin may import, and the old paths, which warn for one release."""

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
    "Actor",
    "Base",
    "Committed",
    "Configurator",
    "Conflict",
    "CourseEdited",
    "CoursePublished",
    "Deprecation",
    "Enrolled",
    "Event",
    "Id",
    "Input",
    "InstructorsChanged",
    "Keyset",
    "Left",
    "Line",
    "LongBytes",
    "LongText",
    "Moment",
    "Money",
    "NotAllowed",
    "PageData",
    "PageLinks",
    "PageQuery",
    "Refused",
    "Request",
    "Resource",
    "ReviewChanged",
    "ReviewReported",
    "ReviewWritten",
    "RowId",
    "RowResource",
    "Slice",
    "Slug",
    "StaleEdit",
    "StatusChanged",
    "Total",
    "Username",
    "UtcDateTime",
    "collection",
    "created",
    "now",
    "page",
    "paginate",
    "publish",
    "run_after_response",
    "run_migrations",
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
# In these plugins everything is public; `probes` looks behind the scenes.
PLUGINS = sorted(
    path for path in (ROOT / "tests" / "plugins").rglob("*.py") if "probes" not in path.parts
)


def test_the_public_names_are_these():
    assert plugin.__all__ == PUBLIC
    assert all(hasattr(plugin, name) for name in PUBLIC)


def test_so_are_the_directives():
    config = courseshop.configure({"sqlalchemy.url": "sqlite://", "courseshop.mode": "development"})
    for name in ("child", "page", "panel", "migrations"):
        assert callable(getattr(config, f"add_{name}"))
    assert callable(config.disable_replay)


def test_a_place_has_what_plugins_use():
    for name in ("find", "moved", "children", "links", "url", "key", "stand_ins", "permits"):
        assert callable(getattr(resources.Course, name))


@pytest.mark.parametrize("module", sorted(OLD))
def test_an_old_path_leads_to_the_same_thing_and_names_the_new_one(module):
    for name in OLD[module]:
        with pytest.warns(
            DeprecationWarning, match=rf"^{module}\.{name} .* {name} from courseshop\.plugin$"
        ):
            assert getattr(import_module(module), name) is getattr(plugin, name)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [("db", "Overtaken", "StaleEdit"), ("migrating", "run", "run_migrations")],
)
def test_so_does_one_whose_name_is_another_now(module, old, new):
    with pytest.warns(DeprecationWarning, match=rf"{old} .* import {new} from courseshop\.plugin"):
        assert getattr(import_module(f"courseshop.{module}"), old) is getattr(plugin, new)


def test_the_former_names_of_a_requests_settings_and_of_an_actors_courses_warn(demo):
    with demo.reading() as request:
        with pytest.warns(DeprecationWarning, match=r"request\.shop is request\.settings"):
            assert request.shop is request.settings
        with pytest.warns(DeprecationWarning, match="attends is enrolled_in"):
            assert request.actor.attends == frozenset()


def test_the_formatter_that_an_old_ini_names_is_there():
    with pytest.warns(DeprecationWarning, match=r"courseshop\.framework\.request_id"):
        assert import_module("courseshop.request_id").Formatter


def test_the_warning_points_at_the_line_that_imports(tmp_path):
    (tmp_path / "old.py").write_text("\n\nfrom courseshop.db import Base\n")
    done = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning", "old.py"],
        cwd=tmp_path, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "old.py:3: DeprecationWarning: courseshop.db.Base goes" in done.stderr


def test_what_never_was_there_is_not():
    with warnings.catch_warnings(), pytest.raises(AttributeError, match="no attribute 'nothing'"):
        import_module("courseshop.db").nothing  # noqa: B018


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_example_plugins_import_nothing_else(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("courseshop."):
            assert node.module in {"courseshop.plugin", "courseshop.resources"}
