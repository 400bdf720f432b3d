"""What schemathesis cannot know of the shop from its description."""

from __future__ import annotations

from uuid import uuid4

import schemathesis
from schemathesis import GenerationMode


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Give each valid request a key of its own, and no cursor, which is signed for one list."""
    is_valid = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if is_valid and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid4())
    if is_valid and case.query:
        for name in ("after", "before"):
            case.query.pop(name, None)
