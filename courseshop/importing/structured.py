"""Reader for JSON files in the shop's own format: a course that was downloaded can be imported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

# Fields that the shop computes, and that clients cannot set.
READ_ONLY = {
    "after_login", "enrolled_count", "links", "panels", "rating", "updated_at", "url", "version",
    "wished",
}  # fmt: skip


def read(text: str) -> dict[str, JsonValue]:
    """Return the fields of a course. Raises ValueError if the text is not a JSON object."""
    try:
        found: JsonValue = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the file is at fault
    facts = {key: value for key, value in found.items() if key not in READ_ONLY}
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
