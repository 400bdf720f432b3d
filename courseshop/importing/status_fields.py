"""The status of a course in files of other systems, which have fields such as `draft: true`.

Such a field is never ignored: the course would be published against its author's will.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.importing.faults import Fault

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.importing.faults import Facts

BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "y"), True),
    **dict.fromkeys(("false", "no", "off", "n"), False),
}
STATUS = {True: "published", False: "draft"}
WRITE = "Write status: draft, or status: published."
BOTH = "The file also has a status. Keep one of them."
# Other fields that may hide a page, with the values that do not hide it.
HIDING = {
    **dict.fromkeys(("hidden", "private", "unlisted", "unpublished", "is_draft"), ("false",)),
    **dict.fromkeys(("visible", "public", "is_published", "ready"), ("true",)),
    **dict.fromkeys(("state", "visibility"), ("published", "public")),
}


def with_status(facts: Facts) -> tuple[dict[str, JsonValue], list[Fault]]:
    """Return the fields with a status for a boolean `draft` or `published`, and their faults."""
    left, faults = dict(facts), []
    for name in facts:
        published = published_by(name, facts[name])
        if name.lower() == "draft" or published is not None:
            del left[name]
            status = None if published is None else STATUS[published]
            if status is None:
                faults.append(Fault(name, WRITE))
            elif left.setdefault("status", status) != status:
                faults.append(Fault(name, BOTH))
    return left, faults


def published_by(name: str, value: JsonValue) -> bool | None:
    """Return whether a field says that the course is published, None if it says neither."""
    found = BOOLEANS.get(word_of(value))
    if found is None or name.lower() not in {"draft", "published"}:
        return None
    return found != (name.lower() == "draft")


def hides(name: str, value: JsonValue) -> bool:
    """Return whether an unknown field may say that the course is not public."""
    plain = name.lower().replace("-", "_")
    return plain in HIDING and word_of(value) not in HIDING[plain]


def word_of(value: JsonValue) -> str:
    return str(value).strip().lower()
