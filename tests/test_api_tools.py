"""Third-party tools on Node.js check the API description: linters and the TypeScript compiler."""

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
# Keeps the tools from using the network.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}

if not TOOLS.is_dir():
    if os.environ.get("CI"):
        raise RuntimeError(MISSING)
    pytest.skip(MISSING, allow_module_level=True)


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    """Return the file of the API description of a shop with a plugin."""
    folder = tmp_path_factory.mktemp("description")
    settings = {"pyramid.includes": "courseshop_announcements"}
    shop = Shop.open(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))
    file = folder / "openapi.json"
    file.write_bytes(shop.json("/openapi.json", Host="courseshop.test").body)
    shop.close()
    return file


def run(tool: str, *arguments: str | Path, cwd: Path) -> str:
    """Run a tool and return its output."""
    done = subprocess.run(
        [TOOLS / tool, *arguments], capture_output=True, text=True, cwd=cwd, check=False,
        timeout=300, env={**os.environ, **QUIET},
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-5_000:]
    return output


def test_spectral_reports_nothing_not_even_hints(description):
    rules = ("--ruleset", FOLDER / ".spectral.yaml", "--fail-severity", "hint")
    output = run("spectral", "lint", *rules, description, cwd=description.parent)
    assert "No results with a severity of 'hint' or higher found!" in output


def test_redocly_reports_no_errors_or_warnings(description):
    config = ("--config", FOLDER / "redocly.yaml")
    output = run("redocly", "lint", *config, description, cwd=description.parent)
    assert "Your API description is valid" in output
    assert "warning" not in output.partition("validating")[2]


def test_typescript_client_compiles_with_generated_types(description):
    """The client also has lines that must not compile, so the types are not just `any`."""
    folder = description.parent
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    for name in ("main_path.ts", "tsconfig.json"):
        shutil.copy(FOLDER / name, folder)
    run("openapi-typescript", description, "--output", "api.ts", cwd=folder)
    run("tsc", "--project", ".", cwd=folder)
