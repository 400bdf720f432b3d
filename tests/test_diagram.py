"""The picture of the packages is drawn from the text beside it, and names packages that exist."""

from __future__ import annotations

import re

from helpers import ROOT

TEXT = (ROOT / "docs" / "architecture.dot").read_text()
LABELS = re.findall(r'label="([^"]+)"', TEXT)


def test_the_picture_shows_every_label_of_its_text():
    picture = (ROOT / "docs" / "architecture.svg").read_text()
    shown = set(re.findall(r"<text[^>]*>([^<]+)</text>", picture))
    assert {line for label in LABELS for line in label.split(r"\n")} == shown


def test_the_rooms_of_the_picture_are_in_the_package():
    people = {"browser, JSON client", "operator", "plugins"}
    rooms = {name for label in LABELS for name in label.split(r"\n")[0].split(", ")}
    rooms -= {name for person in people for name in person.split(", ")}
    missing = {name for name in rooms if not (ROOT / "courseshop" / name).exists()}
    assert not missing
