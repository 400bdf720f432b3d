"""Edits of rows that another transaction has changed, deleted or renamed meanwhile."""

from __future__ import annotations

from typing import Any

from pyramid_retry import RetryableException


class StaleEdit(RetryableException):  # type: ignore[misc]
    """Another transaction has changed what this one has read; it is tried again."""


def ensure_present(found: Any, what: str) -> Any:
    """Return what was found; raise StaleEdit for None: it was deleted or renamed meanwhile."""
    if found is None:
        raise StaleEdit(f"{what} is not there any more")
    return found
