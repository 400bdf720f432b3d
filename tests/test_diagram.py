"""The architecture diagram is up to date with its source, and shows packages that exist."""

from __future__ import annotations

import re

from helpers import ROOT

SOURCE = (ROOT / "docs" / "architecture.dot").read_text()
LABELS = re.findall(r'label="([^"]+)"', SOURCE)


def test_svg_shows_every_label_of_its_source():
    svg = (ROOT / "docs" / "architecture.svg").read_text()
    shown = set(re.findall(r"<text[^>]*>([^<]+)</text>", svg))
    assert {line for label in LABELS for line in label.split(r"\n")} == shown


def test_packages_in_the_diagram_exist():
    others = {"browser, JSON client", "operator", "plugins"}
    packages = {name for label in LABELS for name in label.split(r"\n")[0].split(", ")}
    packages -= {name for other in others for name in other.split(", ")}
    missing = {name for name in packages if not (ROOT / "courseshop" / name).exists()}
    assert not missing
