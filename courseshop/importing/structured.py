"""A course as JSON: the keys of the shop's own JSON, so that what was read can be stored again."""

from __future__ import annotations

import json
from typing import Any

# What the shop says of a course and does not let one decide.
READ_ONLY = {
    "after_login", "enrolled_count", "links", "panels", "rating", "updated_at", "url", "version",
    "wished",
}  # fmt: skip


def read(text: str) -> dict[str, Any]:
    """Return the facts of one course. Raises ValueError when the text is not a JSON object."""
    try:
        facts = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(facts, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the file is at fault
    facts = {key: value for key, value in facts.items() if key not in READ_ONLY}
    if "published_at" in facts:
        facts["published"] = facts.pop("published_at")
    if isinstance(facts.get("price"), dict):
        facts["currency"] = facts["price"].get("currency")
    for key, part in (("about", "markdown"), ("price", "amount")):
        if isinstance(facts.get(key), dict):
            facts[key] = facts[key].get(part)
    if isinstance(facts.get("instructors"), list):
        facts["instructors"] = [
            one.get("username") if isinstance(one, dict) else one for one in facts["instructors"]
        ]
    return facts
