"""The templates of the others in Django's language, and the filters in them."""

from __future__ import annotations

import re

from django import template
from django.template import Origin
from django.template.loaders import filesystem

from benchmarks.peers.page import FILTERS

register = template.Library()
register.filters.update(FILTERS)


class Loader(filesystem.Loader):
    """Reads templates of Jinja's that differ from Django's in addresses and loops alone."""

    def get_contents(self, origin: Origin) -> str:
        text = super().get_contents(origin).replace("loop.", "forloop.")
        addresses = re.compile(r"{{ url_for\((.*?)\) }}")
        return addresses.sub(lambda found: f"{{% url {found[1].replace(',', '')} %}}", text)
