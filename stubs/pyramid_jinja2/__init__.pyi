from typing import Final

import jinja2
from jinja2.utils import LRUCache
from zope.interface import Interface

ENV_CONFIG_PHASE: Final = 0

class IJinja2Environment(Interface): ...

class Environment(jinja2.Environment):
    # An LRUCache if `jinja2.cache_size` is positive, which is the default.
    cache: LRUCache  # type: ignore[assignment]
    # Set by jinja2.ext.i18n, which pyramid_jinja2 always loads.
    newstyle_gettext: bool
