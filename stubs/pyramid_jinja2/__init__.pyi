from typing import Final

import jinja2
from jinja2.utils import LRUCache
from zope.interface import Interface

ENV_CONFIG_PHASE: Final = 0

class IJinja2Environment(Interface): ...

class Environment(jinja2.Environment):
    # It is one where `jinja2.cache_size` is positive, as by default.
    cache: LRUCache  # type: ignore[assignment]
    # That of the extension for messages, which is always there.
    newstyle_gettext: bool
