"""What tools of others, on Node.js, find in the API description: linters, and a client's compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers import Shop, write_ini

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).with_name("node")
TOOLS = FOLDER / "node_modules" / ".bin"
MISSING = "needs Node.js with npm, then: make .stamps/node"
# Nothing of theirs asks the network.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}

if not TOOLS.is_dir():
    if os.environ.get("CI"):
        raise RuntimeError(MISSING)
    pytest.skip(MISSING, allow_module_level=True)


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    """Return the file of the description of the shop, which a plugin adds to."""
    folder = tmp_path_factory.mktemp("description")
    settings = {"pyramid.includes": "courseshop_announcements"}
    shop = Shop.open(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))
    file = folder / "openapi.json"
    file.write_bytes(shop.json("/openapi.json", Host="courseshop.test").body)
    shop.close()
    return file


def run(tool: str, *arguments: str | Path, cwd: Path) -> str:
    """Run a tool, and return what it said."""
    done = subprocess.run(
        [TOOLS / tool, *arguments], capture_output=True, text=True, cwd=cwd, check=False,
        timeout=300, env={**os.environ, **QUIET},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-5_000:]
    return said


def test_spectral_finds_nothing_not_even_a_hint(description):
    rules = ("--ruleset", FOLDER / ".spectral.yaml", "--fail-severity", "hint")
    said = run("spectral", "lint", *rules, description, cwd=description.parent)
    assert "No results with a severity of 'hint' or higher found!" in said


def test_redocly_finds_no_error_and_no_warning(description):
    config = ("--config", FOLDER / "redocly.yaml")
    said = run("redocly", "lint", *config, description, cwd=description.parent)
    assert "Your API description is valid" in said
    assert "warning" not in said.partition("validating")[2]


def test_a_typescript_client_of_the_main_path_compiles_with_the_generated_types(description):
    """It also has lines that must not compile, so the types are not just `any`."""
    folder = description.parent
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    for name in ("main_path.ts", "tsconfig.json"):
        shutil.copy(FOLDER / name, folder)
    run("openapi-typescript", description, "--output", "api.ts", cwd=folder)
    run("tsc", "--project", ".", cwd=folder)
