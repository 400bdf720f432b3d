from __future__ import annotations

import os
from typing import Any

from pyramid.paster import get_app, setup_logging


def shop() -> Any:
    """Return the application of the ini that BENCH_INI names, for servers that read none."""
    ini = os.environ["BENCH_INI"]
    setup_logging(ini)
    return get_app(ini)
