from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from benchmarks.peers.page import FILTERS

register = template.Library()
for name, function in FILTERS.items():
    register.filter(name, function)


def tojson(value: Any) -> SafeString:
    """Return data for a script element, which nothing in it can end."""
    return mark_safe(json.dumps(value).replace("<", "\\u003c"))  # noqa: S308 - it is escaped


register.filter("tojson", tojson)
