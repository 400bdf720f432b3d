"""Reader for Markdown files with YAML front matter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from courseshop.importing import front_matter
from courseshop.importing.faults import Fault, Faulty

if TYPE_CHECKING:
    from courseshop.importing.faults import Facts

DOCUMENT = re.compile(r"\s*^-{3,}[ \t]*\n(.*?)^-{3,}[ \t]*$(.*)", re.MULTILINE | re.DOTALL)
BOTH = "The file also has a text below the front matter. Keep one of them."
NONE = "There is no front matter between two lines of ---."
UNENDED = "Three periods end the front matter. End it with --- instead."
TOML = "The front matter is TOML. Write it as YAML between two lines of ---."


def read(text: str) -> Facts:
    """Return the fields of the front matter, and the text as `about`.

    Raises Faulty if the front matter is missing, is not YAML, or loses something.
    """
    document = DOCUMENT.match(text)
    if not document or not document[1].strip():
        raise Faulty([Fault("", missing(text))])
    facts, faults = front_matter.read(document[1], text.count("\n", 0, document.start(1)) + 1)
    body = document[2].strip()
    if body and facts.get("about") is not None:
        faults.append(Fault("about", BOTH))
    if body or "about" not in facts:
        facts["about"] = body
    if faults:
        raise Faulty(faults, facts)
    return facts


def missing(text: str) -> str:
    """Return the message for a text without front matter."""
    start = text.lstrip()
    if start.startswith("+++"):
        return TOML
    return UNENDED if start.startswith("---") and front_matter.END.search(text) else NONE
