"""A Python client that openapi-python-client generates from the API description, and its use."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import Shop, serving, write_ini

BIN = Path(sys.executable).parent
CONFIG = Path(__file__).with_name("python_client.yaml")
PACKAGE = "shop_client"


def generated(base: str, folder: Path) -> str:
    """Generate a client in `folder` from the description of a shop that is served; what was said."""
    done = subprocess.run(
        [BIN / "openapi-python-client", "generate", "--url", f"{base}/openapi.json",
         "--config", CONFIG, "--meta", "none", "--output-path", folder / PACKAGE,
         "--fail-on-warning"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-5_000:]
    return said


@pytest.fixture(scope="module")
def base(new_database, tmp_path_factory):
    """Return the address of a demo shop on each database, served."""
    ini = write_ini(tmp_path_factory.mktemp("served"), new_database())
    shop = Shop.open(ini)
    shop.init(demo=True)
    shop.close()
    with serving(ini) as base:
        yield base


@pytest.fixture(scope="session")
def main_path(sqlite_ini, tmp_path_factory):
    """Return the program that walks the main path, with the client that is generated for it."""
    folder = tmp_path_factory.mktemp("client")
    with serving(sqlite_ini) as base, pytest.MonkeyPatch.context() as patch:
        assert "arning" not in generated(base, folder)
        patch.syspath_prepend(folder)
        yield importlib.import_module("main_path")


def test_the_generated_client_walks_the_whole_main_path(main_path, base):
    main_path.walk(base)


def test_the_generator_understands_what_a_plugin_adds(tmp_path):
    url = f"sqlite:///{tmp_path}/shop.sqlite"
    ini = write_ini(tmp_path, url, **{"pyramid.includes": "courseshop_announcements"})
    shop = Shop.open(ini)
    shop.init()
    shop.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).with_name("plugins")))
        with serving(ini) as base:
            assert "arning" not in generated(base, tmp_path)
    operations = tmp_path / PACKAGE / "api" / "announcements"
    assert (operations / "get_courses_slug_announcements.py").is_file()
