from __future__ import annotations

from django import template

from benchmarks.peers.wording import FILTERS

register = template.Library()
for name, function in FILTERS.items():
    # Django has one for dates.
    if name != "date":
        register.filter(name, function)
