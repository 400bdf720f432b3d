"""The Python client that openapi-python-client generates from the API description."""

from __future__ import annotations

import importlib
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers import Shop, serving, write_ini

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
CONFIG = Path(__file__).with_name("python_client.yaml")
PACKAGE = "shop_client"


def generate(base: str, folder: Path) -> str:
    """Generate a client in `folder` from the description at `base`; return the output."""
    done = subprocess.run(
        [BIN / "openapi-python-client", "generate", "--url", f"{base}/openapi.json",
         "--config", CONFIG, "--meta", "none", "--output-path", folder / PACKAGE,
         "--fail-on-warning"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-5_000:]
    return output


@contextmanager
def served(ini: Path, courses: Sequence[str] = ()):
    """Serve a new shop with these free courses; yield its base URL."""
    shop = Shop.open(ini)
    shop.init()
    for slug in courses:
        shop.add_course(slug)
    shop.close()
    with serving(ini) as base:
        yield base


@pytest.fixture(scope="session")
def main_path(tmp_path_factory):
    """Return the module that walks the main path with the generated client."""
    folder = tmp_path_factory.mktemp("client")
    ini = write_ini(folder, f"sqlite:///{folder}/shop.sqlite")
    with served(ini) as base, pytest.MonkeyPatch.context() as patch:
        assert "arning" not in generate(base, folder)
        patch.syspath_prepend(folder)
        yield importlib.import_module("main_path")


def test_the_generated_client_walks_the_whole_main_path(main_path, new_database, tmp_path):
    with served(write_ini(tmp_path, new_database()), main_path.COURSES) as base:
        main_path.walk(base)


def test_client_generator_handles_pages_of_plugin(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).with_name("plugins")))
    settings = {"pyramid.includes": "courseshop_announcements"}
    with served(write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite", **settings)) as base:
        assert "arning" not in generate(base, tmp_path)
    operations = tmp_path / PACKAGE / "api" / "announcements"
    assert (operations / "get_courses_slug_announcements.py").is_file()
