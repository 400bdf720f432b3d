"""The rooms of the package: what stands at its top, and how long a file may be."""

from __future__ import annotations

from helpers import ROOT

PACKAGE = ROOT / "courseshop"
AT_THE_TOP = {"__init__.py", "plugin.py", "resources.py", "security.py"}
LIMITS = {"resources.py": 500}


def test_the_top_of_the_package_is_small():
    assert {path.name for path in PACKAGE.glob("*.py")} == AT_THE_TOP


def test_files_are_short():
    lines = {
        str(path.relative_to(PACKAGE)): len(path.read_text().splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {name for name, count in lines.items() if count >= LIMITS.get(name, 300)} == set()


def test_each_room_says_what_belongs_there():
    rooms = PACKAGE.glob("*/__init__.py")
    assert [path for path in rooms if not path.read_text().startswith('"""')] == []
