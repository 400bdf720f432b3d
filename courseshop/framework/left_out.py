"""Parts of a page that are left out because their backend is away (`config.add_unavailable`)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseshop.framework.request import Request

log = logging.getLogger(__name__)
# Registry key of the exceptions that say so.
UNAVAILABLE = "courseshop unavailable"


def leave_out(request: Request, what: str, error: Exception) -> None:
    """Log that a part of the page is left out because of `error`; no cache stores the page."""
    request.is_incomplete = True
    log.warning("%r: %s is left out: %r", request.path, what, error)
