"""Reader for JSON files in the shop's own format: a course that was downloaded can be imported."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from courseshop.importing.faults import Fault, Faulty

if TYPE_CHECKING:
    from pydantic import JsonValue

# Fields that the shop computes, and that clients cannot set.
READ_ONLY = {
    "after_login", "enrolled_count", "links", "panels", "rating", "updated_at", "url", "version",
    "wished",
}  # fmt: skip


TWICE = "This field is given twice. Keep one of them."


def read(text: str) -> dict[str, JsonValue]:
    """Return the fields of a course. Raises Faulty if it is no object, or has a field twice."""
    twice: list[Fault] = []

    def pairs(found: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        times = Counter(key for key, _value in found)
        twice.extend(Fault(key, TWICE) for key in times if times[key] > 1)
        return dict(reversed(found))

    try:
        document: JsonValue = json.loads(text, object_pairs_hook=pairs)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Faulty([Fault("", f"This is not JSON: {error}")]) from error
    if not isinstance(document, dict):
        raise Faulty([Fault("", "This is not a JSON object.")])
    if {"published", "published_at"} <= document.keys():
        twice.append(Fault("published", "The file also has published_at. Keep one of them."))
    facts = own_fields(document)
    if twice:
        raise Faulty(twice, facts)
    return facts


def own_fields(document: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the shop's JSON of a course as the fields of a file."""
    facts = {key: value for key, value in document.items() if key not in READ_ONLY}
    if "published_at" in facts:
        facts["published"] = facts.pop("published_at")
    price, people = facts.get("price"), facts.get("instructors")
    if isinstance(price, dict):
        facts["currency"] = price.get("currency")
    for key, part in (("about", "markdown"), ("price", "amount")):
        value = facts.get(key)
        if isinstance(value, dict):
            facts[key] = value.get(part)
    if isinstance(people, list):
        facts["instructors"] = [
            one.get("username") if isinstance(one, dict) else one for one in people
        ]
    return facts
