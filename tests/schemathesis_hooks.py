"""What schemathesis cannot know of the shop from its description."""

from __future__ import annotations

from uuid import uuid4

import schemathesis
from schemathesis import GenerationMode


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Give each valid request a key of its own: one that is used again for another one is 422."""
    is_valid = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if is_valid and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid4())
