"""The templates of the others in Django's language, and the filters in them."""

from __future__ import annotations

import json
import re
from typing import Any

from django import template
from django.template import Origin
from django.template.loaders import filesystem
from django.utils.safestring import SafeString, mark_safe

from benchmarks.peers.page import FILTERS


def tojson(value: Any) -> SafeString:
    """Return data for a script element, which nothing in it can end."""
    return mark_safe(json.dumps(value).replace("<", "\\u003c"))  # noqa: S308 - it is escaped


register = template.Library()
register.filters.update(FILTERS, tojson=tojson)


class Loader(filesystem.Loader):
    """Reads templates of Jinja's that differ from Django's in addresses and loops alone."""

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin).replace("loop.last", "forloop.last")
        addresses = re.compile(r"{{ url_for\((.*?)\) }}")
        return addresses.sub(lambda found: f"{{% url {found[1].replace(',', '')} %}}", text)
