"""Reader for JSON files in the shop's own format: a course that was downloaded can be imported."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from courseshop.importing.faults import DEEPEST, Fault, Faulty, depth_of

if TYPE_CHECKING:
    from pydantic import JsonValue

# Fields that the shop computes, and that clients cannot set.
READ_ONLY = {
    "after_login", "enrolled_count", "instructor_facts", "links", "panels", "rating", "updated_at",
    "url", "version", "wished",
}  # fmt: skip
TWICE = "This field is given twice. Keep one of them."
DEEP = "The file is nested too deeply."
SURROGATE = re.compile("[\ud800-\udfff]")
# The texts that are objects in the shop's JSON: their keys, and the alternatives in a file.
PARTS = {
    "price": ("amount", {"amount", "currency"}, "Write an amount, or {amount, currency}."),
    "about": ("markdown", {"markdown", "html"}, "Write a text, or {markdown}."),
}


def read(text: str) -> dict[str, JsonValue]:
    """Return the fields of a course. Raises Faulty if it is not an object or has a field twice."""
    faults: list[Fault] = []
    document = load(text, faults)
    if not isinstance(document, dict):
        raise Faulty([Fault("", "This is not a JSON object.")])
    if depth_of(document) > DEEPEST:
        raise Faulty([Fault("", DEEP)])
    if {"published", "published_at"} <= document.keys():
        faults.append(Fault("published", "The file also has published_at. Keep one of them."))
    facts = own_fields(document, faults)
    if faults:
        raise Faulty(faults, facts)
    return facts


def load(text: str, faults: list[Fault]) -> JsonValue:
    """Return a JSON document, and add the faults of its field names.

    Raises Faulty if it is not JSON.
    """
    try:
        document: JsonValue = json.loads(text, object_pairs_hook=partial(unique, faults))
    except RecursionError as error:
        raise Faulty([Fault("", DEEP)]) from error
    except json.JSONDecodeError as error:
        raise Faulty([Fault("", f"This is not JSON: {error}")]) from error
    except ValueError as error:
        # Python's limit, which bounds the time of the conversion.
        message = f"A number has more than {sys.get_int_max_str_digits()} digits."
        raise Faulty([Fault("", message)]) from error
    return document


def unique(faults: list[Fault], found: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return an object, and add the faults of its names. The first of two equal names counts."""
    times = Counter(key for key, _value in found)
    faults.extend(Fault(key, TWICE) for key in times if times[key] > 1)
    odd = {key for key in times if SURROGATE.search(key)}
    faults.extend(Fault("", f"The field name {key!a} is not Unicode.") for key in odd)
    first = dict(reversed(found))
    return {key: first[key] for key in times if key not in odd}


def own_fields(document: dict[str, JsonValue], faults: list[Fault]) -> dict[str, JsonValue]:
    """Return the shop's JSON of a course as the fields of a file, and add their faults."""
    facts = {key: value for key, value in document.items() if key not in READ_ONLY}
    if "published_at" in facts:
        facts["published"] = facts.pop("published_at")
    price, people = facts.get("price"), facts.get("instructors")
    if isinstance(price, dict):
        facts["currency"] = price.get("currency")
    facts |= {key: part_of(key, facts[key], faults) for key in PARTS if key in facts}
    if isinstance(people, list):
        facts["instructors"] = [
            one.get("username") if isinstance(one, dict) else one for one in people
        ]
    return facts


def part_of(field: str, value: JsonValue, faults: list[Fault]) -> JsonValue:
    """Return the text in one of the shop's objects; add a fault if it has another shape."""
    part, known, message = PARTS[field]
    if not isinstance(value, dict):
        return value
    if value.get(part) is None or not value.keys() <= known:
        faults.append(Fault(field, message))
    return value.get(part)
